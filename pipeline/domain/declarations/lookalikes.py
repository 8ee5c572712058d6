"""Text that looks like a declaration where none is read: other fences, headers, comments, JSON, `<meta>` elements.

Authors write tags in the forms of other tools. Only YAML between two `---` lines at the very start is read, so any
other form that names a permission key with a fitting value is a problem, not ordinary text (law 2).

Invariants: pure. Looked at is the beginning of a text: its first block, the block behind a title, and the comments and
`<meta>` elements of markup. A rule across the page (`---`) with prose behind it is ordinary. Time grows with the length
looked at, which is limited.
"""

import re
from collections.abc import Iterable, Iterator

from pipeline.domain.declarations.tag_keys import PERMISSION_KEYS, meant_key, skeleton
from pipeline.domain.declarations.text_lines import TextLine, lines_of

_MOST_LINES = 60
_MOST_CHARACTERS = 16_384
_LINE = 400
_TITLE_LINES = 3
ELLIPSIS = "\u2026"
"""What U+0085, a line end of Latin-1, becomes where a file is taken for Windows-1252."""
_UNSEEN = r"\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_KEYED = re.compile(
    r"[^\w]{0,24}(?P<key>[^\W\d_][\w \u00a0\u2000-\u200f\u2060\ufeff.-]{0,46}?)"
    r"[\"'`*_\s" + _UNSEEN + r"]{0,8}[:=\uff1a\ufe55\ufe13\u2236\ua789\uff1d](?P<value>.*)"
)
_PAIR = re.compile(r"[\"'](?P<key>[^\"'\n]{3,48})[\"']\s{0,8}:\s{0,8}(?P<value>[^,}\n]{0,120})")
_META = re.compile(r"<meta\b(?P<attributes>[^<>]{0,400})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?P<name>[a-z-]{2,20})\s{0,4}=\s{0,4}(?P<quote>[\"'])(?P<value>[^\"']{0,200})(?P=quote)", re.IGNORECASE
)
_WORD = re.compile(r"[^\s,;\[\](){}\"'`|]+")
_LEVELS = ("public", "internal", "confidential", "restricted")
_PRINCIPAL = re.compile(r"(?:user|group|service)s?:", re.IGNORECASE)
_NAME = re.compile(r"[@*-]?[\w.@*-]*[^\W\d_][\w.@*-]*")
_DATE = re.compile(r"\W{0,4}\d{4}-?\d{2}")
_SWITCHES = frozenset(["true", "false", "yes", "no", "on", "off", "none", "null", "all"])
_MOST_NAMES = 3


def looks_declared(text: str, first_line: int = 1) -> str | None:
    """The permission key that the beginning of a text seems to declare, with its line, for people; None for none."""
    for line in _beginning(text):
        key = next((key for part in line.text[:_MOST_CHARACTERS].split(ELLIPSIS) if (key := keyed(part))), None)
        if key is not None:
            return f"Line {line.number + first_line - 1} looks like `{key}`"
    head = text[:_MOST_CHARACTERS].lstrip(" \t\r\n\ufeff")
    if head.startswith(("{", "[")):
        for pair in _PAIR.finditer(head):
            if (key := _declares(pair["key"], pair["value"])) is not None:
                return f"Its beginning looks like `{key}`"
    if head.startswith("<"):
        key = next(_markup(head), None)
        if key is not None:
            return f"Its markup looks like `{key}`"
    return None


def keyed(line: str) -> str | None:
    """The permission key that a line seems to give a value to."""
    match = _KEYED.match(line[:_LINE])
    return None if match is None else _declares(match["key"], match["value"])


def names_a_tag(lines: Iterable[str]) -> bool:
    """Whether one of some lines begins with a tag or a key that is too like one, whatever its value."""
    return any((match := _KEYED.match(line[:_LINE])) and meant_key(match["key"].strip()) for line in lines)


def _beginning(text: str) -> Iterator[TextLine]:
    """Lines of the first block, and of the second if the first is a title, a fence or a comment."""
    blocks = lines_in_block = 0
    titled = True
    for line in lines_of(text, _MOST_CHARACTERS):
        if line.number > _MOST_LINES:
            return
        if re.search(r"\w", line.text) is None:
            blank = not line.text.strip()
            if blank and lines_in_block:
                blocks, titled = blocks + 1, titled and lines_in_block <= _TITLE_LINES
                lines_in_block = 0
                if blocks > 1 or not titled:
                    return
            continue
        lines_in_block += 1
        yield line


def _markup(head: str) -> Iterator[str]:
    for piece in head.split("<!--")[1:]:
        comment = piece.partition("-->")[0]
        for line in lines_of(comment, len(comment)):
            if (key := keyed(line.text)) is not None:
                yield key
    for element in _META.finditer(head):
        attributes = {match["name"].lower(): match["value"] for match in _ATTRIBUTE.finditer(element["attributes"])}
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        key = _declares(name.rpartition(":")[2].rpartition(".")[2], attributes.get("content", ""))
        if key is not None:
            yield key


def _declares(key: str, value: str) -> str | None:
    meant = meant_key(key.strip())
    return meant if meant in PERMISSION_KEYS and _fits(meant, value.strip()) else None


def _fits(key: str, value: str) -> bool:
    """Whether a value is of the kind that a key has; prose such as `Allow: it takes a day` is not a declaration."""
    words = _WORD.findall(value[:_LINE])
    if not words:
        return value.startswith("[")
    if key == "classification":
        return len(words) <= _MOST_NAMES + 1 and any(skeleton(word.strip(".")) in _LEVELS for word in words[:2])
    if key == "until":
        return _DATE.match(value) is not None
    if _PRINCIPAL.search(value):
        return True
    named = all(_NAME.fullmatch(word) and word.casefold() not in _SWITCHES for word in words)
    return named and (len(words) == 1 or value.startswith("[") or ("," in value and len(words) <= _MOST_NAMES))
