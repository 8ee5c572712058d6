"""Records of a JSON Lines feed: `{"id", "text", …tags}` in every line.

Invariants: pure. A record that cannot be read exactly is a document with a problem, never a shorter record. What its
text declares at its start counts like the tags of the record.
"""

import json
from typing import NamedTuple

from pipeline.domain.declarations.blocks import read_json
from pipeline.domain.declarations.declared import FEED_RECORD, Declared, Unreadable, combine, declare
from pipeline.domain.declarations.front_matter import front_matter

MAX_NAME = 500
"""Characters of the name that a record gives its document."""

MISSHAPEN = "feed"
"""Stands for the name of a record where a whole feed is not JSON Lines."""

NOT_UTF_8 = "The feed is not UTF-8."
NOT_LINES = "The feed is not JSON Lines: write one object a line, without a list around them."

_OWN_KEYS = frozenset({"id", "text", "version"})
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


class FeedRecord(NamedTuple):
    """One line of a feed."""

    name: str | None
    """None without a usable `id`."""
    text: str
    """Empty if it cannot be read, with a problem that says so."""
    declared: Declared


def feed_record(line: bytes, *, named: bool = False) -> FeedRecord:
    """Name, text and tags of one line. Without a name there is a problem, unless it is `named` elsewhere."""
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _unreadable("The feed record is not UTF-8.")
    try:
        entries = read_json(text)
    except Unreadable as error:
        return _unreadable(f"The feed record cannot be read. {error}")
    content = {entry.key: entry.value for entry in entries}
    problems: list[str] = []
    name, body = record_name(content.get("id")), content.get("text")
    if name is None and not (named and content.get("id") is None):
        problems.append("The feed record has no usable `id`.")
    if not isinstance(body, str):
        body = ""
        problems.append("The feed record has no `text`.")
    declared = combine(declare(entries, FEED_RECORD, foreign=_OWN_KEYS), front_matter(body))
    return FeedRecord(name, body, declared._replace(problems=(*problems, *declared.problems)))


def feed_name(line: bytes) -> str | None:
    """The name that a line gives its document, without the rest; None if it gives none."""
    try:
        content = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return record_name(content.get("id")) if isinstance(content, dict) else None


def feed_shape(line: bytes) -> str | None:
    """Why a feed with this first line is not JSON Lines; None if it can be."""
    if line.startswith(_WIDE_MARKS) or b"\x00" in line[:8]:
        return NOT_UTF_8
    start = line.removeprefix(b"\xef\xbb\xbf").strip()
    if start in (b"[", b"{"):
        return NOT_LINES
    if start.startswith(b"[") and feed_record(line).declared.problems and not _is_json(start):
        return NOT_LINES
    return None


def record_name(given: object) -> str | None:
    """The name of a document that a record gives; None for what cannot be one, such as what no database could keep."""
    name = str(given).strip() if isinstance(given, str | int) and not isinstance(given, bool) else ""
    return name if name.isprintable() and 0 < len(name) <= MAX_NAME else None


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _unreadable(problem: str) -> FeedRecord:
    return FeedRecord(None, "", Declared(problems=(problem,)))
