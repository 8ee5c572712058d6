"""Lists of documents, a page at a time, for people who keep their sources.

Invariants: reads only; nothing of a document but its id and where it stands. A page is found by its place in the
order (keyset), so a late page costs as much as the first. No sources reach nothing.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, select

from pipeline.domain.documents.catalogue import CatalogueFilter, CatalogueRow, DocumentStanding
from pipeline.stores.database import Database
from pipeline.stores.tables import documents, verdicts

_d, _v = documents.c, verdicts.c


class Catalogue:
    """Documents by id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, wanted: CatalogueFilter, sources: Collection[str] | None, after: str = "", size: int = 50
    ) -> list[CatalogueRow]:
        """Up to `size` documents after `after` in these sources; None stands for every source."""
        query = (
            select(_d.doc_id, _d.source, _v.action, _v.decided_at, _d.live_version, _d.deleted_run)
            .join(verdicts, _v.verdict_id == _d.latest_verdict)
            .where(*_conditions(wanted, sources), _d.doc_id > after)
            .order_by(_d.doc_id)
            .limit(size)
        )
        with self._database.read() as connection:
            return [_row(row) for row in connection.execute(query)]


def _conditions(wanted: CatalogueFilter, sources: Collection[str] | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if sources is not None:
        conditions.append(_d.source.in_(sorted(sources)) if sources else false())
    if wanted.source:
        conditions.append(_d.source == wanted.source)
    if wanted.text:
        conditions.append(func.lower(_d.doc_id).contains(wanted.text.lower(), autoescape=True))
    match wanted.standing:
        case None:
            pass
        case DocumentStanding.DELETED:
            conditions.append(_d.deleted_run.is_not(None))
        case DocumentStanding.SERVED:
            conditions.append(and_(_d.deleted_run.is_(None), _d.live_version.is_not(None)))
        case other:
            conditions.append(and_(_d.deleted_run.is_(None), _v.action == other.value))
    return conditions


def _row(row: Any) -> CatalogueRow:
    return CatalogueRow(
        doc_id=row.doc_id,
        source=row.source,
        action=row.action,
        decided_at=row.decided_at,
        live=row.live_version is not None,
        deleted=row.deleted_run is not None,
    )
