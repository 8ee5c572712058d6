"""Lists and counts of documents by where they stand."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule, Classification

CatalogueKey = tuple[str | datetime, str]
"""The value by which a list is ordered, and the id of a document: its place in the list."""


class DocumentStanding(StrEnum):
    """Where a document stands."""

    SERVED = "served"
    REVIEW = "review"
    QUARANTINE = "quarantine"
    REJECT = "reject"
    DELETED = "deleted"


class CatalogueOrder(StrEnum):
    """Orders of a list of documents; documents that are equal in it are in the order of their ids."""

    NAME = "name"
    NEWEST = "newest"
    """The newest verdict first."""
    OLDEST = "oldest"
    OWNER = "owner"


class CatalogueFilter(Frozen):
    """Which documents; a field that is not given does not restrict."""

    text: str = Field(default="", max_length=500)
    """Part of the id, in any case."""
    source: str = Field(default="", max_length=63)
    standing: DocumentStanding | None = None
    holds: FindingKind | None = None
    """A kind of finding that the last verdict on the document stands on."""
    owner: str = Field(default="", max_length=200)
    classification: Classification | None = None


class CatalogueRow(Frozen):
    """One document, as its latest version describes it."""

    doc_id: str
    source: str
    title: str | None
    owner: str
    access: AccessRule
    action: Action
    """The last verdict."""
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    """Of the rules, in their order."""
    findings: dict[FindingKind, int]
    """Findings of the last verdict, by kind."""
    decided_at: datetime
    live_version: str | None
    """The version that the ledger has live; takedowns come on top."""
    served_since: datetime | None
    """When the run ended that first published the live version."""
    kept_out: tuple[str, ...] = ()
    """Takedowns that keep the live version out of every answer, in words."""
    deleted: bool

    @property
    def served(self) -> bool:
        """Whether answers may hold it."""
        return self.live_version is not None and not self.deleted and not self.kept_out


def key_of(row: CatalogueRow, order: CatalogueOrder) -> CatalogueKey:
    """The place of a document in a list."""
    match order:
        case CatalogueOrder.NAME:
            return row.doc_id, row.doc_id
        case CatalogueOrder.OWNER:
            return row.owner, row.doc_id
        case _:
            return row.decided_at, row.doc_id


class SourceStanding(Frozen):
    """How many documents of a source stand under one verdict."""

    source: str
    action: Action
    documents: int
    """Not deleted."""
    served: int
    """Of these, with a version that was made live."""
    oldest: datetime
    """When the oldest of these verdicts was made."""
