"""One page of the review queue: filtered, sorted and counted in the database.

Invariants: a page is found by its place in the order (keyset), so a late page costs as much as the first. A state
filter uses the state at this moment: an expired approval counts as open.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, not_, or_, select

from pipeline.domain.errors import UsageError
from pipeline.domain.identity.persons import person
from pipeline.domain.review.items import APPROVALS, PENDING, ItemState, ReviewItem
from pipeline.domain.review.queue import QueueFilter, QueuePage, QueueRow, Sort
from pipeline.stores.review import queue as review_queue
from pipeline.stores.review import work as review_work
from pipeline.stores.tables import break_glass, review_claims, review_decisions, review_items, review_rules

_i = review_items.c
FACET_ROWS = 50


def page(
    connection: Connection,
    reach: ColumnElement[bool],
    wanted: QueueFilter,
    at: datetime,
    *,
    sort: Sort = Sort.IMPACT,
    after: str | None = None,
    size: int = 50,
    counts: bool = True,
) -> QueuePage:
    """Up to `size` items that `reach` and `wanted` let through. Without `counts`, total and facets stay empty."""
    conditions = [reach, *_conditions(wanted, at)]
    query = select(review_items).where(*conditions).order_by(*_order(sort)).limit(size + 1)
    if after is not None:
        query = query.where(_beyond(sort, after))
    items = [item.standing(at) for item in review_queue.read(connection, query)]
    shown = items[:size]
    claims = review_work.claims(connection, [item.item_id for item in shown], at)
    facets = _facets(connection, conditions, at) if counts else {}
    return QueuePage(
        rows=tuple(QueueRow(item=item, claim=claims.get(item.item_id)) for item in shown),
        next=_cursor(sort, shown[-1]) if len(items) > size else None,
        total=sum(facets.get("kind", {}).values()),
        facets=facets,
    )


def _conditions(wanted: QueueFilter, at: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(or_(*(_stands(state, at) for state in wanted.states)))
        if set(wanted.states) <= set(PENDING):
            conditions.append(_i.closed_at.is_(None))  # what the partial indexes are over
    for column, values in (
        (_i.source, wanted.sources),
        (_i.kind, wanted.kinds),
        (_i.classification, wanted.classifications),
    ):
        if values:
            conditions.append(column.in_(list(values)))
    if wanted.rules:
        rule = review_rules.c
        named = select(1).where(rule.item_id == _i.item_id, rule.rule_id.in_(list(wanted.rules)))
        conditions.append(exists(named.correlate(review_items)))
    if wanted.submitter:
        conditions.append(_i.submitter == person(wanted.submitter))
    if wanted.claimed_by:
        conditions.append(_claimed(at, review_claims.c.person == person(wanted.claimed_by)))
    if wanted.unclaimed:
        conditions.append(not_(_claimed(at)))
    if wanted.min_impact:
        conditions.append(_i.impact_score >= wanted.min_impact)
    if wanted.opened_before is not None:
        conditions.append(_i.opened_at <= wanted.opened_before)
    if wanted.text:
        conditions.append(func.lower(_i.doc_id).contains(wanted.text.lower(), autoescape=True))
    return conditions


def _stands(state: ItemState, at: datetime) -> ColumnElement[bool]:
    stored = _i.state == state
    if state is ItemState.OPEN:
        return or_(stored, and_(_i.state == ItemState.APPROVED, not_(_enough(at))))
    return and_(stored, _enough(at)) if state is ItemState.APPROVED else stored


def _enough(at: datetime) -> ColumnElement[bool]:
    """Whether an approved item still has what it needs: the same rule as `ReviewItem.enough`."""
    d, g = review_decisions.c, break_glass.c
    by_people = (
        select(1)
        .where(d.item_id == _i.item_id, d.decision.in_(APPROVALS), d.expires_at > at)
        .group_by(d.redaction)
        .having(func.count() >= _i.required_approvals)
        .correlate(review_items)
    )
    by_glass = select(1).where(g.item_id == _i.item_id, g.expires_at > at, g.undone_at.is_(None))
    return or_(exists(by_people), exists(by_glass.correlate(review_items)))


def _claimed(at: datetime, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    c = review_claims.c
    return exists(select(1).where(c.item_id == _i.item_id, c.expires_at > at, *conditions).correlate(review_items))


def _order(sort: Sort) -> list[Any]:
    by_age = [_i.opened_at, _i.item_id]
    return by_age if sort is Sort.AGE else [_i.impact_score.desc(), *by_age]


def _cursor(sort: Sort, item: ReviewItem) -> str:
    place = [sort.value, item.impact_score, item.opened_at.isoformat(), item.item_id]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _beyond(sort: Sort, cursor: str) -> ColumnElement[bool]:
    try:
        name, impact, opened, item_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        opened_at = datetime.fromisoformat(opened)
        if name != sort.value or opened_at.tzinfo is None or not isinstance(impact, int):
            raise ValueError
    except (ValueError, TypeError, binascii.Error):
        raise UsageError("That is no place in this list.", fix="Begin again without it.") from None
    later = or_(_i.opened_at > opened_at, and_(_i.opened_at == opened_at, _i.item_id > str(item_id)))
    if sort is Sort.AGE:
        return later
    return or_(_i.impact_score < impact, and_(_i.impact_score == impact, later))


def _facets(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], at: datetime
) -> dict[str, dict[str, int]]:
    """Counts in one pass over the items: what has few values is counted together and added up here."""
    lapsed = and_(_i.state == ItemState.APPROVED, not_(_enough(at)))
    columns: dict[str, Any] = {
        "source": _i.source,
        "kind": _i.kind,
        "state": case((lapsed, ItemState.OPEN.value), else_=_i.state),
        "classification": _i.classification,
        "submitter": _i.submitter,
        "rule": _i.rule_ids,
    }
    together = select(*(value.label(name) for name, value in columns.items()), func.count().label("n"))
    counted: dict[str, dict[str, int]] = {name: {} for name in columns}
    for row in connection.execute(together.where(*conditions).group_by(*columns.values())).mappings():
        for name in columns:
            for value in dict.fromkeys(row[name]) if name == "rule" else (row[name],):
                counted[name][value] = counted[name].get(value, 0) + row["n"]
    claim = review_claims.c
    claims = select(claim.person, func.count()).select_from(review_claims.join(review_items)).group_by(claim.person)
    query = claims.where(claim.expires_at > at, *conditions)
    counted["claimed_by"] = {str(value): int(n) for value, n in connection.execute(query)}
    return {name: _most(values) for name, values in counted.items()}


def _most(values: dict[str, int]) -> dict[str, int]:
    return dict(sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))[:FACET_ROWS])
