"""`/v1/generations/held`: generations that wait because they change the answers to canary questions.

Invariant: the service decides who sees and decides a generation; the decider is the caller.
"""

from typing import Annotated

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.review.held_generations import HeldGeneration
from pipeline.review.acting import LONGEST_REASON
from pipeline.web.dependencies import HeldDep
from pipeline.web.parameters import ItemSeer, Reviewer
from pipeline.web.rest.pagination import After, Limit, Page, paged
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/generations/held", tag="generations", in_schema=True)
Held = Annotated[str, Path(max_length=64, description="Digest of the generation, id of the item, or a beginning.")]


class HeldReason(BaseModel):
    """Why; kept with the decision."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "The new travel policy is meant to answer this."}]}
    )

    reason: str = Field(min_length=1, max_length=LONGEST_REASON, pattern=r"^[^\x00]*\S[^\x00]*$")


@router.get("")
def list_held(
    service: HeldDep,
    caller: ItemSeer,
    everything: Annotated[bool, Query(alias="all", description="Those that were decided, too.")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[HeldGeneration]:
    """Generations that wait for a person, oldest first, with the answers before and after."""
    found = sorted(service.list_items(caller, everything=everything), key=_key)
    return paged("held generations", found, _key, str, after, limit)


@router.get("/{held_id}")
def show(service: HeldDep, caller: ItemSeer, held_id: Held) -> HeldGeneration:
    """One held generation, with the answers before and after."""
    return service.show(held_id, caller)


@router.post("/{held_id}/approve")
def approve(service: HeldDep, caller: Reviewer, held_id: Held, why: HeldReason) -> HeldGeneration:
    """Let exactly this generation be served; the next refresh over the same inputs publishes it."""
    return service.approve(held_id, caller, why.reason)


@router.post("/{held_id}/reject")
def reject(service: HeldDep, caller: Reviewer, held_id: Held, why: HeldReason) -> HeldGeneration:
    """Keep this generation out. The current one stays."""
    return service.reject(held_id, caller, why.reason)


def _key(item: HeldGeneration) -> str:
    return f"{item.opened_at.isoformat(timespec='microseconds')} {item.held_id}"
