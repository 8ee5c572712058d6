"""`/`: the overview of a caller."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.reports.dashboard import DAYS, SHOWN_RUNS, Dashboard, Wait
from pipeline.web.dependencies import DashboardsDep
from pipeline.web.display.charts import of_runs
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.parameters import Anyone
from pipeline.web.security.access import guarded_router

router = guarded_router()
NAVIGATION = NavigationEntry("Overview", "/", frozenset(Role) - {Role.READER}, "o", 0)

_WAITS = {
    "review": ("in review", "Documents that wait for a reviewer.", "/review"),
    "quarantine": (
        "in quarantine",
        "Documents kept out until their owners fix them.",
        "/quarantine",
    ),
    "held": ("held generations", "They change the answers to canary questions.", "/review/held"),
    "questions": ("questions to you", "A reviewer asked you about a document.", "/questions"),
    "sources": ("sources to approve", "Registered by another person; they contribute nothing yet.", "/sources"),
    "waivers": ("waivers to approve", "Findings that a person wants to waive.", "/review/waivers"),
    "glass": (
        "emergency admissions",
        "Admitted by one operator alone; reviewers check them afterwards.",
        "/review/break-glass",
    ),
    "letters": ("undelivered notifications", "Given up; see `corpusgate notifications`.", ""),
}
_QUIET = {"waivers", "glass", "letters", "questions"}
"""Shown only when there is something."""
_COMMANDS = (
    ("Define who may do what", "corpusgate principals add ada --group staff --clearance internal --role reviewer"),
    (
        "Register a folder; another person approves it",
        "corpusgate sources add handbook --uri ~/handbook --owner people-team --classification internal "
        "--allow group:staff",
    ),
    ("Pass its documents through the gate", "corpusgate refresh"),
)


class WaitView(NamedTuple):
    """Something that waits, in words."""

    wait: Wait
    label: str
    says: str
    link: str


class Share(NamedTuple):
    """What is served at one classification; `percent` of the documents."""

    classification: Classification
    documents: int
    chunks: int
    percent: float


@router.get("/")
def overview(request: Request, dashboards: DashboardsDep, caller: Anyone) -> Response:
    """The corpus as far as it is the caller's business. Readers with no other role and no question go to the search."""
    view = dashboards.of(caller)
    if {grant.role for grant in caller.grants} == {Role.READER} and not any(wait.count for wait in view.waits):
        return RedirectResponse("/search", 303)
    now = datetime.now(UTC)
    return page(
        request,
        "pages/overview.html",
        view=view,
        grants=caller.grants,
        waits=_first_that_wait(view.waits),
        shares=_shares(view),
        charts=of_runs(view.runs, now.date(), DAYS) if view.everything and view.runs else [],
        runs=view.runs[:SHOWN_RUNS],
        commands=_COMMANDS,
        now=now,
    )


def _first_that_wait(waits: Iterable[Wait]) -> list[WaitView]:
    """The ones with something in them first; each group in the order of the dashboard."""
    shown = [_in_words(wait) for wait in waits if wait.count or wait.name not in _QUIET]
    return sorted(shown, key=lambda one: not one.wait.count)


def _in_words(wait: Wait) -> WaitView:
    return WaitView(wait, *_WAITS[wait.name])


def _shares(view: Dashboard) -> list[Share]:
    if view.contents is None:
        return []
    documents: Counter[Classification] = Counter()
    chunks: Counter[Classification] = Counter()
    for one in view.contents.counts:
        documents[one.classification] += one.documents
        chunks[one.classification] += one.chunks
    total = max(1, documents.total())
    return [Share(one, documents[one], chunks[one], 100 * documents[one] / total) for one in Classification]
