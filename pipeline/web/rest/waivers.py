"""`/v1/waivers`: findings that two people judged harmless, for a time.

Invariants: one person asks and another approves; the service checks both. A waiver of a source that the caller has
nothing to do with does not exist for them.
"""

from typing import Annotated

from fastapi import Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from pipeline.domain.identity.roles import KEEPERS, Caller, Role
from pipeline.domain.policy.waivers import Waiver, WaiverState
from pipeline.reports import records
from pipeline.review.acting import LONGEST_REASON
from pipeline.web.dependencies import WaiversDep, WorkspaceDep
from pipeline.web.parameters import Reviewer
from pipeline.web.rest.pagination import After, Limit, Page, paged
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/v1/waivers", tag="waivers", in_schema=True)

Seer = Annotated[Caller, Depends(allow(*KEEPERS))]
Name = Annotated[str, Path(max_length=64, description="Id of the waiver, or the beginning of it.")]
Line = Annotated[str, Field(min_length=1, max_length=4_000, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]


class WaiverReason(BaseModel):
    """Why; kept with the waiver."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "The sample key turned out to work."}]}
    )

    reason: str = Field(min_length=1, max_length=LONGEST_REASON, pattern=r"^[^\x00]*\S[^\x00]*$")


class NewWaiver(WaiverReason):
    """Findings of a document's newest verdict that should not count for a while."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"document": "handbook:setup.md", "findings": [2], "days": 90, "reason": "A sample key of the vendor."}
            ]
        }
    )

    document: Line
    """The whole id of the document."""
    findings: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1, max_length=1_000)
    """Their numbers in the record of the document."""
    days: int = Field(ge=1)
    whole_source: bool = False
    """Equal findings anywhere in the source of the document too."""


class StandingWaiver(Waiver):
    """A waiver, and how it stands now."""

    standing: WaiverState = Field(serialization_alias="state")


@router.get("")
def list_waivers(
    service: WaiversDep,
    caller: Seer,
    everything: Annotated[bool, Query(alias="all", description="Those that are over, too.")] = False,
    after: After = None,
    limit: Limit = 50,
) -> Page[StandingWaiver]:
    """Waivers of sources that the caller has to do with, oldest first."""
    found = sorted(service.list_waivers(everything=everything, caller=caller), key=lambda one: _key(one[0]))
    standing = (StandingWaiver(**waiver.model_dump(), standing=state) for waiver, state in found)
    return paged("waivers", standing, _key, str, after, limit)


@router.post("", status_code=201)
def ask(
    workspace: WorkspaceDep,
    service: WaiversDep,
    caller: Annotated[Caller, Depends(allow(Role.OWNER, Role.REVIEWER))],
    asked: NewWaiver,
) -> Waiver:
    """Ask for a waiver. It has no effect until another person approves it."""
    document = records.document_record(workspace, caller, asked.document)  # unknown to those who may not know of it
    return service.ask(
        document.doc_id,
        caller,
        asked.reason,
        asked.days,
        numbers=asked.findings,
        whole_source=asked.whole_source,
    )


@router.post("/{waiver}/approve")
def approve(service: WaiversDep, caller: Reviewer, waiver: Name) -> Waiver:
    """Put a waiver into force. The next refresh evaluates the documents it covers again."""
    return service.approve(waiver, caller)


@router.post("/{waiver}/end")
def end(
    service: WaiversDep,
    caller: Annotated[Caller, Depends(allow(Role.OWNER, Role.REVIEWER, Role.OPERATOR))],
    waiver: Name,
    why: WaiverReason,
) -> Waiver:
    """End a waiver now, or take a request back. Documents served because of it are no longer served."""
    return service.expire(waiver, caller, why.reason)


def _key(waiver: Waiver) -> str:
    return f"{waiver.asked_at.isoformat()} {waiver.waiver_id}"
