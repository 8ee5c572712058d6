"""The retrieval log in the database: append, list, verify, remove what is old.

Invariants: rows come in batches, and the transaction that adds a batch writes its digest to the audit log. So an edit,
an addition or a removal of rows shows (law 16, by law 11), and removal by retention is itself in the audit log. A
retrieval that is handed over twice is recorded once.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, Select, delete, func, insert, null, or_, select

from pipeline.domain.serving.retrievals import (
    RecordedPassage,
    RecordedRetrieval,
    Retrieval,
    RetrievalFilter,
    RetrievalReport,
    batch_digest,
)
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database
from pipeline.stores.retrievals import counts
from pipeline.stores.tables import audit_log as audit_table
from pipeline.stores.tables import retrieval_answers, retrieved_passages, versions

ACTOR = "service:corpusgate"
RECORDED, PRUNED, UNREADABLE = "retrievals.recorded", "retrievals.pruned", "retrievals.unreadable"
_AT_ONCE = 500
"""Values in one condition: databases have limits."""
_a, _p = retrieval_answers.c, retrieved_passages.c


class RetrievalLog:
    """Reads and writes the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, retrievals: Sequence[tuple[Retrieval, Sequence[str]]], unreadable: int = 0) -> int:
        """Put answers on record, each with the documents it held; returns how many were not there yet.

        `unreadable` lines of the journal are noted in the audit log.
        """
        with audit_log.audited(self._database) as connection:
            known = _known(connection, [retrieval.id for retrieval, _ in retrievals])
            fresh = {r.id: (r, doc_ids) for r, doc_ids in retrievals if r.id not in known}
            entries = [AuditEntry(ACTOR, UNREADABLE, "retrievals", {"lines": unreadable})] if unreadable else []
            if fresh:
                entries.append(_add(connection, list(fresh.values())))
            audit_log.append(connection, self._database.now(connection), entries)
        return len(fresh)

    def page(self, wanted: RetrievalFilter, before: int | None = None, size: int = 50) -> list[RecordedRetrieval]:
        """Up to `size` retrievals before that position of the log, newest first."""
        query = select(retrieval_answers).where(*_conditions(wanted)).order_by(_a.number.desc()).limit(size)
        if before is not None:
            query = query.where(_a.number < before)
        with self._database.read() as connection:
            return _read(connection, query)

    def each(self, wanted: RetrievalFilter) -> Iterator[RecordedRetrieval]:
        """Every retrieval, oldest first, read in pages."""
        after = 0
        query = select(retrieval_answers).where(*_conditions(wanted)).order_by(_a.number).limit(_AT_ONCE)
        while True:
            with self._database.read() as connection:
                found = _read(connection, query.where(_a.number > after))
            yield from found
            if len(found) < _AT_ONCE:
                return
            after = found[-1].number

    def prune(self, before: datetime) -> int:
        """Remove the oldest batches, as far as every answer in them is older; returns how many answers went."""
        with self._database.read() as connection:  # most of the time nothing is old, and no writer waits
            if connection.execute(select(_a.number).where(_a.at < before).limit(1)).first() is None:
                return 0
        with audit_log.audited(self._database) as connection:
            # The newest batch stays: positions and numbers go on from it.
            kept = select(func.min(_a.batch)).where(or_(_a.at >= before, _a.batch == _newest_batch()))
            old = select(func.max(_a.batch), func.max(_a.number), func.count())
            batch, number, answers = connection.execute(old.where(_a.batch < kept.scalar_subquery())).one()
            if not answers:
                return 0
            connection.execute(delete(retrieved_passages).where(_p.answer <= number))
            connection.execute(delete(retrieval_answers).where(_a.number <= number))
            entry = AuditEntry(ACTOR, PRUNED, _subject(batch), {"answers": answers})
            audit_log.append(connection, self._database.now(connection), [entry])
        return int(answers)

    def verify(self) -> RetrievalReport:
        """Compare every batch with the digest in the audit log. `corpusgate audit verify` verifies that log."""
        batches = retrievals = 0
        with self._database.read() as connection:
            digests, pruned = _on_audit(connection)
            for batch, found in _batches(connection):
                problem = _problem(batch, found, digests.pop(batch, []), pruned)
                if problem:
                    return RetrievalReport(
                        batches=batches, retrievals=retrievals, pruned_batches=pruned, bad_batch=batch, problem=problem
                    )
                batches, retrievals = batches + 1, retrievals + len(found)
        missing = min((batch for batch in digests if batch > pruned), default=None)
        return RetrievalReport(
            batches=batches,
            retrievals=retrievals,
            pruned_batches=pruned,
            bad_batch=missing,
            problem=None if missing is None else f"Batch {missing} is missing.",
        )


def _add(connection: Connection, retrievals: Sequence[tuple[Retrieval, Sequence[str]]]) -> AuditEntry:
    last, batch = connection.execute(select(func.max(_a.number), func.max(_a.batch))).one()
    first, batch = (last or 0) + 1, (batch or 0) + 1
    answers, passages = [], []
    for number, (retrieval, _) in enumerate(retrievals, first):
        fields = retrieval.model_dump(exclude={"passages"})
        answers.append({"number": number, "batch": batch, **fields})
        passages += [
            {"answer": number, "rank": rank, **passage.model_dump()}
            for rank, passage in enumerate(retrieval.passages, 1)
        ]
    connection.execute(insert(retrieval_answers), answers)
    if passages:
        connection.execute(insert(retrieved_passages), passages)
    counts.count(connection, ((retrieval.at.date(), doc_ids) for retrieval, doc_ids in retrievals))
    digest = batch_digest(retrieval for retrieval, _ in retrievals)
    return AuditEntry(ACTOR, RECORDED, _subject(batch), {"answers": len(answers), "digest": digest})


def _subject(batch: int) -> str:
    return f"retrievals:{batch}"


def _newest_batch() -> ScalarSelect[Any]:
    return select(func.max(_a.batch)).scalar_subquery()


def _known(connection: Connection, ids: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for first in range(0, len(ids), _AT_ONCE):
        some = select(_a.id).where(_a.id.in_(ids[first : first + _AT_ONCE]))
        known |= set(connection.execute(some).scalars())
    return known


def _conditions(wanted: RetrievalFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.principal:
        conditions.append(or_(_a.principal == wanted.principal, _a.on_behalf_of == wanted.principal))
    if wanted.question:
        conditions.append(_a.question == wanted.question)
    if wanted.generation is not None:
        conditions.append(_a.generation == wanted.generation)
    if wanted.since is not None:
        conditions.append(_a.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(_a.at < wanted.until)
    if wanted.chunk:
        conditions.append(_a.number.in_(select(_p.answer).where(_p.chunk_id == wanted.chunk)))
    if wanted.documents:
        of_documents = select(versions.c.version_id).where(versions.c.doc_id.in_(wanted.documents))
        conditions.append(_a.number.in_(select(_p.answer).where(_p.version_id.in_(of_documents))))
    return conditions


def _read(connection: Connection, query: Select[Any], *, named: bool = True) -> list[RecordedRetrieval]:
    """Retrievals with their passages; without the documents of passages unless `named`."""
    answers = connection.execute(query).mappings().all()
    passages: defaultdict[int, list[RecordedPassage]] = defaultdict(list)
    columns = select(retrieved_passages, null().label("document"))
    if named:
        of_version = versions.c.version_id == _p.version_id
        columns = select(retrieved_passages, versions.c.doc_id.label("document"))
        columns = columns.join(versions, of_version, isouter=True)
    numbers = [answer["number"] for answer in answers]
    for first in range(0, len(numbers), _AT_ONCE):
        some = columns.where(_p.answer.in_(numbers[first : first + _AT_ONCE])).order_by(_p.answer, _p.rank)
        for row in connection.execute(some).mappings():
            fields = {name: row[name] for name in RecordedPassage.model_fields}
            passages[row["answer"]].append(RecordedPassage(**fields))
    return [RecordedRetrieval(passages=tuple(passages[answer["number"]]), **answer) for answer in answers]


def _batches(connection: Connection) -> Iterator[tuple[int, list[Retrieval]]]:
    def rows() -> Iterator[RecordedRetrieval]:
        after = 0
        query = select(retrieval_answers).order_by(_a.number).limit(_AT_ONCE)
        while found := _read(connection, query.where(_a.number > after), named=False):
            yield from found
            after = found[-1].number

    for batch, found in groupby(rows(), key=lambda one: one.batch):
        yield batch, [one.as_recorded() for one in found]


def _on_audit(connection: Connection) -> tuple[dict[int, list[str]], int]:
    """The digests of each batch in the audit log, and the newest batch that was removed; 0 if none was."""
    digests: defaultdict[int, list[str]] = defaultdict(list)
    pruned = 0
    query = select(audit_table.c.action, audit_table.c.subject, audit_table.c.details)
    for row in connection.execute(
        query.where(audit_table.c.action.in_((RECORDED, PRUNED))).order_by(audit_table.c.seq)
    ):
        batch = int(row.subject.removeprefix("retrievals:"))
        if row.action == PRUNED:
            pruned = max(pruned, batch)
        else:
            digests[batch].append(json.loads(row.details)["digest"])
    return digests, pruned


def _problem(batch: int, found: list[Retrieval], digests: list[str], pruned: int) -> str | None:
    if batch <= pruned:
        return f"Batch {batch} is there, but the audit log says that it was removed."
    if not digests:
        return f"Batch {batch} was added without an entry in the audit log."
    if len(digests) > 1:
        return f"Batch {batch} stands {len(digests)} times in the audit log: an earlier one was removed."
    if batch_digest(found) != digests[0]:
        return f"Batch {batch} was changed: its digest is not the one in the audit log."
    return None
