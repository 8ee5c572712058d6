"""`/policy`: the rules in force, the weights of changes, and the changelog."""

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.documents.documents import Action
from pipeline.domain.identity.roles import KEEPERS, Caller
from pipeline.reports.dashboard import DAYS, sees_everything
from pipeline.reports.policy_simulation import SIMULATING
from pipeline.review.policy_changes import SEEING
from pipeline.web.dependencies import DashboardsDep, WorkspaceDep
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/policy")
NAVIGATION = NavigationEntry("Policy", "/policy", frozenset(KEEPERS), "p", 70)


@router.get("")
def show(
    request: Request,
    workspace: WorkspaceDep,
    dashboards: DashboardsDep,
    caller: Annotated[Caller, Depends(allow(*KEEPERS))],
) -> HTMLResponse:
    """Rules by severity, with what each decided lately for who sees the whole corpus."""
    policy = workspace.home.policy
    everything = sees_everything(caller)
    decided = dashboards.overview.rules_decided(timedelta(days=DAYS)) if everything else {}
    known = {rule.id for rule in policy.rules}
    return page(
        request,
        "pages/policy.html",
        policy=policy,
        severities=[(action, [rule for rule in policy.rules if rule.action is action]) for action in reversed(Action)],
        decided={rule: sum(by_action.values()) for rule, by_action in decided.items()},
        gone={rule: sum(by_action.values()) for rule, by_action in sorted(decided.items()) if rule not in known},
        everything=everything,
        sees_changes=any(caller.may(role) for role in SEEING),
        tries=any(caller.may(role) for role in SIMULATING),
        weights=sorted(policy.impact.weights.items(), key=lambda pair: (-pair[1], pair[0])),
        changelog=sorted(policy.changelog, key=lambda entry: -entry.version),
        days=DAYS,
    )
