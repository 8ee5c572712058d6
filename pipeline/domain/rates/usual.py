"""The distance of a count from its usual: a modified z-score (Iglewicz and Hoaglin, 1993).

The reference is How to Detect and Handle Outliers: 0.6745 × (value - median) / MAD, over the median and the median
absolute deviation (MAD) of earlier counts. Two things differ from the book. Counts are compared by their square roots,
whose spread does not grow with the level. And the spread is never taken to be less than chance gives to counts
(Poisson), nor than a tenth of the median: otherwise a count that was always the same could never be judged.

Used by the breaker of ingest rates, over windows, and by the signals report, over periods. Beam's `RobustZScore` is not
used: its MAD is an estimate that depends on the order of the counts, it scores 0 where the spread is 0, and its package
loads PyTorch, four seconds of a run. Invariant: pure.
"""

from collections.abc import Collection
from math import ceil, sqrt
from statistics import median
from typing import NamedTuple

from pipeline.domain.rates.breaches import Band, Limits

NORMAL = 0.6745
"""Median absolute deviation of a normal distribution with standard deviation 1."""
_CHANCE = 0.5 * NORMAL
"""That of the square root of a Poisson count, at any level."""
_SHARE_OF_MEDIAN = 0.1
_ROUNDING = 1e-6


class UsualCount(NamedTuple):
    """The usual level of a count, in square roots."""

    middle: float
    """Median."""
    spread: float
    """Median absolute deviation, or the least that it can be; above zero."""

    def score(self, count: float) -> float:
        """Modified z-score of a count: above zero where it is higher than usual."""
        return NORMAL * (sqrt(count) - self.middle) / self.spread

    def end(self, score: float) -> float:
        """The count that has this score."""
        return (self.middle + score * self.spread / NORMAL) ** 2


def usual_count(past: Collection[float]) -> UsualCount:
    """The usual level of a count from earlier ones, at least one, in any order."""
    roots = [sqrt(count) for count in past]
    middle = median(roots)
    spread = max(median(abs(root - middle) for root in roots), _CHANCE, _SHARE_OF_MEDIAN * middle)
    return UsualCount(middle, spread)


def band(past: Collection[int], value: int, limits: Limits) -> Band | None:
    """The distance of `value` from what was normal in earlier windows; None while these are too few."""
    if len(past) < limits.warm_up:
        return None
    usual = usual_count(past)
    score = usual.score(value)
    return Band(
        windows=len(past),
        median=round(usual.middle**2),
        bound=ceil(usual.end(limits.threshold) - _ROUNDING) - 1,
        score=round(abs(score), 2),
        left=score >= limits.threshold,
    )
