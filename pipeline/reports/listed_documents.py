"""Documents of the sources a caller keeps: what they hold, who may read them, and whether they are served.

Invariants: owners, reviewers, auditors and operators get the documents that their grants reach, and no others. A
document that got a pseudonym stands in the list under it, and a title in the form in which it is kept now (law 14).
"""

import csv
import io
from collections.abc import Iterator

from pipeline.domain.documents.catalogue import CatalogueFilter, CatalogueKey, CatalogueOrder, CatalogueRow, key_of
from pipeline.domain.identity.roles import KEEPERS, Caller
from pipeline.reports.older_forms import PresentIds
from pipeline.stores.ledger.catalogue import Catalogue
from pipeline.workspace import Workspace

_AT_ONCE = 500
_HEADINGS = (
    "document", "title", "source", "owner", "classification", "readers", "never", "holds", "verdict", "rules",
    "reasons", "decided at", "served", "served since", "kept out by",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of cells that spreadsheets calculate."""


def listed_documents(
    workspace: Workspace,
    caller: Caller,
    wanted: CatalogueFilter,
    after: CatalogueKey | None = None,
    size: int = 50,
    order: CatalogueOrder = CatalogueOrder.NAME,
) -> list[CatalogueRow]:
    """Up to `size` documents after that place in the order."""
    catalogue, present = _catalogue(workspace, caller), PresentIds(workspace)
    shown: list[CatalogueRow] = []
    while len(shown) < size and (rows := catalogue.page(wanted, after, size, order)):
        # A document that got a pseudonym stands in the list under it; its older name is a deleted document.
        shown += [_titled(present, row) for row in rows if not row.deleted or present(row.doc_id) == row.doc_id]
        after = key_of(rows[-1], order)
        if len(rows) < size:
            break
    return shown[:size]


def count_documents(workspace: Workspace, caller: Caller, wanted: CatalogueFilter) -> int:
    """How many documents match, with the deleted older names of documents that got a pseudonym."""
    return _catalogue(workspace, caller).count(wanted)


def written_documents(
    workspace: Workspace, caller: Caller, wanted: CatalogueFilter, order: CatalogueOrder
) -> Iterator[str]:
    """Every document that matches, as lines of comma-separated values (RFC 4180) under a line of headings."""
    yield written_line(_HEADINGS)
    after: CatalogueKey | None = None
    while rows := listed_documents(workspace, caller, wanted, after, _AT_ONCE, order):
        yield from (written_line(_cells(row)) for row in rows)
        if len(rows) < _AT_ONCE:
            return
        after = key_of(rows[-1], order)


def _catalogue(workspace: Workspace, caller: Caller) -> Catalogue:
    return Catalogue(workspace.database, [grant for grant in caller.grants if grant.role in KEEPERS])


def _titled(present: PresentIds, row: CatalogueRow) -> CatalogueRow:
    return row.model_copy(update={"title": present.forms(row.source).title(row.title)}) if row.title else row


def _cells(row: CatalogueRow) -> tuple[str, ...]:
    return (
        row.doc_id,
        row.title or "",
        row.source,
        row.owner,
        row.access.classification.value,
        " ".join(row.access.allow),
        " ".join(row.access.deny),
        "; ".join(f"{count} {kind}" for kind, count in row.findings.items()),
        "gone" if row.deleted else row.action.value,
        " ".join(row.rules),
        " ".join(row.reasons),
        row.decided_at.isoformat(),
        "yes" if row.served else "no",
        row.served_since.isoformat() if row.served and row.served_since else "",
        "; ".join(row.kept_out),
    )


def written_line(cells: tuple[str, ...]) -> str:
    """Cells as a line of comma-separated values, none of which a spreadsheet calculates."""
    written = io.StringIO()
    # A spreadsheet would calculate a cell that begins like a formula; an apostrophe makes it text.
    csv.writer(written).writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return written.getvalue()
