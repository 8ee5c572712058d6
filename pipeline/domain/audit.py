"""The audit log as callers read it: events, filters and the result of a verification."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from pydantic import Field, field_serializer

from pipeline.domain.digests import canonical_json
from pipeline.domain.frozen import Frozen


def timestamp(at: datetime) -> str:
    """UTC with microseconds, always the same width: what is stored is what is hashed and exported."""
    if at.tzinfo is None:
        raise ValueError("an audit entry needs a time with a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class AuditEvent(Frozen):
    """An entry as it stands in the chain."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: str
    """Canonical JSON."""
    prev_hash: str
    hash: str

    @field_serializer("at", when_used="json")
    def _as_hashed(self, at: datetime) -> str:
        return timestamp(at)

    @property
    def fields(self) -> dict[str, Any]:
        """The details, read."""
        return dict(json.loads(self.details))

    def said(self, *, digests: bool = False) -> str:
        """The details in words, such as `kind new · rules live-secret`; digests and long ids only if asked for."""
        shown = {name: _words(value) for name, value in self.fields.items() if digests or not _is_digest(name, value)}
        return " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in shown.items() if value)

    @property
    def hashed(self) -> dict[str, object]:
        """The members that its hash covers: all but the hash."""
        return self.model_dump(mode="json", exclude={"hash"})

    @property
    def line(self) -> bytes:
        """The entry as it is exported, without the end of the line: the bytes of its leaf in the tree."""
        return canonical_json(self.model_dump(mode="json"))


def _is_digest(name: str, value: object) -> bool:
    return name.endswith("_digest") or (isinstance(value, str) and re.fullmatch(r"[0-9a-f]{16,}", value) is not None)


def _words(value: object) -> str:
    match value:
        case None | "" | [] | {}:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_words, value))
        case dict():
            return canonical_json(value).decode()
        case _:
            return str(value)


class AuditFilter(Frozen):
    """Which entries; what is not given does not restrict."""

    actor: str = Field(default="", max_length=200)
    action: str = Field(default="", max_length=64)
    """The whole word, or its beginning up to a dot: `review` stands for `review.approve` and others."""
    subject: str = Field(default="", max_length=4_000)
    since: datetime | None = None
    """From this moment on."""
    until: datetime | None = None
    """Before this moment."""


class AuditReport(Frozen):
    """What verification found."""

    events: int
    """Entries checked before the first wrong one, or all of them."""
    head_hash: str
    checkpoints: int = 0
    """Signed checkpoints the log was compared with."""
    refused_checkpoints: int = 0
    """Stored checkpoints whose signature no trusted key made; they prove nothing."""
    accepted_checkpoints: int = 0
    """Checkpoints of a newer copy of this home that an operator accepted to have lost."""
    root: str = ""
    """Root of the tree over all entries, hex."""
    first_bad_seq: int | None = None
    problem: str | None = None
    """A sentence for a person."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem is None
