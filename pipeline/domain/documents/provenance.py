"""Where a document came from and whose it is.

Invariants: provenance is immutable once recorded. Anything missing or contradictory is a problem that ends in
quarantine, never a default that widens (law 2). Metadata of a document may narrow what its source allows, never
widen it: a document's author does not get to grant access the source's owner did not grant.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import PurePath
from typing import Any

from pydantic import AwareDatetime, Field

from pipeline.domain.digests import digest_json
from pipeline.domain.findings.findings import Place
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule, Classification, in_utc, principal_id

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
        return digest_json(described)

    @property
    def digest(self) -> str:
        """Digest of the whole provenance, ingest time and run included."""
        return digest_json(self.model_dump(mode="json"))


METADATA_KEYS = frozenset(
    {"owner", "submitter", "classification", "tenant", "allow", "deny", "until", "licence", "title"}
)


class TaggingResult(Frozen):
    """The tags of a document, or the problems that make them unresolvable."""

    owner: str
    submitter: str
    licence: str | None
    title: str | None
    access: AccessRule
    problems: tuple[str, ...] = ()
    """Sentences for a person; any entry quarantines the document."""


def resolve_tags(source: Source, declared: Mapping[str, Any], submitter: str | None = None) -> TaggingResult:
    """Combine a source's tags with what a document declares about itself (front matter, sidecar or feed record).

    Unknown keys are ignored (front matter holds many things that are not tags). A tag that cannot be understood,
    or that would widen access beyond the source, is a problem; the resulting rule is then the source's own, and
    policy quarantines the document. `submitter` is the verified one, where there is one: a document cannot name
    another.
    """
    problems: list[str] = []
    base = source.access_rule

    classification = base.classification
    if "classification" in declared:
        try:
            classification = Classification(str(declared["classification"]).strip().lower())
        except ValueError:
            problems.append("Its classification is not one of public, internal, confidential, restricted.")
    if classification.rank < base.classification.rank:
        problems.append("It declares a lower classification than its source was approved for.")
    if str(declared.get("tenant", base.tenant)) != base.tenant:
        problems.append("It declares another tenant than its source.")

    allow, deny = base.allow, base.deny
    if "allow" in declared:
        allow, bad = _principals(declared["allow"])
        problems.extend(bad)
        if not bad and not set(allow) <= set(base.allow):
            problems.append("It allows principals its source was not approved for.")
        if not bad and not allow:
            problems.append("Its list of allowed principals is empty.")
    if "deny" in declared:
        denied, bad = _principals(declared["deny"])
        problems.extend(bad)
        deny = (*base.deny, *denied)
    until = base.until
    if "until" in declared:
        until, bad = _moment(declared["until"])
        problems.extend(bad)
        if not bad and base.until is not None and (until is None or until > base.until):
            problems.append("It lets access end later than its source does.")
    texts = {key: _text(declared, key, problems) for key in ("owner", "submitter", "licence", "title")}
    if submitter is not None and texts["submitter"] not in (None, submitter):
        problems.append("It names another submitter than the one who submitted it.")
    rule = base
    if not problems:
        rule = AccessRule(tenant=base.tenant, classification=classification, allow=allow, deny=deny, until=until)
    return TaggingResult(
        owner=texts["owner"] or source.owner,
        submitter=submitter or texts["submitter"] or source.registered_by,
        licence=texts["licence"] or source.licence,
        title=texts["title"],
        access=rule,
        problems=tuple(problems),
    )


def _principals(value: Any) -> tuple[tuple[str, ...], list[str]]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        return (), ["Its list of principals is not a list of names."]
    try:
        return tuple(principal_id(name) for name in names), []
    except ValueError:
        return (), ["Its list of principals holds a name that is no user:, service: or group:."]


def _moment(value: Any) -> tuple[datetime | None, list[str]]:
    """A moment as YAML or JSON gives it; one without a time zone could be read as a later one, so it is a problem."""
    try:
        return in_utc(value if isinstance(value, datetime) else datetime.fromisoformat(value)), []
    except (TypeError, ValueError, OverflowError):
        return None, ["Its `until` is no moment with a time zone, such as 2027-01-31T18:00:00Z."]


def _text(declared: Mapping[str, Any], key: str, problems: list[str]) -> str | None:
    value = declared.get(key)
    if value is None:
        return None
    if not isinstance(value, str | int | float) or len(str(value)) > 500:
        problems.append(f"Its {key} is not a short text.")
        return None
    return str(value).strip() or None


def source_of(doc_id: str) -> str:
    """The name of the source that a document belongs to: `doc_id` is the source, a colon and a stable URI."""
    return doc_id.partition(":")[0]
