"""The status of submissions, derived from the ledger's decisions about their versions.

Invariants: nothing here is stored; two questions at one moment have one answer. A page of submissions costs a fixed
number of queries, however long it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from pipeline.domain.review.items import DecisionKind, ItemKind, ItemState, ReviewItem
from pipeline.domain.submissions.submissions import Reviewed, SubmissionStanding, SubmissionVerdict
from pipeline.stores.review import queue as review_queue
from pipeline.stores.submissions.submissions import SubmissionRecord
from pipeline.stores.tables import (
    current_generation,
    documents,
    generations,
    review_items,
    rolled_back_versions,
    submission_versions,
    submissions,
    submitted_documents,
    verdicts,
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A submission with its standing and what it became."""

    record: SubmissionRecord
    standing: SubmissionStanding
    version_id: str | None
    generation: int | None
    """The generation that first served this version, while it is live."""
    newer: str | None
    """The submission of the newest version, when it is another one."""
    review: ReviewItem | None


def just_received(record: SubmissionRecord) -> Placed:
    """A submission as it stands in the commit that wrote it: no run can have read it, and none is newer."""
    return Placed(record, SubmissionStanding(received_at=record.received_at), None, None, None, None)


def placed(connection: Connection, records: Sequence[SubmissionRecord], servable: set[str]) -> list[Placed]:
    """`records` with their standing; `servable` are the live versions nothing forbids to serve."""
    ids = [record.submission_id for record in records]
    doc_ids = list({record.doc_id for record in records})
    version_of = _versions(connection, ids)
    verdicts_of = _verdicts(connection, list(version_of.values()))
    reviews = _reviews(connection, list(version_of.values()))
    live = dict(_pairs(connection, documents.c.doc_id, documents.c.live_version, doc_ids))
    table = submitted_documents.c
    query = select(table.doc_id, table.latest, table.withdrawn_at).where(table.doc_id.in_(doc_ids))
    whole = {row.doc_id: row for row in connection.execute(query)}
    followers = _followers(connection, doc_ids)
    rolled_back = _rolled_back(connection, list(version_of.values()))
    first = _generations(connection, [v for v in verdicts_of.values() if v])
    found = []
    for record in records:
        version, document = version_of.get(record.submission_id), whole[record.doc_id]
        decided = verdicts_of.get(version, []) if version else []
        is_live = version is not None and live.get(record.doc_id) == version
        generation = first.get(version) if is_live and version else None
        review = reviews.get(version) if version else None
        standing = SubmissionStanding(
            received_at=record.received_at,
            verdicts=tuple(SubmissionVerdict(action=row.action, at=row.decided_at) for row in decided),
            review=None if review is None else _reviewed(review),
            live=is_live,
            stopped=is_live and version not in servable,
            indexed_at=None if generation is None else generation[1],
            rolled_back_at=rolled_back.get(version) if version and not is_live else None,
            newer_at=followers.get((record.doc_id, record.number + 1)),
            withdrawn_at=document.withdrawn_at,
        )
        newer = document.latest if document.latest != record.submission_id else None
        found.append(Placed(record, standing, version, generation[0] if generation else None, newer, review))
    return found


def live_versions_of(connection: Connection, records: Iterable[SubmissionRecord]) -> set[str]:
    """The versions the ledger calls live among the documents of `records`."""
    doc_ids = list({record.doc_id for record in records})
    return {live for _, live in _pairs(connection, documents.c.doc_id, documents.c.live_version, doc_ids) if live}


def _pairs(connection: Connection, key: Any, value: Any, wanted: Sequence[str]) -> list[tuple[Any, Any]]:
    return [(row[0], row[1]) for row in connection.execute(select(key, value).where(key.in_(wanted)))]


def _versions(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The version each submission was last read as."""
    table = submission_versions.c
    query = select(table.submission_id, table.version_id).where(table.submission_id.in_(ids))
    return {row[0]: row[1] for row in connection.execute(query.order_by(table.read_at, table.version_id))}


def _verdicts(connection: Connection, version_ids: Sequence[str]) -> dict[str, list[Any]]:
    """Verdicts by version, oldest first."""
    found: dict[str, list[Any]] = {}
    table = verdicts.c
    query = select(table.version_id, table.action, table.decided_at, table.run_id).where(
        table.version_id.in_(list(version_ids))
    )
    for row in connection.execute(query.order_by(table.decided_at, table.verdict_id)):
        found.setdefault(row.version_id, []).append(row)
    return found


def _reviews(connection: Connection, version_ids: Sequence[str]) -> dict[str, ReviewItem]:
    """The newest review item about each version itself."""
    items = review_queue.find(
        connection,
        review_items.c.version_id.in_(list(version_ids)),
        review_items.c.kind == ItemKind.VERSION,
    )
    return {item.version_id: item for item in items}


def _reviewed(item: ReviewItem) -> Reviewed:
    kind = DecisionKind.REJECT if item.state is ItemState.REJECTED else DecisionKind.APPROVE
    decided = [decision.at for decision in item.decisions if decision.decision is kind]
    return Reviewed(state=item.state.value, at=max(decided, default=item.opened_at))


def _followers(connection: Connection, doc_ids: Sequence[str]) -> Mapping[tuple[str, int], datetime]:
    """When each version after the first was submitted, by document and number."""
    table = submissions.c
    query = select(table.doc_id, table.number, table.received_at).where(table.doc_id.in_(doc_ids), table.number > 1)
    return {(row.doc_id, row.number): row.received_at for row in connection.execute(query)}


def _rolled_back(connection: Connection, version_ids: Sequence[str]) -> dict[str, datetime]:
    """When a rollback took each version off, for those no run has served again."""
    table, made = rolled_back_versions.c, generations.c
    query = (
        select(table.version_id, func.max(made.created_at))
        .join(generations, made.number == table.rollback)
        .where(table.version_id.in_(list(version_ids)), table.settled_run.is_(None))
        .group_by(table.version_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _generations(connection: Connection, decided: Sequence[Sequence[Any]]) -> dict[str, tuple[int, datetime]]:
    """The generation in which each version was first published; the current one where its own is not on record."""
    runs = {row.run_id for rows in decided for row in rows}
    query = select(generations.c.run_id, func.min(generations.c.number)).where(generations.c.run_id.in_(list(runs)))
    numbers = {row[0]: row[1] for row in connection.execute(query.group_by(generations.c.run_id))}
    current = connection.execute(select(current_generation.c.number)).scalar()
    found: dict[str, tuple[int, datetime]] = {}
    for rows in decided:
        passed = [row for row in rows if row.action in ("admit", "redact")]
        first = next((row for row in passed if row.run_id in numbers), passed[0] if passed else rows[0])
        number = numbers.get(first.run_id, current)
        if number is not None:
            # The transaction of the verdict is the one that made the generation current.
            found[first.version_id] = (number, first.decided_at)
    return found
