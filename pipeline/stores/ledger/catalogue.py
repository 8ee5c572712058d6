"""Lists of documents, a page at a time, for people who keep their sources.

Invariants: reads only; nothing of a document's text and no value that was found. A page is found by its place in the
order (keyset), so a late page costs as much as the first. No grants reach nothing.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select

from pipeline.domain.documents.catalogue import (
    CatalogueFilter,
    CatalogueKey,
    CatalogueOrder,
    CatalogueRow,
    DocumentStanding,
)
from pipeline.domain.documents.documents import Action
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.domain.identity.roles import Grant
from pipeline.stores.database import Database
from pipeline.stores.ledger import liveness
from pipeline.stores.ledger.finding_search import classifications, kinds_of, within
from pipeline.stores.tables import access_rules, documents, findings, runs, verdicts, versions

_d, _v, _n, _f = documents.c, verdicts.c, versions.c, findings.c
_SERVING = (Action.ADMIT.value, Action.REDACT.value)
_ORDERED_BY: Mapping[CatalogueOrder, ColumnElement[Any]] = {
    CatalogueOrder.NAME: _d.doc_id,
    CatalogueOrder.NEWEST: _v.decided_at,
    CatalogueOrder.OLDEST: _v.decided_at,
    CatalogueOrder.OWNER: _n.owner,
}
_JOINED = documents.join(verdicts, _v.verdict_id == _d.latest_verdict).join(
    versions, _n.version_id == _d.latest_version
)


class Catalogue:
    """Documents within grants, by id or another order."""

    def __init__(self, database: Database, grants: Iterable[Grant]) -> None:
        self._database, self._grants = database, tuple(grants)

    def page(
        self,
        wanted: CatalogueFilter,
        after: CatalogueKey | None = None,
        size: int = 50,
        order: CatalogueOrder = CatalogueOrder.NAME,
    ) -> list[CatalogueRow]:
        """Up to `size` documents after that place."""
        columns = (
            _d.doc_id, _d.source, _n.owner, _n.access_digest, _n.provenance, _v.action, _v.rule_ids, _v.reasons,
            _v.decided_at, _v.verdict_id, _d.live_version, _d.deleted_run,
        )  # fmt: skip
        query = _in_order(select(*columns).select_from(_JOINED), order, after).limit(size)
        with self._database.read() as connection:
            rows = connection.execute(query.where(*self._conditions(connection, wanted))).all()
            rules = _rules(connection, {row.access_digest for row in rows})
            found = kinds_of(connection, [row.verdict_id for row in rows])
            live = [row.live_version for row in rows if row.live_version is not None]
            since = _published(connection, live)
            kept_out = _kept_out(connection, live, self._database.now(connection))
        return [
            CatalogueRow(
                doc_id=row.doc_id,
                source=row.source,
                title=json.loads(row.provenance).get("title"),
                owner=row.owner,
                access=rules[row.access_digest],
                action=row.action,
                rules=row.rule_ids,
                reasons=row.reasons,
                findings=found.get(row.verdict_id, {}),
                decided_at=row.decided_at,
                live_version=row.live_version,
                served_since=since.get(row.live_version),
                kept_out=kept_out.get(row.live_version, ()),
                deleted=row.deleted_run is not None,
            )
            for row in rows
        ]

    def count(self, wanted: CatalogueFilter) -> int:
        """How many documents there are."""
        with self._database.read() as connection:
            query = select(func.count()).select_from(_JOINED).where(*self._conditions(connection, wanted))
            return connection.execute(query).scalar_one()

    def _conditions(self, connection: Connection, wanted: CatalogueFilter) -> list[ColumnElement[bool]]:
        rules = classifications(connection)
        conditions = [within(self._grants, rules)]
        if wanted.source:
            conditions.append(_d.source == wanted.source)
        if wanted.text:
            conditions.append(func.lower(_d.doc_id).contains(wanted.text.lower(), autoescape=True))
        if wanted.owner:
            conditions.append(_n.owner == wanted.owner)
        if wanted.classification is not None:
            conditions.append(_n.access_digest.in_(_of_class(rules, wanted.classification)))
        if wanted.holds is not None:
            conditions.append(exists().where(_f.verdict_id == _v.verdict_id, _f.kind == wanted.holds))
        return [*conditions, *_standing(wanted.standing)]


def _in_order(query: Select[Any], order: CatalogueOrder, after: CatalogueKey | None) -> Select[Any]:
    column, falling = _ORDERED_BY[order], order is CatalogueOrder.NEWEST
    if after is not None:
        value, doc_id = after
        later = column < value if falling else column > value
        query = query.where(or_(later, and_(column == value, _d.doc_id > doc_id)))
    return query.order_by(column.desc() if falling else column, _d.doc_id)


def _of_class(rules: Mapping[str, Classification], wanted: Classification) -> list[str]:
    return [digest for digest, one in rules.items() if one is wanted]


def _standing(standing: DocumentStanding | None) -> list[ColumnElement[bool]]:
    match standing:
        case None:
            return []
        case DocumentStanding.DELETED:
            return [_d.deleted_run.is_not(None)]
        case DocumentStanding.SERVED:
            return [_d.deleted_run.is_(None), _d.live_version.is_not(None)]
        case other:
            return [_d.deleted_run.is_(None), _v.action == other.value]


def _rules(connection: Connection, digests: Iterable[str]) -> dict[str, AccessRule]:
    query = select(access_rules.c.digest, access_rules.c.rule).where(access_rules.c.digest.in_(sorted(digests)))
    return {row.digest: AccessRule.model_validate(row.rule) for row in connection.execute(query)}


def _published(connection: Connection, version_ids: list[str]) -> dict[str, datetime]:
    """When each version was first published."""
    query = (
        select(_v.version_id, func.min(runs.c.finished_at, type_=runs.c.finished_at.type).label("since"))
        .join(runs, runs.c.run_id == _v.run_id)
        .where(_v.version_id.in_(version_ids), _v.action.in_(_SERVING))
        .group_by(_v.version_id)
    )
    return {row.version_id: row.since for row in connection.execute(query) if row.since is not None}


def _kept_out(connection: Connection, version_ids: list[str], at: datetime) -> dict[str, tuple[str, ...]]:
    """Takedowns of the versions, in words."""
    known = liveness.standings(connection, version_ids, at).values()
    found = liveness.obstacles(connection, known, at)
    return {version_id: tuple(map(liveness.in_words, stopping)) for version_id, stopping in found.items()}
