"""Used shares of the limits of a submitter and of a source.

Invariants: counted from the submissions themselves, in the caller's transaction, so nothing can drift. Only indexes
are read, and only as far as the limits need: a long history and other people's documents cost nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, literal, select, union_all

from pipeline.domain.submissions.submissions import WINDOWS
from pipeline.stores.tables import submissions, submitted_documents


@dataclass(frozen=True, slots=True)
class Used:
    """Of one submitter or one source, at one moment."""

    counts: Mapping[str, int]
    """Submissions in each sliding window, by its name."""
    bytes: int
    """Of all in the longest window."""
    stored: int
    """Documents kept and not withdrawn; a document is whose submission of it counts."""


def used(connection: Connection, now: datetime, **subjects: str) -> tuple[Used, ...]:
    """What each of `subjects` has used, in their order: `person=…`, `source=…`."""
    since = {name: now - window for name, window in WINDOWS.items()}
    rows = connection.execute(_query(*subjects), {**since, **subjects}).all()
    return tuple(Used(dict(zip(WINDOWS, row[1:-2], strict=True)), int(row[-2]), row[-1]) for row in rows)


def sizes_since(connection: Connection, since: datetime, **of: str) -> list[tuple[datetime, int]]:
    """Time and size of what was received after `since`, of one `person` or one `source`."""
    query = select(submissions.c.received_at, submissions.c.bytes).where(submissions.c.received_at > since)
    for column, value in of.items():
        query = query.where(submissions.c[column] == value)
    return [(at, size) for at, size in connection.execute(query)]


@cache
def _query(*columns: str) -> Any:
    """Built once: that takes longer than asking, and every submission asks twice."""
    return union_all(*(_of(place, column) for place, column in enumerate(columns))).order_by("place")


def _of(place: int, column: str) -> Any:
    received, kept = submissions.c, submitted_documents.c
    longest = max(WINDOWS, key=WINDOWS.__getitem__)
    stored = select(func.count()).where(kept[column] == bindparam(column), kept.withdrawn_at.is_(None))
    return select(
        literal(place).label("place"),
        *(func.count(case((received.received_at > bindparam(name), 1))) for name in WINDOWS),
        func.coalesce(func.sum(received.bytes), 0),
        stored.scalar_subquery(),
    ).where(received[column] == bindparam(column), received.received_at > bindparam(longest))
