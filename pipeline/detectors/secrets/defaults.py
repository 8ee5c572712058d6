"""Values that a line gives to a name on another line: defaults and examples in blocks of settings.

`variable "db_password" {`, a JSON schema, an input of a workflow and an environment entry all name the credential on
one line and give its value on a later one, indented at least as deep.

Invariants: pure and linear; at most `_LINES` lines before a value are read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.detectors.linear import Pattern
from pipeline.detectors.secrets.views import SecretView

_VALUE = Pattern(
    r"(?m)^[ \t]{1,60}[\"']?(?:default|defaultValue|default_value|value|example|const)[\"']?[ \t]{0,20}[:=][ \t]{0,4}"
    r"(?:[\"'](?P<quoted>[^\"'\n]{4,300})[\"']|(?P<bare>[^\s\"'#,{\[|>&][^\s\"']{3,300}?)),?[ \t\r]*$"
)
_NAMED = re.compile(
    r"(?i)[\w.$-]{0,40}(?:pass(?:wor[dt]|wd|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|[a-z]+[_-]key"
    r"|credential|kennwort|contrase\w+)s?[\w-]{0,40}"
)
_OWN_NAME = re.compile(r"(?i)(?:- )?[\"']?(?:name|key|id|variable)[\"']?\s{0,3}[:=]\s{0,3}")
_LINES = 8
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Default:
    """A value, its place in the view, and the name it is given to."""

    start: int
    end: int
    value: str
    name: str


def defaults(view: SecretView) -> Iterator[Default]:
    """Every value of a block that is named as a credential."""
    for spans in _VALUE.find(view.data):
        start, end = view.characters(*spans.get("quoted", spans.get("bare", (0, 0))))
        name = _name_above(view.text, start)
        if name is not None:
            yield Default(start, end, view.text[start:end], name)


def _name_above(text: str, place: int) -> str | None:
    """The name of the block that a line belongs to."""
    begin = text.rfind("\n", 0, place) + 1
    depth = _depth(text[begin:place])
    for _ in range(_LINES):
        if begin == 0:
            return None
        end = begin - 1
        begin = text.rfind("\n", 0, end) + 1
        line = text[begin : min(end, begin + _LONGEST)]
        if not line.strip():
            return None
        own = _OWN_NAME.match(line.lstrip())
        if _depth(line) > depth or (_depth(line) == depth and own is None):
            continue
        found = _NAMED.search(line)
        return found[0] if found else None
    return None


def _depth(line: str) -> int:
    """Columns before the first letter; the dash of a list counts as a column."""
    return len(line) - len(line.lstrip(" \t-\"'"))
