"""`/v1/findings`, and lists and counts of documents by verdict and findings."""

import json
from typing import Annotated

from fastapi import Query

from pipeline.domain.errors import UsageError
from pipeline.domain.findings.questions import CountBy, FindingCount, FoundDocument, FoundFinding
from pipeline.reports.findings import counted, document_key, finding_key, found_documents, found_findings
from pipeline.web.dependencies import WorkspaceDep
from pipeline.web.finding_question import AskedFindings, Keeper
from pipeline.web.rest.pagination import After, Limit, Page, cursor, read_cursor
from pipeline.web.security.access import guarded_router

router = guarded_router("/v1", tag="findings", in_schema=True)

By = Annotated[CountBy, Query(description="Count by this field.")]


@router.get("/findings")
def list_findings(
    workspace: WorkspaceDep, caller: Keeper, asked: AskedFindings, after: After = None, limit: Limit = 100
) -> Page[FoundFinding]:
    """Findings in sources that the caller keeps, without values, by document."""
    key = None
    if after is not None:
        doc_id, verdict_id, ordinal = _key("findings", after, (str, str, int))
        key = str(doc_id), str(verdict_id), int(ordinal)
    found = found_findings(workspace, caller, asked, key, limit + 1)
    more = cursor("findings", json.dumps(finding_key(found[limit - 1]))) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


@router.get("/findings/counts")
def count_findings(workspace: WorkspaceDep, caller: Keeper, asked: AskedFindings, by: By) -> tuple[FindingCount, ...]:
    """Findings and documents for each value of a field, the most documents first."""
    return tuple(counted(workspace, caller, asked, by))


@router.get("/documents")
def list_documents(
    workspace: WorkspaceDep, caller: Keeper, asked: AskedFindings, after: After = None, limit: Limit = 100
) -> Page[FoundDocument]:
    """Documents of sources that the caller keeps, with verdict, rules and reasons, by id."""
    key = None
    if after is not None:
        doc_id, verdict_id = _key("documents", after, (str, str))
        key = str(doc_id), str(verdict_id)
    found = found_documents(workspace, caller, asked, key, limit + 1)
    more = cursor("documents", json.dumps(document_key(found[limit - 1]))) if len(found) > limit else None
    return Page(items=tuple(found[:limit]), next=more)


def _key(name: str, given: str, kinds: tuple[type, ...]) -> list[str | int]:
    """The parts of a cursor. Raises `UsageError` for one that was not made here for this list."""
    text = read_cursor(name, given, str)
    try:
        parts = json.loads(text)
    except ValueError:
        parts = None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        raise UsageError("That cursor is not one of this list.", done="Nothing was read.", fix="Begin without `after`.")
    return parts
