r"""Text as a terminal may have it: what a terminal would obey, or would draw as nothing, is escaped.

Names, titles, notes and passages come from authors. An escape sequence in one could colour, move or erase other lines,
change the title of the window or answer for the person, and a mark that turns the reading direction could make a name
read as another. The forms are those of stored names: `\x1b`, `\u202e`, `\U000e0041`.

Invariants: pure. Text without such characters is returned as it is, and a result is never changed again.
"""

import json

from pipeline.domain.documents.printable_names import is_suspect, shown_character

_KEPT = "\n\t\u00ad"
"""Controls that text of several lines needs, and the soft hyphen, which hides nothing and stands in much prose."""


def for_terminal(text: str) -> str:
    """The text with controls, direction marks and invisible characters escaped; line ends and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one if one in _KEPT or not is_suspect(one) else shown_character(one) for one in text)


def json_for_terminal(value: object, *, indent: int | None = None) -> str:
    """The value as JSON that is safe to show and means the same: such characters are escaped as JSON does."""
    text = json.dumps(value, indent=indent, default=str, ensure_ascii=False)
    if text.isascii():
        return text
    # JSON escapes controls below U+0020; the others stand within strings, where an escape means the same.
    return "".join(one if one == "\n" or not is_suspect(one) else json.dumps(one)[1:-1] for one in text)
