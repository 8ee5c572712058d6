"""Single lines that give a permission key a value, in the forms of many languages.

Invariants: pure. A line is read without what cannot be seen in it. Only its beginning is looked at.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice

from pipeline.domain.declarations.tag_keys import PERMISSION_KEYS, meant_key
from pipeline.domain.declarations.tag_values import fits, fits_strictly, is_marked, level_of

_LINE = 400
KEYED = re.compile(
    r"[^\w]{0,24}(?P<key>[^\W\d_][\w \u00a0\u2000-\u200f.-]{0,46}?)"
    r"[\"'`*_\s\])}]{0,8}[:=\uff1a\ufe55\ufe13\u2236\ua789\uff1d](?P<value>.*)"
)
PAIR = re.compile(
    r"[\"']?\b_{0,2}(?P<key>[^\W\d_][\w-]{2,40}?)_{0,2}\b[\"']?\s{0,4}[:=]\s{0,4}\[?\s{0,4}[\"']"
    r"(?P<value>[^\"'\n]{1,120})[\"']"
)
"""A key and a quoted value, as programs write them."""
_COMMENT = re.compile(r"\[[^\]]{1,24}\]:\s{0,4}\S{1,24}\s{1,4}[\"'(](?P<inside>.*)")
"""A Markdown reference that serves as a comment."""
_SIGNS = re.compile(r"[\s|,;=<>?/(){}\[\]\"'`*\u2010-\u2015\u2190-\u21ff]+")
_PARTS = re.compile(r"\s*[|;\u00b7\u2022\n]\s*|,\s+|\t+|\s{3,}|</?[A-Za-z][^<>]{0,100}>")
"""Between the parts of a line that say different things."""
_MOST_WORDS = 4
_LETTERS = re.compile(r"[^\W\d_][\w-]{2,40}")


def keyed(line: str) -> str | None:
    """The permission key that a line seems to give a value to."""
    line = shown(line[:_LINE])
    match = KEYED.match(line)
    key = None if match is None else declares(match["key"], match["value"])
    comment = None if key else _COMMENT.match(line)
    return keyed(comment["inside"]) if comment else key


def likely(line: str) -> str | None:
    """Like `keyed`, and also for a key and its value side by side, and for both inside a line of code."""
    if (key := keyed(line)) is not None:
        return key
    line = shown(line[:_LINE])
    pairs = (surely(pair["key"], pair["value"]) for pair in PAIR.finditer(line))
    return side_by_side(line) or next(filter(None, pairs), None)


def side_by_side(line: str) -> str | None:
    """The key of a short line that ends with it and its value, such as a row of a table or `classification -> secret`.

    Args:
        line: Without what cannot be seen.

    """
    spoken = (word for word in _SIGNS.split(line[:_LINE]) if any(map(str.isalnum, word)))
    words = list(islice(spoken, _MOST_WORDS + 1))  # most lines are prose, and known for it by then
    if not 1 < len(words) <= _MOST_WORDS:
        return None
    for place in range(max(0, len(words) - 3), len(words) - 1):
        written = _LETTERS.search(words[place])
        meant = surely(written[0], " ".join(words[place + 1 :])) if written else None
        if meant not in (None, "until"):  # `open until 2027-01-31` is a sentence
            return meant
    return None


def names_a_tag(lines: Iterable[str]) -> bool:
    """Whether one of some lines begins with a tag or a key that is too like one, whatever its value."""
    return any((match := KEYED.match(shown(line[:_LINE]))) and meant_key(match["key"].strip()) for line in lines)


def shown(line: str) -> str:
    """A line without what cannot be seen in it, such as control characters and zero-width spaces."""
    if line.isascii() and line.isprintable():
        return line
    return "".join(c for c in line if c == "\t" or unicodedata.category(c) not in ("Cf", "Cc", "Mn"))


def declares(key: str, value: str) -> str | None:
    """The permission key that a key is or is too like, if the value fits it."""
    meant = meant_key(key.strip())
    return meant if meant in PERMISSION_KEYS and fits(meant, value.strip()) else None


def surely(key: str, value: str) -> str | None:
    """The permission key that a key is or is too like, if the value can be nothing else."""
    key, value = key.strip(), value.strip()
    meant = meant_key(key)
    if meant is None and is_marked(key, value):
        return "classification"
    return meant if meant in PERMISSION_KEYS and fits_strictly(meant, value) else None


def in_parts(line: str) -> str | None:
    """The permission key of a part of a line, such as `Page 1 | Classification: restricted`; lists of levels give none.

    Args:
        line: Without what cannot be seen.

    """
    parts = _PARTS.split(line[:_LINE])
    if any(map(level_of, parts)):
        return None
    matches = filter(None, map(KEYED.match, parts))
    return next(filter(None, (surely(match["key"], match["value"]) for match in matches)), None)
