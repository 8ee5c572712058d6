"""Animations of CSS: what an element looks like for most of the time that a reader looks at it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import tinycss2

from pipeline.extraction.pages.lengths import split

Frames = Mapping[str, Sequence[tuple[str, Sequence[tuple[str, list[Any], bool]]]]]
"""Name of an animation → its frames: their offsets as written, and their declarations."""

_LONG_SECONDS = 60.0
"""From so many seconds on a reader sees only the beginning of an animation."""
_SECONDS = {"s": 1.0, "ms": 0.001}
_STAYS = frozenset(("forwards", "both"))


def is_animation(name: str) -> bool:
    """Whether a property is one of animations."""
    return name.removeprefix("-webkit-").startswith("animation")


def shown(declared: Mapping[str, list[Any]], frames: Frames) -> Iterator[tuple[str, list[Any]]]:
    """The declarations of the frames in which an element stays.

    That is the last frame of an animation that ends and keeps it, the first one of an animation that is paused or takes
    longer than a reader waits, and what all frames have in common if it goes on for ever.
    """
    tokens = [token for name, value in declared.items() if is_animation(name) for token in value]
    words = {token.lower_value for token in tokens if token.type == "ident"}
    for animation in split(tokens, ","):
        seconds = [
            token.value * _SECONDS[token.lower_unit]
            for token in animation
            if token.type == "dimension" and token.lower_unit in _SECONDS
        ]
        for token in animation:
            if token.type not in ("ident", "string") or token.value not in frames:
                continue
            first, last = _frame(frames[token.value], "from", "0%"), _frame(frames[token.value], "to", "100%")
            if "reverse" in words:
                first, last = last, first
            if "paused" in words or max(seconds, default=0.0) > _LONG_SECONDS:
                yield from first.items()
            elif "infinite" in words:
                yield from ((name, value) for name, value in last.items() if _same(first.get(name), value))
            elif words & _STAYS:
                yield from last.items()


def _frame(frames: Sequence[tuple[str, Sequence[tuple[str, list[Any], bool]]]], *offsets: str) -> dict[str, list[Any]]:
    return {
        name: value
        for written, declared in frames
        if {offset.strip() for offset in written.split(",")} & set(offsets)
        for name, value, _ in declared
    }


def _same(one: list[Any] | None, other: list[Any]) -> bool:
    return one is not None and tinycss2.serialize(one) == tinycss2.serialize(other)
