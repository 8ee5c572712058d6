"""The period of a report and the earlier periods of the same length that it is compared with.

Invariant: pure. Times are UTC; a period begins with `since` and ends before `until`.
"""

import re
from datetime import UTC, datetime, timedelta

from pipeline.domain.errors import UsageError
from pipeline.domain.frozen import Frozen

DAYS = 7
"""Length of a report that names neither a week nor a beginning."""
MOST_DAYS = 366
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


class ReportPeriod(Frozen):
    """A period, and how many earlier ones of its length are looked at."""

    since: datetime
    until: datetime
    """Exclusive."""
    earlier: int

    @property
    def length(self) -> timedelta:
        """Time between the beginning and the end."""
        return self.until - self.since

    @property
    def starts(self) -> tuple[datetime, ...]:
        """Beginnings of all periods, oldest first; the last one is that of the report."""
        return tuple(self.since - self.length * number for number in range(self.earlier, -1, -1))

    @property
    def first(self) -> datetime:
        """Beginning of the oldest period."""
        return self.starts[0]

    def place(self, moment: datetime) -> int | None:
        """Position of the period that a moment falls into, 0 for the oldest; None for a moment outside all of them."""
        if not self.first <= moment < self.until:
            return None
        return (moment - self.first) // self.length

    @property
    def week(self) -> str | None:
        """The ISO week, such as `2026-W48`; None for any other period."""
        year, week, _ = self.since.isocalendar()
        name = f"{year}-W{week:02}"
        return name if self.since == week_start(name) and self.length == timedelta(days=7) else None

    @property
    def name(self) -> str:
        """The period in words."""
        return self.week or f"{self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC"

    def label(self, number: int) -> str:
        """A short name for the axis of a chart: the week, or the day on which the period begins."""
        start = self.starts[number]
        return f"W{start.isocalendar().week:02}" if self.week else f"{start:%-d %b}"


def week_start(name: str) -> datetime:
    """Monday, 00:00 UTC, of an ISO week such as `2026-W48`. Raises `UsageError`."""
    found = _WEEK.fullmatch(name.strip())
    try:
        if found is None:
            raise ValueError
        return datetime.fromisocalendar(int(found[1]), int(found[2]), 1).replace(tzinfo=UTC)
    except ValueError:
        raise UsageError("That is not a week.", fix="Write a week as 2026-W48.") from None


def last_week(now: datetime) -> str:
    """The newest ISO week that is over."""
    year, week, _ = (now - timedelta(days=7)).isocalendar()
    return f"{year}-W{week:02}"


def asked_period(
    week: str, since: datetime | None, until: datetime | None, *, now: datetime, earlier: int
) -> ReportPeriod:
    """The period that was asked for; without any word of it the seven days that end now.

    Raises:
        UsageError: A week together with other times, an end without a beginning, a period that is empty, too long or
            has not begun.

    """
    if week and (since or until):
        raise UsageError("A report is about a week or about a time, not both.", fix="Give --week or --since.")
    if until is not None and since is None:
        raise UsageError("That time has an end and no beginning.", fix="Give --since as well.")
    if week:
        since = week_start(week)
        until = since + timedelta(days=7)
    until = until or now.replace(microsecond=0)
    since = since or until - timedelta(days=DAYS)
    if since >= until:
        raise UsageError("That time ends before it begins.", fix="Give an earlier --since or a later --until.")
    if since >= now:
        raise UsageError("That time has not begun.", fix="Give an earlier week, or an earlier --since.")
    if until - since > timedelta(days=MOST_DAYS):
        raise UsageError(f"A report covers at most {MOST_DAYS} days.", fix="Give a later --since.")
    if since < datetime(1990, 1, 1, tzinfo=UTC):
        raise UsageError("Nothing can be on record for that time.", fix="Give a later --since.")
    return ReportPeriod(since=since.astimezone(UTC), until=until.astimezone(UTC), earlier=earlier)
