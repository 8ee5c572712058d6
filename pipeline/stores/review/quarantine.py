"""Documents in quarantine within grants: pages, groups and counts.

Invariants: reads only; default deny, no grants reach nothing. A page is found by its place in the order (keyset), so a
late page costs as much as the first. Of the findings only their kinds are read.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Text, and_, cast, exists, func, or_, select

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant
from pipeline.domain.review.claims import Question
from pipeline.domain.review.quarantine import (
    QuarantineCount,
    QuarantineCounts,
    QuarantinedDocument,
    QuarantinedVersion,
    QuarantineFilter,
    QuarantinePlace,
    QuarantineSort,
)
from pipeline.stores.ledger.finding_search import classifications, within
from pipeline.stores.review import work
from pipeline.stores.tables import (
    documents,
    findings,
    quarantine_seen,
    review_questions,
    verdicts,
    versions,
    waived_findings,
    waivers,
)

_d, _v, _n, _f = documents.c, verdicts.c, versions.c, findings.c
_JOINED = work.NEWEST.join(versions, _n.version_id == _d.latest_version)
_RULES = cast(_v.rule_ids, Text)
_SEEN = exists().where(quarantine_seen.c.version_id == _d.latest_version)


def _since() -> ColumnElement[datetime]:
    """When the newest version got into quarantine: its first such verdict after any other one."""
    first, other = verdicts.alias("first"), verdicts.alias("other")
    let_go = exists().where(
        other.c.version_id == first.c.version_id,
        other.c.action != Action.QUARANTINE.value,
        other.c.decided_at > first.c.decided_at,
    )
    held = select(func.min(first.c.decided_at)).where(
        first.c.version_id == _d.latest_version, first.c.action == Action.QUARANTINE.value, ~let_go
    )
    return held.correlate(documents).scalar_subquery()


_held_since = _since()


def page(
    connection: Connection,
    grants: Iterable[Grant],
    wanted: QuarantineFilter,
    at: datetime,
    *,
    sort: QuarantineSort = QuarantineSort.OLDEST,
    after: QuarantinePlace | None = None,
    size: int = 50,
) -> list[QuarantinedDocument]:
    """Up to `size` documents after that place."""
    rules, grants = classifications(connection), tuple(grants)
    query = _query().where(*_conditions(grants, rules, wanted, at)).order_by(*_order(sort)).limit(size)
    if after is not None:
        query = query.where(_beyond(sort, after))
    return _documents(connection, query, grants, rules, at)


def find(connection: Connection, grants: Iterable[Grant], doc_id: str, at: datetime) -> QuarantinedDocument | None:
    """One document; None if it is not in quarantine, or not for these grants."""
    rules, grants = classifications(connection), tuple(grants)
    query = _query().where(*_conditions(grants, rules, QuarantineFilter(), at), _d.doc_id == doc_id)
    return next(iter(_documents(connection, query, grants, rules, at)), None)


def version_within(
    connection: Connection, grants: Iterable[Grant], doc_id: str, at: datetime
) -> QuarantinedVersion | None:
    """The newest version of a document, as an act needs it; None if it is not in quarantine or out of reach."""
    rules = classifications(connection)
    conditions = _conditions(grants, rules, QuarantineFilter(), at)
    query = select(_d.doc_id, _d.source, _n.version_id, _n.access_digest, _v.rule_ids).select_from(_JOINED)
    row = connection.execute(query.where(*conditions, _d.doc_id == doc_id)).first()
    if row is None:
        return None
    return QuarantinedVersion(
        doc_id=row.doc_id,
        source=row.source,
        classification=rules[row.access_digest],
        version_id=row.version_id,
        rules=row.rule_ids,
    )


def verdict_within(connection: Connection, grants: Iterable[Grant], doc_id: str) -> Action | None:
    """The newest verdict on a document, whatever it says; None if it is gone or not for these grants."""
    reach = within(grants, classifications(connection))
    query = select(_v.action).select_from(_JOINED).where(reach, _d.doc_id == doc_id, _d.deleted_run.is_(None))
    action = connection.execute(query).scalar()
    return None if action is None else Action(action)


def counts(connection: Connection, grants: Iterable[Grant], wanted: QuarantineFilter, at: datetime) -> QuarantineCounts:
    """Documents under a filter, in all and by rule, source and kind of finding."""
    conditions = _conditions(tuple(grants), classifications(connection), wanted, at)
    by_rule: dict[str, int] = {}
    by_source: dict[str, int] = {}
    grouped = select(_d.source, _RULES.label("rules"), func.count().label("n")).select_from(_JOINED).where(*conditions)
    for row in connection.execute(grouped.group_by(_d.source, _RULES)):
        by_source[row.source] = by_source.get(row.source, 0) + row.n
        for rule in dict.fromkeys(json.loads(row.rules)):
            by_rule[rule] = by_rule.get(rule, 0) + row.n
    kinds = select(_f.kind, func.count(_f.verdict_id.distinct())).select_from(_JOINED.join(findings))
    by_kind = {row[0]: int(row[1]) for row in connection.execute(kinds.where(*conditions).group_by(_f.kind))}
    unseen = connection.execute(select(func.count()).select_from(_JOINED).where(*conditions, ~_SEEN)).scalar_one()
    total = sum(by_source.values())
    return QuarantineCounts(
        total=total, unseen=unseen, rules=_most(by_rule), sources=_most(by_source), kinds=_most(by_kind)
    )


def _most(counted: Mapping[str, int]) -> tuple[QuarantineCount, ...]:
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return tuple(QuarantineCount(value=value, documents=number) for value, number in ordered)


def _query() -> Select[Any]:
    return select(
        _d.doc_id, _d.source, _d.live_version, _n.version_id, _n.owner, _n.access_digest, _n.provenance, _v.verdict_id,
        _v.rule_ids, _v.reasons, _held_since.label("since"),
    ).select_from(_JOINED)  # fmt: skip


def _conditions(
    grants: Iterable[Grant], rules: Mapping[str, Classification], wanted: QuarantineFilter, at: datetime
) -> list[ColumnElement[bool]]:
    conditions = [work.IN_QUARANTINE, within(grants, rules)]
    if wanted.text:
        conditions.append(func.lower(_d.doc_id).contains(wanted.text.lower(), autoescape=True))
    if wanted.source:
        conditions.append(_d.source == wanted.source)
    if wanted.rule:
        conditions.append(_RULES.contains(json.dumps(wanted.rule), autoescape=True))
    if wanted.kind is not None:
        of_kind = findings.alias("of_kind").c  # counting by kind joins the findings themselves
        conditions.append(exists().where(of_kind.verdict_id == _v.verdict_id, of_kind.kind == wanted.kind.value))
    if wanted.owner:
        conditions.append(_n.owner == wanted.owner)
    if wanted.unseen:
        conditions.append(~_SEEN)
    if wanted.days:
        conditions.append(_held_since <= at - timedelta(days=wanted.days))
    return conditions


def _order(sort: QuarantineSort) -> list[Any]:
    by_time = {QuarantineSort.OLDEST: [_held_since.asc()], QuarantineSort.NEWEST: [_held_since.desc()]}
    return [*by_time.get(sort, []), _d.doc_id]


def _beyond(sort: QuarantineSort, after: QuarantinePlace) -> ColumnElement[bool]:
    later = _d.doc_id > after.doc_id
    if sort is QuarantineSort.DOCUMENT:
        return later
    farther = _held_since > after.since if sort is QuarantineSort.OLDEST else _held_since < after.since
    return or_(farther, and_(_held_since == after.since, later))


def _documents(
    connection: Connection,
    query: Select[Any],
    grants: tuple[Grant, ...],
    rules: Mapping[str, Classification],
    at: datetime,
) -> list[QuarantinedDocument]:
    rows = connection.execute(query).mappings().all()
    ids = [row["version_id"] for row in rows]
    alike = _alike(connection, within(grants, rules), {row["source"] for row in rows})
    looks, asked = work.seen(connection, ids), _open_questions(connection, ids)
    pending = _pending_waivers(connection, [row["verdict_id"] for row in rows], at)
    return [
        QuarantinedDocument(
            **{name: row[name] for name in ("doc_id", "source", "owner", "version_id", "verdict_id", "since")},
            title=Provenance.model_validate_json(row["provenance"]).title,
            classification=rules[row["access_digest"]],
            rules=row["rule_ids"],
            reasons=row["reasons"],
            served=row["live_version"] is not None,
            alike=alike[_group(row)],
            seen=looks.get(row["version_id"], ()),
            question=asked.get(row["version_id"]),
            waiver=pending.get(row["verdict_id"]),
        )
        for row in rows
    ]


def _group(row: RowMapping) -> tuple[str, tuple[str, ...]]:
    return row["source"], tuple(row["rule_ids"])


def _alike(
    connection: Connection, reach: ColumnElement[bool], sources: Collection[str]
) -> dict[tuple[str, tuple[str, ...]], int]:
    """Documents by source and rules, whatever else the list is filtered by."""
    conditions = (work.IN_QUARANTINE, reach, _d.source.in_(sorted(sources)))
    query = select(_d.source, _RULES.label("rules"), func.count().label("n")).select_from(_JOINED).where(*conditions)
    counted = connection.execute(query.group_by(_d.source, _RULES))
    return {(row.source, tuple(json.loads(row.rules))): row.n for row in counted}


def _open_questions(connection: Connection, version_ids: Collection[str]) -> dict[str, Question]:
    q = review_questions.c
    query = select(review_questions).where(q.version_id.in_(list(version_ids)), q.answered_at.is_(None))
    found: dict[str, Question] = {}
    for row in connection.execute(query.order_by(q.asked_at, q.question_id)).mappings():
        found.setdefault(row["version_id"], Question(**row))
    return found


def _pending_waivers(connection: Connection, verdict_ids: Collection[str], at: datetime) -> dict[str, str]:
    """By verdict, the oldest waiver of one of its findings that waits for a second person."""
    w, t = waivers.c, waived_findings.c
    same = and_(_f.detector == t.detector, _f.fingerprint == t.fingerprint)
    joined = waivers.join(waived_findings).join(findings, same).join(verdicts).join(
        documents, and_(_d.latest_verdict == _v.verdict_id, or_(t.scope == _d.doc_id, t.scope == _d.source))
    )  # fmt: skip
    pending = w.approved_at.is_(None), w.ended_at.is_(None), w.expires_at > at
    query = select(_v.verdict_id, w.waiver_id).select_from(joined).where(_v.verdict_id.in_(list(verdict_ids)), *pending)
    found: dict[str, str] = {}
    for row in connection.execute(query.order_by(w.asked_at, w.waiver_id)):
        found.setdefault(row.verdict_id, row.waiver_id)
    return found
