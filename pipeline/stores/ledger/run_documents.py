"""Documents of one run, a page at a time: those it judged, and those it found gone.

Invariants: reads only; ids, kinds, verdicts and reasons, and no text. A page is found by the last id before it.
"""

from collections.abc import Collection

from sqlalchemy import Connection, case, func, literal, null, select, union_all

from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.documents.run_changes import RENAMED, RunDocument
from pipeline.stores.tables import documents, generations, verdicts

_v, _d = verdicts.c, documents.c


def generations_of(connection: Connection, run_ids: Collection[str]) -> dict[str, int]:
    """Of the runs that published a generation, its number; the last one of a stream."""
    query = select(generations.c.run_id, func.max(generations.c.number)).where(generations.c.run_id.in_(run_ids))
    rows = connection.execute(query.group_by(generations.c.run_id))
    return {row.run_id: row[1] for row in rows}


def documents_of(
    connection: Connection, run_id: str, verdict: Action | None = None, after: str = "", size: int = 50
) -> list[RunDocument]:
    """Up to `size` documents after `after`, by id. With `verdict` only those judged so.

    A document that came back since the run found it gone is left out.
    """
    moved = case((_v.renamed_from.is_not(None), literal(RENAMED)), else_=_v.kind)
    judged = select(
        _v.doc_id, moved.label("change"), _v.renamed_from.label("before"), _v.action, _v.reasons, _v.rescan
    ).where(_v.run_id == run_id, _v.doc_id > after)
    if verdict is not None:
        query = judged.where(_v.action == verdict.value).subquery()
    else:
        left = select(_v.renamed_from).where(_v.run_id == run_id, _v.renamed_from.is_not(None))
        gone = select(
            _d.doc_id,
            literal(ChangeKind.DELETED.value).label("change"),
            null().label("before"),
            null().label("action"),
            null().label("reasons"),
            literal(False).label("rescan"),
        ).where(_d.deleted_run == run_id, _d.doc_id > after, _d.doc_id.not_in(left))
        query = union_all(judged, gone).subquery()
    rows = connection.execute(select(query).order_by(query.c.doc_id).limit(size))
    return [
        RunDocument(
            doc_id=row.doc_id,
            change="judged again" if row.rescan and row.change != RENAMED else row.change,
            before=row.before,
            verdict=row.action,
            reasons=tuple(row.reasons or ()),
        )
        for row in rows
    ]
