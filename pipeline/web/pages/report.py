"""`/report`: the signals of a week, their trend, and the ones that need a person."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.identity.roles import Role
from pipeline.domain.signals.periods import last_week
from pipeline.domain.signals.report import SignalsReport
from pipeline.reports.signals import signals_report
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.display.signals import context
from pipeline.web.parameters import ItemSeer, Moment
from pipeline.web.security.access import guarded_router

router = guarded_router("/report")
NAVIGATION = NavigationEntry(
    "Report", "/report", frozenset({Role.REVIEWER, Role.AUDITOR, Role.OPERATOR}), "t", 10, unbounded=True
)


@router.get("")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: ItemSeer,
    week: Annotated[str, Query(max_length=20)] = "",
    since: Moment = None,
    until: Moment = None,
) -> HTMLResponse:
    """The report of a week or of a time; without either, of the last seven days."""
    found = signals_report(workspace, caller, week, since, until)
    keeps = any(caller.may(role) for role in (Role.AUDITOR, Role.OPERATOR))
    return page(request, "pages/report.html", weeks=_weeks(found), keeps=keeps, **context(found))


def _weeks(report: SignalsReport) -> tuple[str, str, str]:
    """The ISO weeks before, of and after a report; no later one than that of its standings."""
    middle: datetime = report.period.since if report.period.week else report.as_of
    before, here, after = (last_week(middle + timedelta(days=7 * weeks)) for weeks in (0, 1, 2))
    return before, here, after if report.period.week and report.over else ""
