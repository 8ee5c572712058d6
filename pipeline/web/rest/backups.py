"""`/v1/backups` and `/v1/drills`: the backups and drills on record. They are made at the command line alone."""

from typing import Annotated

from fastapi import Depends

from pipeline.domain.identity.roles import Caller, Role
from pipeline.drills.names import SENTENCES
from pipeline.drills.record import DrillAge, ages
from pipeline.reports.backups import BackupList, backups_on_record
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.security.access import allow, guarded_router

router = guarded_router("/v1", tag="backups", in_schema=True)
_Caller = Annotated[Caller, Depends(allow(Role.AUDITOR, Role.OPERATOR))]


@router.get("/backups")
def list_backups(workspace: WorkspaceDep, caller: _Caller) -> BackupList:
    """The newest backups of this home on record, and the restores that led to it."""
    return backups_on_record(workspace, caller)


@router.get("/drills")
def list_drills(workspace: WorkspaceDep, caller: _Caller) -> list[DrillAge]:
    """The newest record of each drill, verified, with its age and steps."""
    caller.require(Role.AUDITOR, Role.OPERATOR)
    return list(ages(workspace, SENTENCES))
