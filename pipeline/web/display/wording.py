"""Numbers, times and states as people read them."""

import re
from datetime import UTC, datetime, timedelta

from markupsafe import Markup, escape

from pipeline.web.display.terms import TERMS

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
LEAST = "less than a minute"


def age(moment: datetime | None, now: datetime | None = None, least: str = LEAST) -> str:
    """How long ago, in one unit: `3 days`; `least` if that is less than a minute."""
    return "" if moment is None else span((now or datetime.now(UTC)) - moment, least)


def last_month(now: datetime | None = None) -> tuple[datetime, datetime]:
    """First and last moment, exclusive, of the calendar month (UTC) that is over."""
    until = (now or datetime.now(UTC)).astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (until - timedelta(days=1)).replace(day=1), until


def span(length: timedelta, least: str = LEAST) -> str:
    """A length of time in the largest unit that fits; `least` if it is less than a minute."""
    seconds = max(0, int(length.total_seconds()))
    for size, name in _UNITS:
        if seconds >= size:
            return counted(seconds // size, name)
    return least


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

SEVERITY_KIND = {"critical": "bad", "high": "bad", "medium": "warn"}
RUN_KIND = {"finished": "good", "failed": "bad", "held": "warn", "started": "info"}
DOCUMENT_KIND = {"served": "served", "gone": "plain", "not served": "bad"}
SUBMISSION_KIND = {
    "indexed": "good", "approved": "good", "admitted": "good", "redacted": "info", "received": "info",
    "scanned": "info", "in review": "warn", "quarantined": "odd", "rejected": "bad", "revoked": "bad",
    "rolled back": "warn",
}  # fmt: skip
STEP_KIND = {
    "quarantined": "bad", "rejected": "bad", "revoked": "bad", "withdrawn": "bad", "in review": "wait",
    "rolled back": "wait",
}  # fmt: skip
"""Kinds of badges, by state; `app.css` gives each kind its colour."""

KIND_WORDS = {
    "secret": "secret", "pii": "personal data", "injection": "order to a model", "plain_order": "plain order",
    "hidden_text": "hidden text", "scan_failed": "scan failed", "deleted": "gone",
}  # fmt: skip
"""Kinds of findings and places in lists, as people say them."""

POLICY_SAYS = {
    "reject": "Never served.",
    "quarantine": "Kept out until the owner mends it or people release it.",
    "review": "Kept out until people approve this version.",
    "redact": "Served with the values replaced.",
    "admit": "Served.",
}
"""The consequence of each verdict."""

REVIEW_NOTES = (
    "Compared with the version that is served: the change is what its owner announced.",
    "The owner confirmed the change.",
    "The values that were found are examples and belong to no person.",
    "The values must go before this can be served. Remove them and submit it again.",
    "More people could read it than should. Narrow its readers and submit it again.",
)
"""Sentences to begin a reason with."""

ITEM_STATE = {"open": "waits for people", "asked": "owner asked"}
ITEM_END = {
    "applied": "Approved and published.",
    "rejected": "Rejected. This version stays out.",
    "quarantined": "In quarantine. This version stays out.",
    "stale": "Stale: something this item was bound to has changed.",
}
HELD_END = {
    "rejected": "This generation was rejected.",
    "stale": "A newer candidate replaced this generation.",
    "applied": "This generation was approved. It is served now, or was served.",
}
DECIDED = {
    "approve": "approved",
    "redact": "approved with redaction",
    "reject": "rejected",
    "quarantine": "put into quarantine",
}
SIGN = {"+": "added", "−": "removed"}
"""States and decisions in words."""

WORDS = {
    "SEVERITY_KIND": SEVERITY_KIND, "RUN_KIND": RUN_KIND, "DOCUMENT_KIND": DOCUMENT_KIND,
    "SUBMISSION_KIND": SUBMISSION_KIND, "STEP_KIND": STEP_KIND, "ITEM_STATE": ITEM_STATE, "ITEM_END": ITEM_END,
    "HELD_END": HELD_END, "DECIDED": DECIDED, "SIGN": SIGN, "KIND_WORDS": KIND_WORDS, "TERMS": TERMS,
    "POLICY_SAYS": POLICY_SAYS, "REVIEW_NOTES": REVIEW_NOTES,
}  # fmt: skip
"""Tables in which templates look up states."""


def coded(words: str) -> Markup:
    """A sentence with the parts between backticks, such as names of keys, set as code."""
    plain, *rest = str(words).split("`")
    if len(rest) % 2:  # one stands alone
        return escape(words)
    shown = escape(plain)
    for code, after in zip(rest[::2], rest[1::2], strict=True):
        shown += Markup("<code>{}</code>{}").format(code, after)
    return shown


FILTERS = {"reflowed": reflowed, "age": age, "took": took, "counted": counted, "number": number, "coded": coded}
