"""Permission keys inside mappings and lists, as JSON, YAML and TOML give them.

Invariants: pure. Values are looked at one after the other, without recursion.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

from pipeline.domain.declarations.keyed_lines import surely

Fitting = Callable[[str, str], str | None]
"""A key and a value to the permission key that they seem to declare."""

NAME_KEYS = frozenset(
    {"name", "key", "field", "property", "attribute", "label", "term", "id", "header", "tag", "title", "k"}
)
VALUE_KEYS = frozenset({"value", "values", "val", "content", "text", "data", "v"})
"""Keys of objects that hold the name and the value of something, as in a list of properties."""
_MOST_NAMES = 4


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
        pairs = pairs_of(value)
        yield from _named(pairs)
        for key, held in pairs:
            if meant := fits_here(str(key), _flat(held)):
                yield meant
        inside = [held for _, held in pairs] or (value if isinstance(value, list) else [])
        waiting.extend((held, surely) for held in inside)


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
    for name, value in product(names[:_MOST_NAMES], values[:_MOST_NAMES]):
        if key := surely(last_part(name), value):
            yield key


def _flat(value: object) -> str:
    """A value as it would stand behind a colon; nothing for what no tag has."""
    if isinstance(value, list) and not isinstance(value, Pairs):
        return f"[{', '.join(item for item in value if isinstance(item, str))}]"
    return value if isinstance(value, str) else ""
