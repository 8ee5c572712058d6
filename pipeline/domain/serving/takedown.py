"""Values of rollbacks and reconciliation: removed versions, versions that may come back, differences.

Invariants: pure. A version that a rollback removed is held under its own id and under any other rule or title of the
same content and name, so that it cannot come back without a person.
"""

from collections.abc import Iterable
from enum import StrEnum

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessChange, AccessRule

ROLLED_BACK = "rolled-back"
"""The built-in rule that sends such a version to review."""


class TakenOff(Frozen):
    """A version that was live and that a rollback took off."""

    version_id: str
    doc_id: str
    content_digest: str | None
    from_generation: int
    to_generation: int

    @property
    def reason(self) -> str:
        """Why it waits, for its owner and its reviewers."""
        return (
            f"This was being served and was rolled back from generation {self.from_generation} "
            f"to generation {self.to_generation}."
        )


class TakenOffVersions:
    """What the next run must not publish again without a person."""

    def __init__(self, versions: Iterable[TakenOff]) -> None:
        self._by_version: dict[str, TakenOff] = {}
        self._by_content: dict[tuple[str, str], TakenOff] = {}
        for one in versions:
            self._by_version[one.version_id] = one
            if one.content_digest is not None:
                self._by_content[one.doc_id, one.content_digest] = one

    def find(self, doc_id: str, version_id: str, content_digest: str) -> TakenOff | None:
        """The rollback that took off this version, or this content under this name."""
        return self._by_version.get(version_id) or self._by_content.get((doc_id, content_digest))

    def __bool__(self) -> bool:
        return bool(self._by_version)


class Withheld(StrEnum):
    """Why a document of the target generation does not come back."""

    ERASED = "erased"
    DELETED = "deleted"
    REVOKED = "revoked"
    LAPSED = "lapsed"
    REFUSED = "refused"
    NARROWED = "narrowed"
    OTHER_TEXT = "other-text"

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return _WITHHELD[self]


_WITHHELD = {
    Withheld.ERASED: "it was erased",
    Withheld.DELETED: "its source deleted it since",
    Withheld.REVOKED: "a revocation names it or its source, or it was withdrawn",
    Withheld.LAPSED: "it stood on a waiver or an emergency admission that is over",
    Withheld.REFUSED: "that version was refused, or sent to review, since",
    Withheld.NARROWED: "fewer people may read it since",
    Withheld.OTHER_TEXT: "more of that version's text is redacted since",
}


def narrowed_since(then: AccessRule, now: Iterable[AccessRule]) -> bool:
    """Whether bringing `then` back would let somebody read who may not read under one of the rules of today."""
    return any(AccessChange.between(rule, then).widened for rule in now)


class Drift(StrEnum):
    """Kinds of difference between ledger, generation, files and sources."""

    NOT_INDEXED = "not-indexed"
    NOT_LIVE = "not-live"
    TAKEN_BACK = "taken-back"
    ACCESS = "access-differs"
    ROWS = "rows-differ"
    GENERATION_DAMAGED = "generation-damaged"
    SEGMENT_DAMAGED = "segment-damaged"
    KEPT_GENERATION_DAMAGED = "kept-generation-damaged"
    ORPHAN_GENERATION = "orphan-generation"
    ORPHAN_SEGMENT = "orphan-segment"
    UNFINISHED_FILES = "unfinished-files"
    STALE_STAGING = "stale-staging"
    UNFINISHED_RUN = "unfinished-run"
    TEXT_MISSING = "text-missing"
    TEXT_DAMAGED = "text-damaged"
    ORPHAN_TEXT = "orphan-text"
    UNUSED_VECTORS = "unused-cached-vectors"
    SOURCE_UNLISTED = "source-unlisted"
    SOURCE_NEW = "source-new"
    SOURCE_CHANGED = "source-changed"
    SOURCE_GONE = "source-gone"


class Difference(Frozen):
    """One thing that does not agree with another."""

    kind: Drift
    subject: str
    says: str
    to_do: str
    repairable: bool
    """Whether `--repair` settles it without a person."""
