"""Breaches: a source exceeds its fixed limits or its learned bands.

Invariants: pure. A source that brings its first documents breaks no share, because nothing is known to compare with.
Only a higher figure than usual is a breach, never a lower one, and never fewer documents than `min_documents`. A
breach holds the figure, its value and its bound, with names of owners and sources, never text.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum

from pydantic import AwareDatetime, Field

from pipeline.domain.frozen import Frozen
from pipeline.domain.rates.ingest_rates import Figure, IngestFigures, Owners, total

Share = Field(default=0.5, gt=0, le=1)


class Limits(Frozen):
    """Bounds on what one source may bring in one window; None: no bound."""

    min_documents: int = Field(default=10, ge=1)
    """A window with fewer documents breaks no limit."""
    min_window: int = Field(default=30, ge=1)
    """Shares of a window with fewer documents are not measured, and neither is the share of new documents in a
    source with fewer known documents."""
    max_documents: int | None = Field(default=None, ge=1)
    """Largest number of documents in one window. `null`: no limit."""
    max_bytes: int | None = Field(default=None, ge=1)
    """Largest number of bytes in one window. `null`: no limit."""
    max_findings: int | None = Field(default=None, ge=1)
    """Largest number of findings in one window. `null`: no limit."""
    max_churned_share: float | None = Share
    """Share of the known documents that may change or be deleted."""
    max_deleted_share: float | None = Field(default=0.2, gt=0, le=1)
    """Share of the known documents that may be deleted, deletions held by the mass-delete guard included."""
    max_new_share: float | None = Field(default=0.5, gt=0)
    """New documents as a share of the known ones."""
    max_access_share: float | None = Share
    """Share of the known documents that may get other readers."""
    max_quarantined_share: float | None = Share
    """Share of a window's documents that may be kept out."""
    max_near_duplicate_share: float | None = Share
    """Share of a window's documents that may be new near-duplicates of each other."""
    settling_hours: float = Field(default=24, ge=0)
    """Hours after its approval in which a source may bring any share of new documents: it is still being filled."""
    warm_up: int = Field(default=20, ge=5)
    """Windows needed before a band is learned."""
    threshold: float = Field(default=6, ge=1)
    """Robust z-score beyond which a figure is outside its band."""


class BreachKind(StrEnum):
    """What kind of bound was left."""

    FIXED = "fixed"
    LEARNED = "learned"


class Band(Frozen):
    """What is normal of one figure, as learned from earlier windows."""

    windows: int
    """It was learned from."""
    median: int
    bound: int
    """The largest value inside."""
    score: float
    """Robust z-score of the value at hand."""
    left: bool
    """Whether that value is outside, above."""


class Breach(Frozen):
    """A figure that left its bound."""

    source: str
    owner: str | None
    """None: the source as a whole."""
    figure: Figure
    value: int
    """With what came within the hours that shares are measured over, where the bound is a share of the source."""
    bound: int
    kind: BreachKind
    start: AwareDatetime
    """Of the window."""
    of: int | None = None
    """What the bound is a share of."""
    median: int | None = None
    windows: int | None = None

    @property
    def sentence(self) -> str:
        """For a person: which figure, and by how much."""
        whose = f"Of owner {self.owner}, " if self.owner else ""
        says = "new documents came" if self.figure is Figure.DOCUMENTS and self.of is not None else _SAYS[self.figure]
        said = f"{whose}{self.value:,} {says} in a short time; "
        if self.kind is BreachKind.LEARNED:
            said += f"its band, learned from {self.windows:,} earlier windows, ends at {self.bound:,}"
            said += f" around a median of {self.median:,}"
        else:
            said += f"the limit is {self.bound:,}" + (f" of {self.of:,}" if self.of is not None else "")
        return said + (f": {self.value / self.bound:.1f} times as much." if self.bound else ".")


_SAYS = {
    Figure.DOCUMENTS: "documents came or changed",
    Figure.BYTES: "bytes came",
    Figure.CHURNED: "known documents were changed or deleted",
    Figure.DELETED: "documents were deleted",
    Figure.ACCESS_CHANGED: "documents got other readers",
    Figure.FINDINGS: "findings were made",
    Figure.QUARANTINED: "documents had to be kept out",
    Figure.NEAR_DUPLICATES: "new documents were nearly the same as others",
}


class WindowRates(Frozen):
    """What a source did in one run, or in one window of a stream, and whether that is unlike it."""

    source: str
    start: AwareDatetime
    """Of the run, or of the bucket the window falls into."""
    end: AwareDatetime | None = None
    """Of the window; None of a run. It tells two windows of one bucket apart."""
    known: int
    owners: dict[str, IngestFigures]
    """Of this window alone."""
    breaches: tuple[Breach, ...] = ()
    narrowed: bool = False
    """Whether the source was narrowed already."""


_NOTHING = IngestFigures()
_TELLING = (
    Figure.DELETED, Figure.NEAR_DUPLICATES, Figure.QUARANTINED, Figure.ACCESS_CHANGED, Figure.CHURNED, Figure.FINDINGS,
    Figure.DOCUMENTS, Figure.BYTES,
)  # fmt: skip
"""From what says most about what happened to what is out of pattern with nearly everything else."""
Learn = Callable[[str | None, Figure, int], Band | None]
"""The band of a figure of an owner (None: of the source) with the value at hand; None while it warms up."""


def judge(
    window: WindowRates,
    together: Owners,
    limits: Limits,
    learn: Learn,
    *,
    lately: IngestFigures = _NOTHING,
    settled: bool = True,
) -> list[Breach]:
    """What is out of pattern: the source before its owners, and first the figure that says most.

    `together` is the window with what its bucket held before, `lately` what counts towards shares of the source before
    this window. `settled`: the source is not being filled any more.
    """
    whole = total(together)
    found = [*_of_source(window, lately, limits, settled=settled), *_fixed(window, whole, limits, settled=settled)]
    fixed = {breach.figure for breach in found}
    found += [one for one in _learned(window, None, whole, limits, learn) if one.figure not in fixed]
    broken = {breach.figure for breach in found}
    if len(together) > 1:
        for owner, figures in together.items():
            found += [one for one in _learned(window, owner, figures, limits, learn) if one.figure not in broken]
    return sorted(found, key=lambda one: (one.owner is not None, _TELLING.index(one.figure)))


def _of_source(window: WindowRates, lately: IngestFigures, limits: Limits, *, settled: bool) -> Iterator[Breach]:
    """Shares of the source, over hours: it can be replaced, or flooded, piece by piece as well as at once."""
    now = total(window.owners)
    before = window.known - lately.new
    if now.new and limits.max_new_share is not None and settled and before >= limits.min_window:
        yield from _over(window, Figure.DOCUMENTS, lately.new + now.new, limits.max_new_share, before, limits)
    for figure, share in (
        (Figure.CHURNED, limits.max_churned_share),
        (Figure.DELETED, limits.max_deleted_share),
    ):
        if now.of(figure) and share is not None:
            yield from _over(window, figure, lately.of(figure) + now.of(figure), share, window.known, limits)


def _fixed(window: WindowRates, whole: IngestFigures, limits: Limits, *, settled: bool) -> Iterator[Breach]:
    at_most = {
        Figure.DOCUMENTS: limits.max_documents,
        Figure.BYTES: limits.max_bytes,
        Figure.FINDINGS: limits.max_findings,
    }
    for figure, most in at_most.items():
        if most is not None and whole.of(figure) > most:
            yield _breach(window, figure, whole.of(figure), most)
    shares = [(Figure.ACCESS_CHANGED, limits.max_access_share, window.known)]
    if settled and window.known and whole.documents >= limits.min_window:
        shares += [
            (Figure.QUARANTINED, limits.max_quarantined_share, whole.documents),
            (Figure.NEAR_DUPLICATES, limits.max_near_duplicate_share, whole.documents),
        ]
    for figure, share, of in shares:
        if share is not None:
            yield from _over(window, figure, whole.of(figure), share, of, limits)


def _over(window: WindowRates, figure: Figure, value: int, share: float, of: int, limits: Limits) -> Iterator[Breach]:
    if of and value >= limits.min_documents and value > share * of:
        yield _breach(window, figure, value, int(share * of), of)


def _breach(window: WindowRates, figure: Figure, value: int, bound: int, of: int | None = None) -> Breach:
    return Breach(
        source=window.source, owner=None, figure=figure, value=value, bound=bound, kind=BreachKind.FIXED,
        start=window.start, of=of,
    )  # fmt: skip


def _learned(
    window: WindowRates, owner: str | None, figures: IngestFigures, limits: Limits, learn: Learn
) -> Iterator[Breach]:
    if figures.documents < limits.min_documents:
        return
    for figure in Figure:
        value = figures.of(figure)
        band = learn(owner, figure, value) if value >= limits.min_documents else None
        if band is not None and band.left:
            yield Breach(
                source=window.source, owner=owner, figure=figure, value=value, bound=band.bound,
                kind=BreachKind.LEARNED, start=window.start, median=band.median, windows=band.windows,
            )  # fmt: skip
