"""Provenance: the origin and the owner of a document.

Invariant: provenance is immutable once recorded.
"""

from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from pydantic import AwareDatetime, Field, SerializerFunctionWrapHandler, model_serializer

from pipeline.domain.digests import digest_json
from pipeline.domain.findings.findings import Place
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule, Classification

INBOX = "inbox"
"""Folder of the home that holds an inbox for each source of that kind."""


def inbox_uri(name: str) -> str:
    """Where the submissions to a source are kept, relative to the home."""
    return f"{INBOX}/{name}"


class SourceState(StrEnum):
    """Trust state of a source. Only `approved` and `narrowed` sources contribute documents."""

    PENDING = "pending"
    APPROVED = "approved"
    NARROWED = "narrowed"
    """Its new documents go to review; what it served before keeps serving."""
    REVOKED = "revoked"


class SourceLimits(Frozen):
    """Bounds on what one source may bring in."""

    max_bytes: int = Field(default=20_000_000, gt=0)
    """Largest single document, in bytes."""
    max_documents: int = Field(default=1_000_000, gt=0)


class Source(Frozen):
    """A registered origin of documents."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")
    uri: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    classification: Classification
    tenant: str = Field(min_length=1)
    allow: tuple[str, ...]
    deny: tuple[str, ...] = ()
    until: AwareDatetime | None = None
    """The moment from which nobody may read its documents any more."""
    licence: str | None = None
    limits: SourceLimits = SourceLimits()
    state: SourceState = SourceState.PENDING
    registered_by: str
    registered_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None

    @property
    def is_inbox(self) -> bool:
        """Whether its documents are the submissions made to it; every other local place has an absolute path."""
        return self.uri == inbox_uri(self.name)

    @property
    def is_kafka(self) -> bool:
        """Whether its documents are the records of a Kafka topic, which a stream lands in the home."""
        return self.uri.startswith("kafka://")

    @property
    def is_listed(self) -> bool:
        """Whether its documents are found by listing the place it names."""
        return not self.is_inbox and not self.is_kafka

    def located(self, home: str) -> "Source":
        """The same source with a place inside the home made absolute."""
        inside = "://" not in self.uri and not PurePath(self.uri).is_absolute()
        return self.model_copy(update={"uri": str(PurePath(home) / self.uri)}) if inside else self

    @property
    def access_rule(self) -> AccessRule:
        """The rule documents of this source get unless they narrow it."""
        return AccessRule(
            tenant=self.tenant,
            classification=self.classification,
            allow=self.allow,
            deny=self.deny,
            until=self.until,
        )


class MaskedString(Frozen):
    """A string of a document that held a value and is kept without it."""

    place: Place
    mark: str
    """Keyed fingerprint of the string as its source has it: recognises it again, reveals nothing."""


class Provenance(Frozen):
    """Everything known about where one document version came from."""

    source: str
    uri: str
    owner: str
    submitter: str
    ingested_at: datetime
    licence: str | None
    title: str | None
    access: AccessRule
    content_digest: str
    run_id: str
    masked: tuple[MaskedString, ...] = ()
    problems: tuple[str, ...] = ()
    """Why its tags cannot be read. They are part of what describes it: when they go, it is judged again."""

    @model_serializer(mode="wrap")
    def _without_empty(self, to_fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # A record without problems or masked strings is written, and so digested, as if neither existed.
        fields: dict[str, Any] = to_fields(self)
        for name in ("problems", "masked"):
            if not getattr(self, name):
                fields.pop(name, None)
        return fields

    @property
    def metadata_digest(self) -> str:
        """Digest of what describes the document, without what differs between identical runs."""
        described: dict[str, Any] = {
            "owner": self.owner,
            "submitter": self.submitter,
            "licence": self.licence,
            "title": self.title,
        }
        if self.masked:
            described["masked"] = sorted([masked.place.value, masked.mark] for masked in self.masked)
        if self.problems:
            described["problems"] = list(self.problems)
        return digest_json(described)

    @property
    def digest(self) -> str:
        """Digest of the whole provenance, ingest time and run included."""
        return digest_json(self.model_dump(mode="json"))


def split_doc_id(doc_id: str) -> tuple[str, str]:
    """The name of the source a document belongs to, and its name in that source: a colon stands between them."""
    source, _, uri = doc_id.partition(":")
    return source, uri


def source_of(doc_id: str) -> str:
    """The name of the source a document belongs to."""
    return split_doc_id(doc_id)[0]
