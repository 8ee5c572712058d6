"""`/v1/policy`: the rules in force, the weights of changes, and the changelog."""

from fastapi import Request, Response

from pipeline.domain.frozen import Frozen
from pipeline.domain.policy.policy import Policy
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import RecordKeeper
from pipeline.web.rest.conditional import conditional
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/policy", tag="policy", in_schema=True)


class PolicyInForce(Frozen):
    """The policy, and the digest that verdicts name it by."""

    digest: str
    policy: Policy


@router.get("", response_model=PolicyInForce)
def policy(request: Request, workspace: WorkspaceDep, _: RecordKeeper) -> Response:
    """The policy of the home."""
    found = workspace.home.policy
    return conditional(request, PolicyInForce(digest=found.digest, policy=found))
