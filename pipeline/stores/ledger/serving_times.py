"""When each generation was being served.

Invariant: a generation is served from the commit that made it current until the commit that made the next one
current. When it was built is another moment, and earlier.
"""

from datetime import datetime

from sqlalchemy import Connection, select

from pipeline.domain.serving.publication import GenerationRecord, Served
from pipeline.stores.tables import generations, runs


def serving_times(connection: Connection) -> list[Served]:
    """Every generation that was ever current, oldest first."""
    # The run that published it ended in the transaction that made it current, and at its time.
    query = select(generations, runs.c.finished_at).join(runs, runs.c.run_id == generations.c.run_id)
    rows = connection.execute(query.order_by(generations.c.number)).mappings().all()
    fields = GenerationRecord.model_fields
    records = [(GenerationRecord(**{key: row[key] for key in fields}), row["finished_at"]) for row in rows]
    ends = [*(since for _, since in records[1:]), None]
    return [Served(record=r, since=s, until=until) for (r, s), until in zip(records, ends, strict=False)]


def served_at(connection: Connection, at: datetime) -> Served | None:
    """What was being served at `at`; None before the first generation."""
    before = [served for served in serving_times(connection) if served.since <= at]
    return before[-1] if before else None
