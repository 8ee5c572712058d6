"""The impact of a recorded change under other weights, or of the same document when it is judged again.

Invariants: pure. A factor is recorded with its points, which are its weight times its degree, so other weights rescale
it. A factor that was not recorded is a gap and is not guessed: it had no weight, or a threshold moved.
"""

from typing import NamedTuple, get_args

from pipeline.domain.documents.documents import ChangeKind, Impact, ImpactFactor
from pipeline.domain.policy.impact import AROUND, FactorName, ImpactPolicy


class Reweighed(NamedTuple):
    """An impact with the weights of another policy."""

    impact: Impact
    complete: bool
    """Whether every factor of it follows from what was recorded."""


class Reweighing:
    """From the weights of one policy to those of another."""

    def __init__(self, old: ImpactPolicy | None, new: ImpactPolicy) -> None:
        """Prepare it; `old` is None if the policy that weighed the change is not known."""
        names: tuple[FactorName, ...] = get_args(FactorName)
        self._known = old is not None
        self._share = {name: new.most(name) / old.most(name) for name in names if old and old.most(name)}
        bounds = {"weights"}
        self._same_bounds = old is None or old.model_dump(exclude=bounds) == new.model_dump(exclude=bounds)
        self._unweighed = {name for name in names if old and not old.most(name) and new.most(name)}
        self._same = all(share == 1 for share in self._share.values()) and not self._unweighed and self._same_bounds

    def recorded(self, impact: Impact | None, kind: ChangeKind) -> Reweighed:
        """The impact of a change as it was recorded, with the new weights."""
        if impact is None:
            return Reweighed(Impact(score=0), complete=False)
        compared = kind is not ChangeKind.UNCHANGED
        if not self._known:
            return Reweighed(impact, complete=not compared)
        if self._same:
            return Reweighed(impact, complete=True)
        factors = tuple(self._rescaled(factor) for factor in impact.factors)
        around = self._same_bounds and not self._unweighed & AROUND
        complete = around and not (compared and self._unweighed)
        return Reweighed(_with(impact, factors), complete=complete)

    def again(self, impact: Impact | None) -> Reweighed:
        """The impact of a version that is served and judged again: nothing of its text or access differs."""
        found = self.recorded(impact, ChangeKind.UNCHANGED)
        factors = tuple(factor for factor in found.impact.factors if factor.name in AROUND)
        calm = found.impact.model_copy(
            update={"access_widened": False, "classification_lowered": False, "changed_share": 0.0}
        )
        return Reweighed(_with(calm, factors), found.complete)

    def _rescaled(self, factor: ImpactFactor) -> ImpactFactor:
        share = self._share.get(factor.name, 1.0)  # type: ignore[call-overload]
        return factor.model_copy(update={"points": round(factor.points * share, 2)})


def _with(impact: Impact, factors: tuple[ImpactFactor, ...]) -> Impact:
    counted = tuple(factor for factor in factors if factor.points > 0)
    score = min(100, round(sum(factor.points for factor in counted)))
    return impact.model_copy(update={"factors": counted, "score": score})
