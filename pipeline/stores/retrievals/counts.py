"""Number of answers that held a document, by day, for the impact of a change.

Invariant: counts are written in the transaction that puts the answers on record.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import delete, func, select

from pipeline.stores.database import Connection, insert_into
from pipeline.stores.tables import retrievals

RECENT_DAYS = 30


def count(connection: Connection, answers: Iterable[tuple[date, Iterable[str]]]) -> None:
    """Count answers, each with its day and documents; a document counts once in an answer.

    Days before the last 30 of the newest answer are forgotten.
    """
    numbers: Counter[tuple[str, date]] = Counter()
    for day, doc_ids in answers:
        numbers.update((doc_id, day) for doc_id in set(doc_ids))
    if not numbers:
        return
    rows = [{"doc_id": doc_id, "day": day, "answers": n} for (doc_id, day), n in sorted(numbers.items())]
    fresh = insert_into(connection, retrievals)
    more = {"answers": retrievals.c.answers + fresh.excluded.answers}
    connection.execute(fresh.on_conflict_do_update(index_elements=["doc_id", "day"], set_=more), rows)
    connection.execute(delete(retrievals).where(retrievals.c.day < _oldest(max(day for _, day in numbers))))


def recent(connection: Connection, today: date) -> Mapping[str, int]:
    """Answers of the last 30 days by document; only documents that were in one."""
    query = (
        select(retrievals.c.doc_id, func.sum(retrievals.c.answers))
        .where(retrievals.c.day >= _oldest(today))
        .group_by(retrievals.c.doc_id)
    )
    return {doc_id: int(answers) for doc_id, answers in connection.execute(query)}


def _oldest(today: date) -> date:
    return today - timedelta(days=RECENT_DAYS)
