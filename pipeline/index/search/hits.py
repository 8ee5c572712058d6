"""Results of a search: hits for the caller, traces for auditors.

Invariants: a hit is a chunk its reader may read. Traces and ranked rows are for auditors; they hold no text.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.domain.serving.publication import GenerationRecord


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk the principal may read."""

    score: float
    chunk_id: str
    doc_id: str
    version_id: str
    classification: Classification
    start: int
    end: int
    text: str = field(repr=False)
    generation: int
    generation_digest: str


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a served chunk is and what it came from; for auditors. Holds no text."""

    chunk_id: str
    doc_id: str
    version_id: str
    content_digest: str
    text_digest: str
    """Digest of the chunk's text."""
    ordinal: int
    start: int
    end: int
    access_id: str
    access: AccessRule
    segment: str
    row: int
    generation: GenerationRecord


@dataclass(frozen=True, slots=True)
class Ranked:
    """A chunk as it ranks when nobody's permissions are asked; for auditors. Holds no text."""

    rank: int
    """1 for the closest of all rows of the generation."""
    score: float
    chunk_id: str
    doc_id: str
    version_id: str
    access_id: str
    access: AccessRule
    """Who may read it in this generation; `pipeline.domain.identity.permissions.permits` judges a principal by it."""


class CandidateHit(NamedTuple):
    """A permitted row that was found, before the ledger was asked whether it is still live."""

    score: float
    segment: int
    row: int
    placement: int
    chunk_id: str
    version_id: str
