"""Ingest rates: figures of one run, or of one window of a stream, for each owner in a source.

Invariants: pure; figures add up in any order. Changes that people or settings caused are not counted: verdicts
renewed because policy or detectors changed, applied approvals, deletions that already wait for review or concern
documents that were never served, and the old name of a renamed document. Near-duplicates are counted in a sample of
bounded size, chosen by digest, so every worker chooses the same.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, BaseModel, Field

from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.frozen import Frozen

SAMPLE = 2_048
"""Sketches compared with each other, of one source in one window; a larger window is judged by so many of it."""


class Figure(StrEnum):
    """What is counted."""

    DOCUMENTS = "documents"
    BYTES = "bytes"
    CHURNED = "churned"
    DELETED = "deleted"
    ACCESS_CHANGED = "access_changed"
    FINDINGS = "findings"
    QUARANTINED = "quarantined"
    NEAR_DUPLICATES = "near_duplicates"


class IngestFigures(Frozen):
    """What one owner's documents did."""

    documents: int = 0
    """New, changed or deleted."""
    bytes: int = 0
    churned: int = 0
    """Of these, known before: changed or deleted."""
    deleted: int = 0
    access_changed: int = 0
    """Of these, with other readers than before, or a lower classification."""
    findings: int = 0
    quarantined: int = 0
    """Quarantined or rejected."""
    near_duplicates: int = 0
    """New, to be served, and nearly the same as another new one."""

    def __add__(self, other: "IngestFigures") -> "IngestFigures":
        return IngestFigures(**{figure.value: self.of(figure) + other.of(figure) for figure in Figure})

    @property
    def new(self) -> int:
        """Documents not known before."""
        return self.documents - self.churned

    def of(self, figure: Figure) -> int:
        """One of them."""
        value: int = getattr(self, figure.value)
        return value


Owners = Mapping[str, IngestFigures]
"""Figures by owner."""


def total(owners: Owners) -> IngestFigures:
    """Of the whole source."""
    return sum(owners.values(), IngestFigures())


def added(one: Owners, other: Owners) -> dict[str, IngestFigures]:
    """Both together, by owner."""
    empty = IngestFigures()
    return {owner: one.get(owner, empty) + other.get(owner, empty) for owner in sorted({*one, *other})}


def bucket_of(moment: datetime, seconds: int) -> datetime:
    """Beginning of the window of so many seconds that `moment` falls into."""
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


class Tally(BaseModel):
    """Figures of one source while they are being counted; grows in place, merges in any order."""

    owners: dict[str, IngestFigures] = {}
    new: int = 0
    """New documents that have a sketch."""
    sample: dict[str, tuple[str, str]] = {}
    """Owner and sketch of some of them, by digest of the name."""

    def add(self, outcome: Outcome, owner: str) -> Self:
        """Count one document."""
        if not outcome.counted or outcome.rescan or outcome.kind is ChangeKind.UNCHANGED:
            return self
        self.owners[owner] = self.owners.get(owner, IngestFigures()) + _figures(outcome)
        waits = outcome.verdict is not None and outcome.verdict.action is Action.REVIEW
        if outcome.kind is ChangeKind.NEW and outcome.sketch is not None and not waits:
            self.new += 1
            self.sample[hashlib.sha256(outcome.doc_id.encode()).hexdigest()[:16]] = owner, outcome.sketch
            self._bound(2 * SAMPLE)
        return self

    def merged(self, others: Iterable["Tally"]) -> Self:
        """With what others counted."""
        for other in others:
            self.owners = added(self.owners, other.owners)
            self.new += other.new
            self.sample |= other.sample
            self._bound(2 * SAMPLE)
        return self

    def figures(self) -> dict[str, IngestFigures]:
        """What was counted, near-duplicates with it."""
        self._bound(SAMPLE)
        if len(self.sample) < 2:
            return dict(self.owners)
        import numpy as np

        from pipeline.domain.findings.resemblance import alike, unpacked

        chosen = [self.sample[key] for key in sorted(self.sample)]
        found = alike(np.vstack([unpacked(sketch) for _, sketch in chosen]))
        counts = Counter(owner for (owner, _), is_alike in zip(chosen, found, strict=True) if is_alike)
        scale = self.new / len(chosen)
        more = {owner: IngestFigures(near_duplicates=round(count * scale)) for owner, count in counts.items()}
        return added(self.owners, more)

    def _bound(self, most: int) -> None:
        if len(self.sample) > most:
            self.sample = {key: self.sample[key] for key in sorted(self.sample)[:SAMPLE]}


def _figures(outcome: Outcome) -> IngestFigures:
    impact, verdict = outcome.impact, outcome.verdict
    widened = impact is not None and (impact.access_widened or impact.classification_lowered)
    return IngestFigures(
        documents=1,
        bytes=outcome.bytes,
        churned=outcome.kind is not ChangeKind.NEW,
        deleted=outcome.kind is ChangeKind.DELETED,
        access_changed=outcome.kind is ChangeKind.ACCESS or widened,
        findings=sum(finding.lowered is None for finding in outcome.findings),
        quarantined=verdict is not None and verdict.action in (Action.QUARANTINE, Action.REJECT),
    )


class RateHistory(Frozen):
    """What a run or a window of a stream knows of a source's earlier ones."""

    source: str
    known: int = 0
    """Documents the ledger knows of it."""
    lately: IngestFigures = IngestFigures()
    """What came, changed and was deleted within the time that shares are measured over; each document once."""
    past: dict[str, dict[Figure, tuple[int, ...]]] = Field(default_factory=dict)
    """What was normal, oldest first: by owner (empty: the whole source) and figure, without the zeros."""
    current_start: AwareDatetime | None = None
    current: dict[str, IngestFigures] = Field(default_factory=dict)
    """What the newest window, which may not be over, holds already."""

    def so_far(self, start: datetime) -> Owners:
        """What the window that began then holds already."""
        return self.current if self.current_start == start else {}
