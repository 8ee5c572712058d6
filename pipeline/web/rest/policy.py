"""`/v1/policy`: the rules in force, the weights of changes, the changelog, and a policy tried on what is on record."""

from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller
from pipeline.domain.policy.backtest import MOST_WEEKS, WEEKS
from pipeline.domain.policy.policy import Policy
from pipeline.reports.policy_simulation import SIMULATING, PolicyComparison, SimulationQuestion
from pipeline.web.dependencies import SimulatingDep, WorkspaceDep
from pipeline.web.parameters import RecordKeeper
from pipeline.web.rest.conditional import conditional
from pipeline.web.security.access import allow, guarded_router
from pipeline.web.serving.simulating import MOST_CHARACTERS

router = guarded_router("/v1/policy", tag="policy", in_schema=True)


class PolicyInForce(Frozen):
    """The policy, and the digest that verdicts name it by."""

    digest: str
    policy: Policy


class PolicyTrialRequest(BaseModel):
    """A policy to try, and the part of the records to try it on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "policy": "schema_version: 1\nversion: 12\nchangelog: […]\nrules: […]\n",
                    "sources": ["handbook"],
                    "sample": 10_000,
                    "weeks": WEEKS,
                }
            ]
        },
    )

    policy: str = Field(min_length=1, max_length=MOST_CHARACTERS, description="The text of a policy file.")
    sources: tuple[str, ...] = Field(default=(), max_length=1_000, description="Only these; none for all.")
    sample: int | None = Field(default=None, ge=1, description="About this many documents; null for all.")
    weeks: int = Field(default=WEEKS, ge=0, le=MOST_WEEKS, description="Weeks of the past to compare; 0 for none.")


@router.get("", response_model=PolicyInForce)
def policy(request: Request, workspace: WorkspaceDep, _: RecordKeeper) -> Response:
    """The policy of the home."""
    found = workspace.home.policy
    return conditional(request, PolicyInForce(digest=found.digest, policy=found))


@router.post("/simulate")
def try_policy(
    simulating: SimulatingDep, caller: Annotated[Caller, Depends(allow(*SIMULATING))], asked: PolicyTrialRequest
) -> PolicyComparison:
    """Try a policy on the verdicts on record: differences for documents, readers and reviewers. Scans nothing."""
    question = SimulationQuestion(asked.sources, asked.sample, asked.weeks)
    return simulating.try_policy(caller, asked.policy, question)
