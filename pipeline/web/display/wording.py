"""Numbers and times as people read them."""

import re
from datetime import UTC, datetime, timedelta

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def age(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in one unit: `3 days`."""
    return "" if moment is None else span((now or datetime.now(UTC)) - moment)


def span(length: timedelta) -> str:
    """A length of time in the largest unit that fits."""
    seconds = max(0, int(length.total_seconds()))
    for size, name in _UNITS:
        if seconds >= size:
            return counted(seconds // size, name)
    return "less than a minute"


def took(seconds: float | None) -> str:
    """How long something took."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 document`, `2 documents`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def number(value: float) -> str:
    """With thousands apart."""
    return f"{value:,}"


def reflowed(text: str) -> str:
    """A passage with its prose unwrapped; lists, tables, headings and code keep their lines."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(one if _LINED.search(one) else " ".join(one.split()) for one in paragraphs)


_LINED = re.compile(r"^\s*([-*|#>`$]|\d+[.)])", re.MULTILINE)

FILTERS = {"reflowed": reflowed, "age": age, "took": took, "counted": counted, "number": number}
