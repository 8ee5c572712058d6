"""Permission keys inside mappings and lists, as JSON, YAML and TOML give them.

Invariants: pure. Values are looked at one after the other, without recursion.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from pipeline.domain.declarations.foreign_keys import (
    is_about_readers,
    is_level_switch,
    is_principal,
    lists_readers,
)
from pipeline.domain.declarations.keyed_lines import in_parts, shown, surely
from pipeline.domain.declarations.tag_keys import PERMISSION_KEYS

Fitting = Callable[[str, str], str | None]
"""A key and a value to the permission key that they seem to declare."""

NAME_KEYS = frozenset(
    {"name", "key", "field", "property", "attribute", "label", "term", "id", "header", "tag", "title", "k"}
)
VALUE_KEYS = frozenset({"value", "values", "val", "content", "text", "data", "v"})
"""Keys of objects that hold the name and the value of something, as in a list of properties."""
_MOST_NAMES = 4
_MOST_COLUMNS = 100
_LONGEST = 200
"""Characters of a value that can be a declaration of its own, such as `classification: restricted` among tags."""


class Pairs(list[tuple[str, Any]]):
    """An object of JSON with each of its keys, also a repeated one."""


def in_values(content: Any, fitting: Fitting = surely) -> Iterator[str]:
    """Permission keys with a value that fits, at any depth.

    Args:
        content: Mappings, lists and values.
        fitting: Decides about keys at the top; inside, only a value that can be nothing else fits.

    """
    waiting = [(content, fitting)]
    while waiting:
        value, fits_here = waiting.pop()
        if isinstance(value, str):
            if len(value) <= _LONGEST and (spoken := in_parts(shown(value))):
                yield spoken
            continue
        pairs = pairs_of(value)
        yield from _named(pairs)
        yield from _in_rows(pairs, value)
        for key, held in pairs:
            if value is content and is_level_switch(str(key)) and is_on(held):
                yield "classification"
                continue
            if value is content and is_about_readers(str(key)) and lists_readers(str(key), held):
                yield "allow"
            flat = _flat(held)
            if meant := fits_here(str(key), flat) or surely(str(key), flat):
                yield meant
        inside = [held for _, held in pairs] or (value if isinstance(value, list) else [])
        waiting.extend((held, surely) for held in inside)


def _in_rows(pairs: list[tuple[Any, Any]], value: Any) -> Iterator[str]:
    """Keys of a table: the names of its columns and lists of cells, or a name and its value."""
    lists = [held for _, held in pairs if isinstance(held, list)] if pairs else [value] if _is_list(value) else []
    for held in lists:
        if len(held) == 2 and all(isinstance(part, str) for part in held) and (key := surely(*held)):
            yield key
    heads = [held for held in lists if held and all(isinstance(name, str) for name in held)]
    tables = [(head, held) for head in heads for held in lists if held is not head]
    tables += [(held[0], held[1:]) for held in lists if held and _is_list(held[0])]
    for head, rows in tables[:_MOST_NAMES]:
        for column, name in enumerate(head[:_MOST_COLUMNS]):
            values = {_flat(row[column]) for row in rows if _is_list(row) and column < len(row)}
            if isinstance(name, str) and len(values) == 1 and (key := surely(name, values.pop())):
                yield key


def is_on(value: object) -> bool:
    """Whether a value turns something on."""
    return value is True or (isinstance(value, str) and value.strip().casefold() in ("true", "yes", "on", "1"))


def _is_list(value: object) -> bool:
    return isinstance(value, list) and not isinstance(value, Pairs)


def held_under(content: Any, key: str) -> Iterator[list[Any]]:
    """Lists under a key at the top of an object."""
    yield from (held for name, held in pairs_of(content) if name == key and isinstance(held, list))


def last_part(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2].rpartition(".")[2]


def pairs_of(value: Any) -> list[tuple[Any, Any]]:
    """Keys and values of an object; none for any other value."""
    if isinstance(value, Pairs):
        return value
    return list(value.items()) if isinstance(value, Mapping) else []


def _named(pairs: list[tuple[Any, Any]]) -> Iterator[str]:
    """The key of an object that holds its name and its value side by side."""
    names = [held for key, held in pairs if str(key).casefold() in NAME_KEYS and isinstance(held, str)]
    values = [_flat(held) for key, held in pairs if str(key).casefold() in VALUE_KEYS]
    exact = [held for _, held in pairs if isinstance(held, str) and held.strip().casefold() in PERMISSION_KEYS]
    if exact and len(pairs) <= _MOST_NAMES:  # whatever the two keys are called
        names, values = [*exact, *names], [_flat(held) for _, held in pairs]
    for name, value in product(names[:_MOST_NAMES], values[:_MOST_NAMES]):
        if key := surely(last_part(name), value):
            yield key


def _flat(value: object) -> str:
    """A value as it would stand behind a colon; nothing for what no tag has."""
    if _is_list(value):
        return f"[{', '.join(item for item in value if isinstance(item, str))}]"  # type: ignore[attr-defined]
    inside = [text for _, held in pairs_of(value) for text in (held if _is_list(held) else [held])]
    texts = [text for text in inside if isinstance(text, str)]
    if texts and (len(texts) == 1 or all(map(is_principal, texts))):
        return ", ".join(texts)
    return value if isinstance(value, str) else ""
