"""YAML and JSON as declarations use them: a flat or nested mapping of plain text, read exactly or not at all.

Every plain scalar is read as text, as in YAML 1.2's failsafe schema: `no`, `0755`, `1e3`, `12:30:45` and dates keep
their spelling. Only an empty value, `~` and `null` mean that the value is missing.

Invariants: bounded in time and memory, because aliases, anchors, tags and merge keys are refused before they are
followed, and size, depth and number of values are limited. A repeated key is refused. Messages hold a line number and
never text of the document (law 4).
"""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from pipeline.domain.declarations.declared import DeclaredEntry, Unreadable

MOST_CHARACTERS = 262_144
"""Of a front matter or metadata file. A longer one is a problem, never cut."""
MOST_DEPTH = 12
MOST_VALUES = 5_000

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotAMapping(Unreadable):
    """It is well-formed and is not a mapping of keys to values."""


def read_yaml(text: str, first_line: int = 1) -> list[DeclaredEntry]:
    """The top level of a YAML mapping; nothing for an empty text. Raises `Unreadable`.

    Args:
        text: Lines end with LF.
        first_line: Number of the first line, for messages.

    """
    if len(text) > MOST_CHARACTERS:
        raise Unreadable(f"It is larger than {MOST_CHARACTERS:,} characters.")
    events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
    reader = _ValueReader(events, first_line)
    try:
        return reader.document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"Line {mark.line + first_line}" if mark is not None else "It"
        raise Unreadable(
            f"{line} is not valid YAML: write `key: value`, and put quotes around a value that holds `: ` or begins "
            "with a sign."
        ) from None
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("It holds characters that are not text.") from None
    finally:
        reader.close()


def read_json(text: str) -> list[DeclaredEntry]:
    """The top level of a JSON object. Raises `Unreadable`."""
    try:
        content = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("It is not valid JSON.") from None
    if not isinstance(content, dict):
        raise NotAMapping("It is not a JSON object.")
    return [DeclaredEntry(key, value, 0) for key, value in content.items()]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise Unreadable("It holds a key twice: keep one.")
    return content


def _no_constant(_: str) -> None:
    raise Unreadable("It is not valid JSON: NaN and Infinity are not numbers there.")


class _ValueReader:
    """Builds values from parser events, which do not follow anything."""

    def __init__(self, events: Iterator[Any], first_line: int) -> None:
        self._events, self._first_line = events, first_line
        self._values = 0

    def close(self) -> None:
        """Free the parser."""
        close = getattr(self._events, "close", None)
        if close is not None:
            close()

    def document(self) -> list[DeclaredEntry]:
        """The entries of the only document."""
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return []
        event = next(self._events)
        entries: list[DeclaredEntry] = []
        if isinstance(event, yaml.MappingStartEvent):
            self._check(event)
            entries = list(self._entries(1))
        elif not self._is_nothing(event):
            raise NotAMapping("It is not a list of `key: value` lines.")
        next(self._events)  # the end of the document
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise Unreadable(f"Line {self._line(following)} begins a second YAML document: one is read.")
        return entries

    def _entries(self, depth: int) -> Iterator[DeclaredEntry]:
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = self._line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise Unreadable(f"Line {line} has a key that is not a text.")
            self._check(event)
            key = event.value
            if key == "<<" and not event.style:
                raise Unreadable(f"Line {line} has a merge key (`<<`), which is not read: write the keys themselves.")
            if key in lines:
                raise Unreadable(f"Line {line} has the same key as line {lines[key]}: keep one.")
            lines[key] = line
            yield DeclaredEntry(key, self._value(next(self._events), depth), line)

    def _value(self, event: Any, depth: int) -> Any:
        self._check(event)
        if isinstance(event, yaml.ScalarEvent):
            return None if self._is_nothing(event) else event.value
        if depth >= MOST_DEPTH:
            raise Unreadable(f"Line {self._line(event)} is nested too deep.")
        if isinstance(event, yaml.MappingStartEvent):
            return {entry.key: entry.value for entry in self._entries(depth + 1)}
        items = []
        while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(item, depth + 1))
        return items

    def _check(self, event: Any) -> None:
        self._values += 1
        line = self._line(event)
        if self._values > MOST_VALUES:
            raise Unreadable(f"It holds more than {MOST_VALUES:,} keys and values.")
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise Unreadable(
                f"Line {line} has an anchor or alias (`&`, `*`), which is not read: write the value itself."
            )
        if event.tag is not None:
            raise Unreadable(f"Line {line} has a YAML tag (`!`), which is not read: write the value alone.")

    def _is_nothing(self, event: Any) -> bool:
        return isinstance(event, yaml.ScalarEvent) and not event.style and event.value in _NOTHING

    def _line(self, event: Any) -> int:
        return int(event.start_mark.line) + self._first_line
