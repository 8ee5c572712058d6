"""`/findings`: documents and findings on record, listed and counted by their fields."""

import json
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import FindingKind, Severity
from pipeline.domain.findings.questions import CountBy, FindingQuestion
from pipeline.domain.identity.permissions import Classification
from pipeline.reports.findings import counted, document_key, finding_key, found_documents, found_findings
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.display.page import page
from pipeline.web.finding_question import AskedFindings, Keeper
from pipeline.web.pages.documents import link
from pipeline.web.rest.pagination import cursor, read_cursor
from pipeline.web.security.access import guarded_router

router = guarded_router("/findings")
SIZE = 50
DOCUMENTS, FINDINGS = "documents", "findings"


@router.get("")
def show(
    request: Request,
    workspace: WorkspaceDep,
    caller: Keeper,
    asked: AskedFindings,
    shown: Annotated[str, Query(alias="show", pattern=f"^({DOCUMENTS}|{FINDINGS}|{'|'.join(CountBy)})$")] = DOCUMENTS,
    after: Annotated[str, Query(max_length=6_000)] = "",
) -> HTMLResponse:
    """Documents or findings, a page at a time, or their counts by a field."""
    key = json.loads(read_cursor(shown, after, str)) if after else None
    given = {name: value for name, value in request.query_params.items() if value and name != "after"}
    rows: list[object]
    last: object = None
    if shown == DOCUMENTS:
        documents = found_documents(workspace, caller, asked, None if key is None else (key[0], key[1]), SIZE + 1)
        rows, last = [*documents[:SIZE]], document_key(documents[SIZE - 1]) if len(documents) > SIZE else None
    elif shown == FINDINGS:
        findings = found_findings(workspace, caller, asked, None if key is None else (key[0], key[1], key[2]), SIZE + 1)
        rows, last = [*findings[:SIZE]], finding_key(findings[SIZE - 1]) if len(findings) > SIZE else None
    else:
        rows = [*counted(workspace, caller, asked, CountBy(shown))]
    more = "" if last is None else f"/findings?{urlencode({**given, 'after': cursor(shown, json.dumps(last))})}"
    return page(
        request,
        "pages/findings.html",
        rows=rows,
        more=more,
        asked={name: given.get(name, "") for name in FindingQuestion.model_fields},
        shown=shown,
        counts=list(CountBy),
        kinds=list(FindingKind),
        severities=list(Severity),
        actions=list(Action),
        classifications=list(Classification),
        sources=[one.name for one in workspace.registrations.list_sources(caller)],
        others={name: value for name, value in given.items() if name != "show"},
        link=link,
    )
