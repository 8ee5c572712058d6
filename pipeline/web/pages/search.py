"""`/search`: a question, answered from documents that the caller may read; for auditors also as another principal.

Invariants: the session's caller asks; the form has no field for another name. Questions travel in bodies, never in
addresses, so that no log or history keeps them. A reader's page says nothing about hidden documents.
"""

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.errors import UsageError
from pipeline.domain.identity.permissions import principal_id
from pipeline.domain.identity.roles import Caller, Role, keeps
from pipeline.reports.titles import titles
from pipeline.search import passages as viewing
from pipeline.search.point_in_time import could_retrieve
from pipeline.web.dependencies import SearchingDep, WorkspaceDep
from pipeline.web.display.page import NavigationEntry, page
from pipeline.web.display.passage import drawn
from pipeline.web.pages.documents import link
from pipeline.web.parameters import Anyone, Auditor, Reader
from pipeline.web.security.access import allow, guarded_router
from pipeline.web.serving.searching import Searching
from pipeline.workspace import Workspace

router = guarded_router("/search")
NAVIGATION = NavigationEntry("Search", "/search", frozenset({Role.READER, Role.AUDITOR}), "s", 30)

Asker = Annotated[Caller, Depends(allow(Role.READER, Role.AUDITOR))]
Question = Annotated[str, Form(max_length=4_000)]
Name = Annotated[str, Form(max_length=200)]
RESULTS = 6
CLOSE, RELATED = 0.4, 0.25
"""Closeness (cosine) from which a passage probably answers, and from which it is probably about the same subject. Of
60 sections of the guides in docs/, each asked for by its heading alone, half scored 0.24 or more. Sections of other
guides scored 0.25 or more in 6 % and 0.4 or more in 0.5 % of the cases. Weak matches are folded away, never dropped."""


@router.get("")
def ask(request: Request, workspace: WorkspaceDep, caller: Asker) -> HTMLResponse:
    """The question box."""
    return _page(request, workspace, caller)


@router.post("")
async def answer(
    request: Request,
    workspace: WorkspaceDep,
    searching: SearchingDep,
    caller: Reader,
    question: Question = "",
) -> HTMLResponse:
    """What the caller finds."""
    if not question.strip():
        return _page(request, workspace, caller, hint="Write a question first.")
    found = await _run(workspace, searching, viewing.search, caller, question, RESULTS)
    return _page(request, workspace, caller, question=question, passages=found)


@router.post("/as")
async def answer_as(
    request: Request,
    workspace: WorkspaceDep,
    searching: SearchingDep,
    caller: Auditor,
    question: Question = "",
    principal: Name = "",
) -> HTMLResponse:
    """What somebody else would find now. Audited."""
    if not question.strip() or not principal.strip():
        return _page(request, workspace, caller, hint="This needs a question and a principal.", tab="as")
    name = _known(workspace, principal)
    found = await _run(workspace, searching, viewing.search_as, caller, name, question, RESULTS)
    return _page(request, workspace, caller, question=question, passages=found, viewed_as=name, tab="as")


@router.post("/explain")
async def explain(
    request: Request,
    workspace: WorkspaceDep,
    searching: SearchingDep,
    caller: Auditor,
    question: Question = "",
    principal: Name = "",
    at: Annotated[str, Form(max_length=40)] = "",
) -> HTMLResponse:
    """What somebody could retrieve, now or then, and why or why not. Audited."""
    if not question.strip() or not principal.strip():
        return _page(request, workspace, caller, hint="This needs a question and a principal.", tab="explain")
    name = _known(workspace, principal)
    look = partial(could_retrieve, workspace, name, question, at=at.strip() or None, k=RESULTS, by=caller)
    found = await searching.run(look)
    return _page(
        request, workspace, caller, question=question, explained=found, viewed_as=name, at=at.strip(), tab="explain"
    )


@router.get("/trace")
async def trace(
    request: Request,
    workspace: WorkspaceDep,
    searching: SearchingDep,
    caller: Anyone,
    chunk: Annotated[str, Query(max_length=100)],
) -> HTMLResponse:
    """From a served passage back to source bytes, model and generation."""
    found = await _run(workspace, searching, viewing.trace, caller, chunk)
    return page(
        request,
        "pages/trace.html",
        trace=found.trace,
        provenance=found.version.provenance,
        keeps=found.keeps,
        link=link,
    )


async def _run(workspace: Workspace, searching: Searching, look: Any, *arguments: Any) -> Any:
    return await searching.run(partial(look, workspace, *arguments))


def _known(workspace: Workspace, principal: str) -> str:
    try:
        return workspace.principals.current().principal(principal_id(principal.strip())).name
    except ValueError:
        raise UsageError("That is not a principal.", fix="Write user:NAME or service:NAME.") from None


def _page(request: Request, workspace: Workspace, caller: Caller, **more: Any) -> HTMLResponse:
    audits = caller.may(Role.AUDITOR)
    context: dict[str, Any] = {
        "question": "",
        "passages": None,
        "explained": None,
        "viewed_as": "",
        "at": "",
        "hint": "",
        "tab": "search" if caller.may(Role.READER) else "as",
        **more,
    }
    enhanced = "hx-request" in request.headers
    passages: list[viewing.ShownPassage] = context["passages"] or []
    return page(
        request,
        "pages/search_results.html" if enhanced else "pages/search.html",
        near=[one for one in passages if one.answer.score >= RELATED],
        weak=[one for one in passages if one.answer.score < RELATED],
        closeness=_in_words,
        drawn=partial(drawn, question=context["question"]),
        titles=titles(workspace, [one.answer.version_id for one in passages if one.readable]),
        reads=caller.may(Role.READER),
        audits=audits,
        people=[one.name for one in workspace.principals.current().principals] if audits else [],
        keeps=partial(keeps, caller),
        link=link,
        **context,
    )


def _in_words(score: float) -> str:
    """How close a passage is to the question."""
    return "close match" if score >= CLOSE else "related" if score >= RELATED else "weak match"
