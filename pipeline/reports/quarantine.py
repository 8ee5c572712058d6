"""Quarantine for every door: one list, one view of a document, and the service that acts.

Invariants: owners, reviewers, auditors and operators get what their grants reach, and nothing else. A document that
got a pseudonym stands under it, and a title stands in the form in which it is kept today.
"""

from pipeline.domain.identity.roles import Caller
from pipeline.domain.review.quarantine import (
    QuarantinedDocument,
    QuarantineFilter,
    QuarantinePlace,
    QuarantineSort,
)
from pipeline.reports.findings import present_page
from pipeline.reports.older_forms import PresentIds
from pipeline.review.quarantine import QuarantineCase, QuarantineService
from pipeline.workspace import Workspace


def quarantine_of(workspace: Workspace) -> QuarantineService:
    """The service over the quarantine of a home."""
    return QuarantineService(workspace.database, workspace.words, lambda: workspace.home.policy)


def quarantined(
    workspace: Workspace,
    caller: Caller,
    wanted: QuarantineFilter,
    sort: QuarantineSort = QuarantineSort.OLDEST,
    after: QuarantinePlace | None = None,
    size: int = 50,
) -> list[QuarantinedDocument]:
    """Up to `size` documents in quarantine after that place."""
    service, present = quarantine_of(workspace), PresentIds(workspace)
    rows = present_page(
        workspace, lambda key: service.page(caller, wanted, sort, key, size), lambda row: row.place, after, size
    )
    return [_titled(row, present) for row in rows]


def quarantine_case(workspace: Workspace, caller: Caller, doc_id: str) -> QuarantineCase:
    """One document in quarantine, by its whole id.

    Raises:
        NotFound: There is no such document, or the caller may not know of it.
        Conflict: Its newest verdict is another one.

    """
    case = quarantine_of(workspace).case(doc_id, caller)
    return case.model_copy(update={"document": _titled(case.document, PresentIds(workspace))})


def _titled(row: QuarantinedDocument, present: PresentIds) -> QuarantinedDocument:
    return row.model_copy(update={"title": present.forms(row.source).title(row.title)})
