"""A policy against the past: reviews it would have asked for, and decisions of people it would have agreed with.

Invariants: pure; counts only. A hit is a version that people kept out and the policy would have stopped; a miss is one
that it would have let in. Items without a decision count for the load and not as hit or miss.
"""

from collections import Counter

from pydantic import AwareDatetime

from pipeline.domain.documents.documents import Action
from pipeline.domain.frozen import Frozen
from pipeline.domain.policy.simulation import SimulatedVerdict
from pipeline.domain.review.items import ItemState

WEEKS = 4
"""Weeks of the past that a policy is compared with, unless another number is asked for."""
MOST_WEEKS = 520
_LET_IN = (ItemState.APPROVED, ItemState.APPLIED)
_KEPT_OUT = (ItemState.REJECTED, ItemState.QUARANTINED)


class Backtest(Frozen):
    """A period, as it was and as it would have been."""

    since: AwareDatetime
    weeks: float
    verdicts: int
    """First verdicts on a change; second looks at the same version are left out."""
    undecided: int
    """Verdicts without an answer on record."""
    reviews_before: int
    reviews_after: int
    kept_out_before: int
    kept_out_after: int
    hits: int
    """Versions that people kept out, and that would have been stopped: asked about or kept out."""
    misses: int
    """Versions that people kept out, and that would have been admitted."""
    agreed: int
    """Versions that people let in, and that would have been admitted without asking."""
    asked_again: int
    """Versions that people let in, and would have been asked about all the same."""
    false_alarms: int
    """Versions that people let in, and that would have been kept out."""

    @property
    def reviews_a_week(self) -> tuple[float, float]:
        """Reviews a week, before and after."""
        return round(self.reviews_before / self.weeks, 1), round(self.reviews_after / self.weeks, 1)


class BacktestTally:
    """Counts verdicts one after the other."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, action: Action, state: ItemState | None, found: SimulatedVerdict) -> None:
        """Count a verdict: the action on record, what became of its review item, and the verdict of the policy."""
        count = self._counts
        count["verdicts"] += 1
        if found.gap is not None and found.gap.undecided:
            count["undecided"] += 1
            return
        count["reviews_before"] += action is Action.REVIEW
        count["reviews_after"] += found.action is Action.REVIEW
        count["kept_out_before"] += action.rank >= Action.QUARANTINE.rank
        count["kept_out_after"] += found.action.rank >= Action.QUARANTINE.rank
        stopped = found.action.rank >= Action.REVIEW.rank
        if state in _KEPT_OUT:
            count["hits" if stopped else "misses"] += 1
        elif state in _LET_IN:
            asked = "asked_again" if found.action is Action.REVIEW else "false_alarms"
            count[asked if stopped else "agreed"] += 1

    def result(self, since: AwareDatetime, weeks: float) -> Backtest:
        """The counts of a period."""
        names = Backtest.model_fields.keys() - {"since", "weeks"}
        return Backtest(since=since, weeks=weeks, **{name: self._counts[name] for name in names})
