"""Answers to questions about findings and documents, for people who keep the records of their sources.

Invariants: owners, reviewers, auditors and operators get what their grants reach, and nothing else. A document that
got a pseudonym stands under it, and not under its older name. No value and no preview is here.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from pipeline.domain.findings.questions import CountBy, FindingCount, FindingQuestion, FoundDocument, FoundFinding
from pipeline.domain.identity.roles import KEEPERS, Caller
from pipeline.reports.older_forms import PresentIds
from pipeline.stores.ledger.finding_search import DocumentKey, FindingKey, FindingSearch
from pipeline.workspace import Workspace


class _OfDocument(Protocol):
    @property
    def doc_id(self) -> str: ...


Row = TypeVar("Row", bound=_OfDocument)
Key = TypeVar("Key")


def found_findings(
    workspace: Workspace, caller: Caller, asked: FindingQuestion, after: FindingKey | None = None, size: int = 50
) -> list[FoundFinding]:
    """Up to `size` findings after that place, by document, verdict and position."""
    search = _search(workspace, caller)
    return present_page(workspace, lambda key: search.findings(asked, key, size), finding_key, after, size)


def found_documents(
    workspace: Workspace, caller: Caller, asked: FindingQuestion, after: DocumentKey | None = None, size: int = 50
) -> list[FoundDocument]:
    """Up to `size` documents after that one and its verdict, by id."""
    search = _search(workspace, caller)
    return present_page(workspace, lambda key: search.documents(asked, key, size), document_key, after, size)


def finding_key(one: FoundFinding) -> FindingKey:
    """The place of a finding in the list."""
    return one.doc_id, one.verdict_id, one.ordinal


def document_key(one: FoundDocument) -> DocumentKey:
    """The place of a document in the list."""
    return one.doc_id, one.verdict_id


def counted(workspace: Workspace, caller: Caller, asked: FindingQuestion, by: CountBy) -> list[FindingCount]:
    """Findings and documents for each value of a field, the most documents first."""
    return _search(workspace, caller).counts(asked, by)


def _search(workspace: Workspace, caller: Caller) -> FindingSearch:
    return FindingSearch(workspace.database, [grant for grant in caller.grants if grant.role in KEEPERS])


def present_page(
    workspace: Workspace,
    read: Callable[[Key | None], list[Row]],
    key: Callable[[Row], Key],
    after: Key | None,
    size: int,
) -> list[Row]:
    """Up to `size` rows after a place, without those of documents that stand under a newer name."""
    present, shown = PresentIds(workspace), list[Row]()
    while len(shown) < size and (rows := read(after)):
        shown += [row for row in rows if present(row.doc_id) == row.doc_id]
        after = key(rows[-1])
        if len(rows) < size:
            break
    return shown[:size]
