"""Decisions that stand above the policy: erasures, quarantines by reviewers, takedowns and the past of a content.

Invariants: pure. Each only makes a verdict more severe. The gate that applies the policy and the simulation of a policy
ask the same function.
"""

from typing import NamedTuple

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.pasts import RETURNED
from pipeline.domain.serving.erasing import ERASED
from pipeline.domain.serving.takedown import ROLLED_BACK

BY_REVIEWER = "quarantined-by-reviewer"
"""The built-in rule of versions that a reviewer put into quarantine."""
GATE_FAILED = "gate-failed"
"""The rule of documents that a gate after scanning failed on."""


class Standing(NamedTuple):
    """Earlier decisions about a document that its policy does not decide about."""

    erased: bool = False
    quarantined: bool = False
    """A reviewer put exactly this version into quarantine."""
    past: Action | None = None
    """The least severe action because of the older names of its content."""
    taken_off: bool = False
    """A rollback took it off, and no person let it in again."""


def overruling(action: Action, standing: Standing) -> tuple[Action, str] | None:
    """The action and the built-in rule that take the place of the verdict of the policy; None if that stands."""
    if standing.erased:
        return Action.REJECT, ERASED
    if standing.quarantined and action.rank < Action.QUARANTINE.rank:
        return Action.QUARANTINE, BY_REVIEWER
    if standing.past is not None and action.rank <= standing.past.rank:
        return standing.past, RETURNED
    if standing.taken_off and action.rank <= Action.REVIEW.rank:
        return Action.REVIEW, ROLLED_BACK
    return None
