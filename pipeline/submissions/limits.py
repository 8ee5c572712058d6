"""Limits of one submitter and of one source.

Invariant: counted in the transaction that uses them up; a refused caller learns when to try again.
"""

from datetime import datetime, timedelta
from math import ceil

from pipeline.domain.documents.provenance import Source
from pipeline.domain.errors import RateLimited
from pipeline.domain.submissions.submissions import DAY, WINDOWS, wait_for_bytes, wait_for_count
from pipeline.settings.application import SubmissionLimits, SubmissionSettings
from pipeline.stores.database import Connection
from pipeline.stores.submissions.usage import Used, sizes_since, used

FULL_WAIT = timedelta(hours=1)
"""When to look again where only a withdrawal makes room."""


def check_limits(
    connection: Connection,
    settings: SubmissionSettings,
    who: str,
    source: Source,
    size: int,
    now: datetime,
    *,
    new: bool,
) -> None:
    """Raise `RateLimited` when `size` more bytes, as a `new` document or not, do not fit."""
    mine, theirs = used(connection, now, person=who, source=source.name)
    kept = min(settings.per_source.stored, source.limits.max_documents)
    for subject, limits, of, already, most in (
        ("You have", settings.per_submitter, {"person": who}, mine, settings.per_submitter.stored),
        (f"Source {source.name} has", settings.per_source, {"source": source.name}, theirs, kept),
    ):
        _check_windows(connection, subject, limits, of, already, size, now)
        if new and already.stored >= most:
            _refuse(f"{subject} {most} documents here, as many as may be. Withdraw one first.", FULL_WAIT)


def check_submitter(connection: Connection, settings: SubmissionSettings, who: str, now: datetime) -> None:
    """Raise `RateLimited` when somebody could submit nothing at all: before the first byte is read."""
    (mine,) = used(connection, now, person=who)
    _check_windows(connection, "You have", settings.per_submitter, {"person": who}, mine, 1, now)


def _check_windows(
    connection: Connection,
    subject: str,
    limits: SubmissionLimits,
    of: dict[str, str],
    already: Used,
    size: int,
    now: datetime,
) -> None:
    if already.bytes + size <= limits.bytes_per_day and all(n < getattr(limits, w) for w, n in already.counts.items()):
        return
    received = sizes_since(connection, now - DAY, **of)
    times = [at for at, _ in received]
    for name, window in WINDOWS.items():
        limit: int = getattr(limits, name)
        _refuse(f"{subject} made {limit} submissions {_words(name)}.", wait_for_count(times, now, limit, window))
    _refuse(
        f"{subject} submitted as much as fits into {limits.bytes_per_day:,} bytes per day.",
        wait_for_bytes(received, now, size, limits.bytes_per_day),
    )


def _refuse(what: str, wait: timedelta) -> None:
    if wait > timedelta(0):
        raise RateLimited(what, max(1, ceil(wait.total_seconds())))


def _words(window: str) -> str:
    return {"per_minute": "within a minute", "per_hour": "within an hour", "per_day": "within a day"}[window]
