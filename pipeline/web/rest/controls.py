"""`/v1/controls`: which control of which framework is met, by what, and when that was last recorded at work."""

from typing import Annotated

from fastapi import Depends, Query

from pipeline.domain.controls import ControlReport, ControlStatus
from pipeline.domain.identity.roles import Caller, Role
from pipeline.reports.controls import controls
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/v1/controls", tag="controls", in_schema=True)


@router.get("")
def list_controls(
    workspace: WorkspaceDep,
    caller: Annotated[Caller, Depends(allow(Role.AUDITOR, Role.OPERATOR))],
    framework: Annotated[str, Query(max_length=40, description="Name of a framework in the map.")] = "",
    status: Annotated[ControlStatus | None, Query(description="Only controls with this status.")] = None,
) -> ControlReport:
    """The control map with the coverage of each framework and the newest evidence of each control."""
    return controls(workspace, caller, framework, status)
