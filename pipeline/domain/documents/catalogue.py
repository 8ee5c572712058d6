"""Lists and counts of documents by where they stand."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipeline.domain.documents.documents import Action
from pipeline.domain.frozen import Frozen


class DocumentStanding(StrEnum):
    """Where a document stands."""

    SERVED = "served"
    REVIEW = "review"
    QUARANTINE = "quarantine"
    REJECT = "reject"
    DELETED = "deleted"


class CatalogueFilter(Frozen):
    """Which documents; what is not given does not restrict."""

    text: str = Field(default="", max_length=500)
    """Part of the id, in any case."""
    source: str = Field(default="", max_length=63)
    standing: DocumentStanding | None = None


class CatalogueRow(Frozen):
    """One document."""

    doc_id: str
    source: str
    action: Action
    """What was decided last."""
    decided_at: datetime
    live: bool
    """Whether the ledger has a live version of it; revocations and expired access come on top."""
    deleted: bool


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
