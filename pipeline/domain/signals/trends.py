"""Trends: a figure of the report's period next to the same figure of earlier periods.

The distance from the usual is the modified z-score of `pipeline.domain.rates.usual`, by which the breaker of ingest
rates measures windows, too.

Invariants: pure. None stands for a period before the record began: it is unknown, and never counts as zero.
"""

from collections.abc import Iterable, Sequence
from math import ceil
from statistics import median

from pydantic import computed_field

from pipeline.domain.frozen import Frozen
from pipeline.domain.rates.usual import usual_count

LEAST_PERIODS = 4
"""Earlier periods on record below which nothing counts as usual."""

Value = int | float | None


class Trend(Frozen):
    """One figure, period by period."""

    values: tuple[Value, ...]
    """Oldest first; the last is that of the report. None: not on record."""

    @property
    def now(self) -> Value:
        """The figure of the report's period."""
        return self.values[-1]

    @property
    def earlier(self) -> tuple[int | float, ...]:
        """Figures of the earlier periods on record."""
        return tuple(value for value in self.values[:-1] if value is not None)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def usual(self) -> float | None:
        """Median of the earlier periods; None while fewer than four are on record."""
        return float(median(self.earlier)) if len(self.earlier) >= LEAST_PERIODS else None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def score(self) -> float | None:
        """Modified z-score of a count, above zero where it is higher than usual; None if nothing is usual yet."""
        if self.now is None or self.usual is None:
            return None
        return round(usual_count(self.earlier).score(self.now), 2)


def counted(places: Iterable[int | None], unknown: Sequence[bool]) -> Trend:
    """A trend from the positions of things in their periods, one for each thing.

    Args:
        places: Positions; None for a thing outside all periods.
        unknown: For each period, whether the record does not reach it.

    """
    counts = [0] * len(unknown)
    for place in places:
        if place is not None:
            counts[place] += 1
    return known(counts, unknown)


def known(counts: Sequence[Value], unknown: Sequence[bool]) -> Trend:
    """A trend from one figure for each period; those that the record does not reach are unknown."""
    return Trend(values=tuple(None if missing else count for count, missing in zip(counts, unknown, strict=True)))


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile: the smallest value that at least `share` of the values do not exceed."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)] if values else None
