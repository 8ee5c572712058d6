"""Quarantine as a list to work through: its filter, its order, its lines, and what people noted.

Invariant: a document is in quarantine if, and only if, its newest verdict says so. Everything here is work on that
verdict, and none of it lets a document in.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.review.claims import Question


class QuarantineSort(StrEnum):
    """The order of the list."""

    OLDEST = "oldest"
    """Longest in quarantine first."""
    NEWEST = "newest"
    DOCUMENT = "document"
    """By id."""


class QuarantineFilter(Frozen):
    """What to list; a field that is not given does not restrict."""

    text: str = Field(default="", max_length=500)
    """Part of the document's id, in any case."""
    source: str = Field(default="", max_length=63)
    rule: str = Field(default="", max_length=200)
    """A rule that decided."""
    kind: FindingKind | None = None
    """Kind of a finding of the newest verdict."""
    owner: str = Field(default="", max_length=200)
    unseen: bool = False
    """Only versions that no person has marked as seen."""
    days: int = Field(default=0, ge=0, le=3_650)
    """In quarantine for at least so many days."""


class QuarantinePlace(Frozen):
    """The place of a document in the list, for the page that follows it."""

    since: datetime
    doc_id: str


class SeenMark(Frozen):
    """A person looked at exactly one version."""

    person: str
    at: datetime
    remark: str


class QuarantinedVersion(Frozen):
    """The newest version of a document in quarantine: as much as an act on it needs."""

    doc_id: str
    source: str
    classification: Classification
    version_id: str
    rules: tuple[str, ...]


class QuarantinedDocument(Frozen):
    """A document in quarantine."""

    doc_id: str
    title: str | None
    source: str
    owner: str
    classification: Classification
    version_id: str
    verdict_id: str
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    """Of the rules, in their order."""
    since: datetime
    """When this version got into quarantine; later verdicts that said the same do not count."""
    served: bool
    """Whether an older version is still served; takedowns come on top."""
    alike: int
    """Documents of its source that the same rules keep in quarantine, this one included."""
    seen: tuple[SeenMark, ...] = ()
    """By whom this version was seen, the first person first."""
    question: Question | None = None
    """The oldest question about this version that waits for an answer."""
    waiver: str | None = None
    """A waiver of one of its findings that waits for a second person."""

    @property
    def place(self) -> QuarantinePlace:
        """Its place in the list."""
        return QuarantinePlace(since=self.since, doc_id=self.doc_id)


class QuarantineCount(Frozen):
    """One value of a field, with the documents that have it."""

    value: str
    documents: int


class QuarantineCounts(Frozen):
    """How many documents there are under a filter, in all and by field, the most first."""

    total: int
    unseen: int
    rules: tuple[QuarantineCount, ...]
    sources: tuple[QuarantineCount, ...]
    kinds: tuple[QuarantineCount, ...]
    """Of findings; a document counts once for each kind."""


class QuarantineResult(Frozen):
    """What became of one document of an act on several."""

    doc_id: str
    done: bool
    problem: str = ""
    """Why nothing was done."""
