"""Ingest rates of sources, window by window: recorded with each publication, read back as the normal range.

Invariants: figures are written in the transaction that makes their run or window true, so they count once however
often it is tried. Windows of one bucket add up. A window with a breach, or of a narrowed source, is on record but
never becomes part of the normal range: a flood cannot train the breaker.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, select, update

from pipeline.domain.rates.breaches import WindowRates
from pipeline.domain.rates.ingest_rates import Figure, IngestFigures, RateHistory, total
from pipeline.domain.rates.recorded import Graph, RecordedWindow
from pipeline.domain.review.items import ItemKind, ItemState
from pipeline.settings.application import RateSettings
from pipeline.stores.database import Connection, Database
from pipeline.stores.ledger.commit import Also
from pipeline.stores.tables import documents, ingest_figures, review_items, versions

WHOLE = ""
"""In place of an owner: the source as a whole."""
_c = ingest_figures.c


def recorder(graph: Graph, rates: Sequence[WindowRates], run_id: str, settings: RateSettings) -> Also:
    """What a publication writes beside itself; what is too old goes."""
    seconds = settings.window_seconds if graph is Graph.STREAM else 0

    def record(connection: Connection, at: datetime) -> None:
        for window in rates:
            for owner, figures in {WHOLE: total(window.owners), **window.owners}.items():
                _add(connection, window, owner, figures, {"graph": graph, "seconds": seconds, "run_id": run_id})
        connection.execute(delete(ingest_figures).where(_c.start < at - timedelta(days=settings.keep_days)))

    return record


def history(
    connection: Connection, sources: Iterable[str], graph: Graph, at: datetime, *, windows: int, share_hours: float
) -> list[RateHistory]:
    """What is known of these sources: their size, what changed lately, and up to so many windows that were normal."""
    names = sorted(sources)
    counted = (
        select(documents.c.source, func.count().label("documents"))
        .where(documents.c.deleted_run.is_(None), documents.c.source.in_(names))
        .group_by(documents.c.source)
    )
    known = {row.source: row.documents for row in connection.execute(counted)}
    since = at - timedelta(hours=share_hours)
    return [
        _history(connection, name, graph, at, windows).model_copy(
            update={"known": known.get(name, 0), "lately": _lately(connection, name, since)}
        )
        for name in names
    ]


def most_known(connection: Connection, sources: Iterable[str], at: datetime, days: int) -> dict[str, int]:
    """By source, the most documents it had at once in so many days, or since people last let deletions of it go."""
    found = {}
    for name in sorted(sources):
        let_go = select(func.max(review_items.c.closed_at)).where(
            review_items.c.source == name,
            review_items.c.kind == ItemKind.DELETION,
            review_items.c.state == ItemState.APPLIED,
        )
        since = max(filter(None, (at - timedelta(days=days), connection.execute(let_go).scalar())))
        known = select(func.max(_c.known)).where(_c.source == name, _c.owner == WHOLE, _c.start > since)
        found[name] = connection.execute(known).scalar() or 0
    return found


def recent(database: Database, source: str, windows: int) -> list[RecordedWindow]:
    """The newest windows of a source, newest first."""
    newest = select(_c.graph, _c.start).where(_c.source == source, _c.owner == WHOLE)
    newest = newest.order_by(_c.start.desc(), _c.graph).limit(windows)
    with database.read() as connection:
        found = [(row.graph, row.start) for row in connection.execute(newest)]
        if not found:
            return []
        rows = connection.execute(select(ingest_figures).where(_c.source == source, _c.start >= found[-1][1])).all()
    owners: dict[tuple[str, datetime], dict[str, Any]] = {}
    whole = {}
    for row in rows:
        key = row.graph, row.start
        if row.owner == WHOLE:
            whole[key] = row._mapping
        else:
            owners.setdefault(key, {})[row.owner] = row.figures
    columns = RecordedWindow.model_fields.keys() - {"owners"}
    return [
        RecordedWindow.model_validate(
            {**{column: whole[key][column] for column in columns}, "owners": owners.get(key, {})}
        )
        for key in found
    ]


def _add(connection: Connection, window: WindowRates, owner: str, figures: IngestFigures, how: dict[str, Any]) -> None:
    same = (_c.source == window.source, _c.graph == how["graph"], _c.start == window.start, _c.owner == owner)
    normal = not (window.breaches or window.narrowed)
    breaches = [one.model_dump(mode="json") for one in window.breaches if (one.owner or WHOLE) == owner]
    before = connection.execute(select(ingest_figures).where(*same)).first()
    if before is None:
        row = {"source": window.source, "start": window.start, "owner": owner, "known": window.known, **how}
        values = {"figures": figures.model_dump(), "breaches": breaches, "normal": normal}
        connection.execute(insert(ingest_figures).values(**row, **values))
        return
    values = {
        "figures": (IngestFigures.model_validate(before.figures) + figures).model_dump(),
        "breaches": [*before.breaches, *breaches],
        "normal": before.normal and normal,
    }
    connection.execute(update(ingest_figures).where(*same).values(run_id=how["run_id"], **values))


def _lately(connection: Connection, source: str, since: datetime) -> IngestFigures:
    """What came and changed since then in either graph; a document that changed again and again counts once."""
    rows = select(_c.figures).where(_c.source == source, _c.owner == WHOLE, _c.normal, _c.start > since)
    counted = sum(map(IngestFigures.model_validate, connection.execute(rows).scalars()), IngestFigures())
    changed = counted.churned - counted.deleted
    if changed:
        before = versions.alias()
        once = (
            select(func.count(versions.c.doc_id.distinct()))
            .join(documents, documents.c.doc_id == versions.c.doc_id)
            .where(documents.c.source == source, versions.c.recorded_at > since)
            .where(exists().where(before.c.doc_id == versions.c.doc_id, before.c.recorded_at <= since))
        )
        changed = min(changed, connection.execute(once).scalar_one())
    churned = changed + counted.deleted
    return IngestFigures(documents=counted.new + churned, churned=churned, deleted=counted.deleted)


def _history(connection: Connection, source: str, graph: Graph, at: datetime, windows: int) -> RateHistory:
    mine: tuple[ColumnElement[bool], ...] = (_c.source == source, _c.graph == graph, _c.normal)
    starts = select(_c.start).where(*mine, _c.owner == WHOLE).order_by(_c.start.desc()).limit(windows)
    oldest = min(connection.execute(starts).scalars(), default=None)
    if oldest is None:
        return RateHistory(source=source)
    rows = select(_c.owner, _c.start, _c.seconds, _c.figures).where(*mine, _c.start >= oldest).order_by(_c.start)
    past: dict[str, dict[Figure, list[int]]] = {}
    current: dict[str, Any] = {}
    current_start = None
    for owner, start, seconds, figures in connection.execute(rows):
        if start + timedelta(seconds=seconds) > at:
            current_start = start
            if owner != WHOLE:
                current[owner] = figures
            continue
        of_owner = past.setdefault(owner, {})
        for figure in Figure:
            if value := figures[figure.value]:
                of_owner.setdefault(figure, []).append(value)
    return RateHistory.model_validate(
        {"source": source, "past": past, "current_start": current_start, "current": current}
    )
