"""The time of the next refresh that reads a submission, by the pace of the refreshes before it.

Corpusgate does not keep the schedule: a scheduler starts its refreshes. So the time is a guess, and is said to be one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

LOOKED_AT = 8
"""Newest refreshes whose pace counts."""
_FEWEST = 3
_UNEVEN = 3
"""A pace in which one interval is so many times the median says nothing about the next one."""


def next_reading(started: Sequence[datetime], now: datetime) -> datetime | None:
    """When the next refresh should begin; None where the earlier ones had no pace, or it is over.

    Args:
        started: When earlier refreshes of the source began, in any order.
        now: A refresh that should have begun a whole interval before it shows that the pace is over.

    """
    newest = sorted(started)[-LOOKED_AT:]
    if len(newest) < _FEWEST:
        return None
    intervals = [(after - before).total_seconds() for before, after in pairwise(newest)]
    steady = 0 < max(intervals) <= _UNEVEN * median(intervals)
    usual = timedelta(seconds=median(intervals))
    expected = newest[-1] + usual
    return expected if steady and now <= expected + usual else None


def reading_words(started: Sequence[datetime], now: datetime) -> str:
    """One sentence about the next refresh, to follow one that says what it will do."""
    if not started:
        return "No refresh of it has begun yet: a schedule or an operator starts one."
    expected = next_reading(started, now)
    if expected is None:
        return f"The last one began at {max(started):%Y-%m-%d %H:%M} UTC."
    if expected <= now:
        return "By the pace of the last ones it is due now."
    return f"By the pace of the last ones it begins at about {expected:%Y-%m-%d %H:%M} UTC."
