"""Erased documents, as a refresh sees them.

Invariants: pure. An erased document stays out under its name, and its content stays out under every other name, until
a person allows it again. Only a document that had that content on record before the erasure counts as another
document.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from pipeline.domain.frozen import Frozen

ERASED = "erased"
"""The built-in rule that rejects them."""


class ErasedDocument(Frozen):
    """A document that must not come back."""

    doc_id: str
    erased_at: datetime
    contents: tuple[str, ...] = ()
    """Content digests of its versions."""
    others: tuple[str, ...] = ()
    """Documents that had one of these contents on record before the erasure."""

    @property
    def reason(self) -> str:
        """Why it is rejected, for its owner."""
        return f"This was erased on {self.erased_at:%Y-%m-%d}; remove it at the source."


class ErasedDocuments:
    """What the next run must not let in."""

    def __init__(self, documents: Iterable[ErasedDocument]) -> None:
        self._by_name: dict[str, ErasedDocument] = {}
        self._by_content: dict[str, list[ErasedDocument]] = {}
        for one in documents:
            self._by_name[one.doc_id] = one
            for content in one.contents:
                self._by_content.setdefault(content, []).append(one)

    def find(self, doc_id: str, content_digest: str) -> ErasedDocument | None:
        """The erasure that keeps a document of that name and content out."""
        same = self._by_content.get(content_digest, ())
        return self._by_name.get(doc_id) or next((one for one in same if doc_id not in one.others), None)


PREDICATE_TYPE = "https://corpusgate.dev/erasure/v1"

REMAINS = (
    "The document's id, its versions' ids and digests, its verdicts, access rules, owner, submitter, place at the "
    "source and licence stay in the ledger, and its id in the append-only audit log: they keep it out and show that it "
    "was erased.",
    "Decisions about it stay with who took them and when, without their words.",
    "What is still at the source is not touched; a refresh rejects it.",
    "Backups, earlier answers, and copies outside this home and its databases are not reached. A database server's own "
    "files and write-ahead log are not searched: its rows are.",
    "Words of it that are also part of an identifier, such as another document's name, do not count where identifiers "
    "stay: in the ledger, the audit log, generations and receipts.",
    "Codes of compressed lists cannot be searched for; lists that held the document were built again from the vectors "
    "that are left.",
)
"""Said in every receipt."""


class EvidenceSearch(Frozen):
    """What was looked for, where, and what was found."""

    text_probes: int
    vector_probes: int
    files: int
    bytes: int
    rows: int
    found: int
    """Occurrences that nothing explains; a receipt has none."""
    shared_with: tuple[str, ...]
    """Documents that were not erased and hold some of the same text."""
    not_searched: tuple[str, ...]
    """Sources inside the home, which belong to their owners."""
    identifiers: int = 0
    """Pieces of text that are also part of an identifier that stays; they count everywhere else."""
    operators_files: tuple[str, ...] = ()
    """Configuration and keys of the home that hold some of the same text: operators wrote them, and they stay."""


class HeldBy(Frozen):
    """What held the document."""

    segments: tuple[str, ...]
    generations: tuple[int, ...]
    rows: int
    texts: int
    cached_vectors: int
    submitted_files: int
    staging_folders: int


class Rewritten(Frozen):
    """What was done about it."""

    replaced_segments: dict[str, str]
    """Digest of each segment that held it, and of the one in its place; empty where no row was left."""
    published_generation: int | None
    """The generation that took the place of the one being served."""
    rewritten_generations: dict[str, str]
    """Kept generations by number, with their new digests."""
    removed_files: int
    shared_texts: int
    """Stored texts that stay, because another document has exactly the same."""


class ErasureReceipt(Frozen):
    """The signed word on an erasure: the predicate of an in-toto statement about the document's id."""

    erasure_id: str
    document_digest: str
    """SHA-256 of the document's id."""
    versions: tuple[str, ...]
    erased_by: str
    reason: str
    started_at: datetime
    finished_at: datetime
    resumed: bool
    """It was interrupted, and gone on with: what it says was done is what was left to do then."""
    held_by: HeldBy
    done: Rewritten
    searches: tuple[EvidenceSearch, ...]
    """The last one after everything was removed; before it, one with everything there was to search for."""
    remains: tuple[str, ...] = REMAINS


class ErasureState(StrEnum):
    """Where an erasure stands."""

    UNFINISHED = "unfinished"
    """Not served; erasing it again resumes."""
    ERASED = "erased"
    ALLOWED_AGAIN = "allowed again"


class Erasure(Frozen):
    """One erasure, as the ledger has it."""

    erasure_id: str
    doc_id: str
    erased_by: str
    reason: str
    erased_at: datetime
    finished_at: datetime | None = None
    searched: dict[str, Any] | None = None
    """What the byte search said, before the old files were removed."""
    receipt: dict[str, Any] | None = None
    """The signed envelope."""
    allowed_by: str | None = None
    allowed_at: datetime | None = None
    allow_reason: str | None = None

    @property
    def state(self) -> "ErasureState":
        """Where it stands."""
        if self.allowed_at is not None:
            return ErasureState.ALLOWED_AGAIN
        return ErasureState.UNFINISHED if self.finished_at is None else ErasureState.ERASED
