"""Retrievals: which passages left with an answer, who received them, and when.

Invariant: a retrieval holds ids, digests and scores. The question is a keyed fingerprint; no text is here.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field

from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.frozen import Frozen

Door = Literal["cli", "page", "python", "rest"]
"""The interface that the answer left through."""


class RetrievedPassage(Frozen):
    """One passage of an answer, best first."""

    chunk_id: str
    version_id: str
    score: float
    shown: bool = True
    """Whether its text left. An auditor who searches as another principal may learn of a passage without its text."""


class Retrieval(Frozen):
    """One answer, as it is on record."""

    id: str
    """32 hex digits, random: an answer that is handed over twice is recorded once."""
    at: datetime
    principal: str
    """Receiver of the answer."""
    on_behalf_of: str | None
    """The principal whose permissions were used, if it is another one."""
    door: Door
    generation: int
    """The generation that was searched; 0 before the first."""
    question: str
    """Keyed fingerprint: equal questions compare equal."""
    asked: int
    """Most passages that could have been returned."""
    passages: tuple[RetrievedPassage, ...]


class RecordedPassage(RetrievedPassage):
    """A passage of an answer on record."""

    document: str | None
    """None if its version is no longer on record."""


class RecordedRetrieval(Retrieval):
    """A retrieval that was read from the log."""

    number: int
    """Position in the log, from 1."""
    batch: int
    passages: tuple[RecordedPassage, ...]

    def as_recorded(self) -> Retrieval:
        """The retrieval as the digest of its batch covers it."""
        passages = [RetrievedPassage(**passage.model_dump(exclude={"document"})) for passage in self.passages]
        fields = self.model_dump(exclude={"number", "batch", "passages"})
        return Retrieval(passages=tuple(passages), **fields)


class RetrievalFilter(Frozen):
    """Which retrievals; what is not given does not restrict."""

    principal: str = Field(default="", max_length=200)
    """Receiver of the answer, or the principal whose permissions were used."""
    documents: tuple[str, ...] = ()
    """Only answers with a passage of one of the named documents."""
    chunk: str = Field(default="", max_length=64)
    question: str = Field(default="", max_length=32)
    """The keyed fingerprint."""
    generation: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


class RetrievalReport(Frozen):
    """What verification of the log found."""

    batches: int
    """Batches that agree with the audit log."""
    retrievals: int
    pruned_batches: int
    """The newest batch that retention removed, as the audit log says; 0 if none was."""
    bad_batch: int | None = None
    problem: str | None = None
    """A sentence for a person."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.problem is None


def batch_digest(retrievals: Iterable[Retrieval]) -> str:
    """SHA-256 over the canonical JSON of the retrievals of a batch, one a line, in the order of the log."""
    return digest_bytes(b"".join(canonical_json(retrieval.model_dump(mode="json")) + b"\n" for retrieval in retrievals))
