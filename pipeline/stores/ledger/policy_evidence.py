"""Recorded evidence of verdicts, for the simulation of a policy.

Invariants: reads only. Rows come in pages by document or by verdict, so a million of them keep one page in memory. A
page is one read: its findings belong to its verdicts.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, func, select

from pipeline.domain.documents.documents import UNREAD, Action, ChangeKind, Impact, KnownVersion
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.policy.recorded import RecordedVerdict
from pipeline.domain.policy.simulation import RecordedFinding
from pipeline.domain.review.items import ItemKind, ItemState
from pipeline.stores.database import Database
from pipeline.stores.ledger.known import known_versions
from pipeline.stores.tables import canary_answers, documents, findings, review_items, runs, verdicts, versions

PAGE = 2_000
_HEX = 8
"""Digits of a version's id that a sample is drawn by."""
_d = verdicts.c


class LatestDecision(NamedTuple):
    """A document as a run knows it, with its last verdict."""

    known: KnownVersion
    recorded: RecordedVerdict


class ReviewedVerdict(NamedTuple):
    """A verdict of the past, with what became of its review item."""

    recorded: RecordedVerdict
    decided_at: datetime
    state: ItemState | None
    """None if no person was asked."""


_COLUMNS = (
    _d.verdict_id, _d.doc_id, _d.kind, _d.action, _d.rule_ids, _d.reasons, _d.tags, _d.impact, _d.policy_digest,
    _d.detector_digest, _d.extractor, _d.renamed_from, _d.bytes, versions.c.provenance, versions.c.access_digest,
)  # fmt: skip
_FINDINGS = (
    findings.c.verdict_id, findings.c.kind, findings.c.detector, findings.c.entity, findings.c.severity,
    findings.c.confidence, findings.c.place, findings.c.lowered, findings.c.fingerprint,
)  # fmt: skip


def count_documents(connection: Connection, source: str) -> int:
    """How many documents of a source are decided and not deleted."""
    here = (documents.c.source == source, documents.c.deleted_run.is_(None))
    return connection.execute(select(func.count()).select_from(documents).where(*here)).scalar_one()


def latest_decisions(database: Database, source: str, share: float = 1.0) -> Iterator[LatestDecision]:
    """The last verdict on every document of a source, or on a share of them: the same share each time."""
    last = int(share * 16**_HEX)
    chosen = (one for one in known_versions(database, source) if share >= 1 or int(one.version_id[:_HEX], 16) < last)
    while page := list(itertools.islice(chosen, PAGE)):
        with database.read() as connection:
            wanted = [known.doc_id for known in page]
            found = {one.doc_id: one for one in _read(connection, connection.execute(_latest(wanted)).all())}
        # A document that a run decided about between the two reads is as the second one says.
        yield from (LatestDecision(known, found[known.doc_id]) for known in page if known.doc_id in found)


def latest_decision(connection: Connection, doc_id: str) -> RecordedVerdict | None:
    """The last verdict on one document; None if it has none."""
    return next(_read(connection, connection.execute(_latest([doc_id])).all()), None)


def verdicts_since(database: Database, since: datetime, sources: Sequence[str]) -> Iterator[ReviewedVerdict]:
    """Every first verdict on a change since a moment, oldest run first. Second looks at a version are left out."""
    with database.read() as connection:
        recent = select(runs.c.run_id).where(runs.c.started_at >= since).order_by(runs.c.started_at, runs.c.run_id)
        run_ids = list(connection.execute(recent).scalars())
    for run_id in run_ids:
        after, full = "", True
        while full:
            with database.read() as connection:
                rows = connection.execute(_of_run(run_id, after, sources)).all()
                decided = list(_read(connection, rows))
            for row, recorded in zip(rows, decided, strict=True):
                state = None if row.state is None else ItemState(row.state)
                yield ReviewedVerdict(recorded, row.decided_at, state)
            full, after = len(rows) == PAGE, rows[-1].verdict_id if rows else ""


def canary_documents(connection: Connection) -> dict[str, tuple[str, ...]]:
    """By canary question, the documents of its answer in the served generation."""
    rows = connection.execute(select(canary_answers.c.question_id, canary_answers.c.answer))
    return {question: tuple(one["doc_id"] for one in answer) for question, answer in rows}


def _latest(names: Sequence[str]) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(documents, documents.c.latest_verdict == _d.verdict_id)
        .join(versions, versions.c.version_id == _d.version_id)
        .where(documents.c.doc_id.in_(names))
    )


def _of_run(run_id: str, after: str, sources: Sequence[str]) -> Select[Any]:
    i = review_items.c
    item = and_(i.run_id == _d.run_id, i.version_id == _d.version_id, i.kind == ItemKind.VERSION)
    return (
        select(*_COLUMNS, _d.decided_at, i.state)
        .join(versions, versions.c.version_id == _d.version_id)
        .join(documents, documents.c.doc_id == _d.doc_id)
        .outerjoin(review_items, and_(i.doc_id == _d.doc_id, item))
        .where(_d.run_id == run_id, _d.verdict_id > after, _d.rescan.is_(False), documents.c.source.in_(list(sources)))
        .order_by(_d.verdict_id)
        .limit(PAGE)
    )


def _read(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[RecordedVerdict]:
    ids = [row.verdict_id for row in rows]
    seen: defaultdict[str, list[RecordedFinding]] = defaultdict(list)
    waivable: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    query = select(*_FINDINGS).where(findings.c.verdict_id.in_(ids)).order_by(findings.c.verdict_id, findings.c.ordinal)
    for verdict, *described, mark in connection.execute(query):
        seen[verdict].append(RecordedFinding(*described))
        waivable[verdict].append((described[1], mark))
    for row in rows:
        yield RecordedVerdict(
            verdict_id=row.verdict_id,
            doc_id=row.doc_id,
            kind=ChangeKind(row.kind),
            action=Action(row.action),
            rule_ids=tuple(row.rule_ids),
            reasons=tuple(row.reasons),
            impact=None if row.impact is None else Impact.model_validate(row.impact),
            policy_digest=row.policy_digest,
            detector_digest=row.detector_digest,
            approved="approved" in row.tags,
            unread=row.extractor == UNREAD,
            renamed=row.renamed_from is not None,
            bytes=row.bytes,
            provenance=Provenance.model_validate_json(row.provenance),
            access_digest=row.access_digest,
            findings=tuple(seen[row.verdict_id]),
            waivable=tuple(waivable[row.verdict_id]),
        )
