"""`/v1/report`: the signals of a week, their trend, and the ones that need a person."""

from typing import Annotated

from fastapi import Query

from pipeline.domain.signals.report import SignalsReport
from pipeline.reports.signals import signals_report
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.parameters import ItemSeer, UtcMoment
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1/report", tag="report", in_schema=True)


@router.get("")
def report(
    workspace: WorkspaceDep,
    caller: ItemSeer,
    week: Annotated[str, Query(max_length=20, description="An ISO week, such as 2026-W48.")] = "",
    since: Annotated[UtcMoment | None, Query(description="From this time on.")] = None,
    until: Annotated[UtcMoment | None, Query(description="Before this time.")] = None,
) -> SignalsReport:
    """Signals of a week or a time, by default of the last seven days. For roles that reach the whole corpus."""
    return signals_report(workspace, caller, week, since, until)
