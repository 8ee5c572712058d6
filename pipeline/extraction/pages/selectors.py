"""Selectors as the library of selectors understands them: states, scopes and shadow roots."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import tinycss2

from pipeline.extraction.pages.lengths import split
from pipeline.extraction.pages.page_tree import SHADOW_HOST, SHADOW_ROOT

_MAX_DEPTH = 30
_FALSE_STATES = frozenset(
    [
        "popover-open",
        "modal",
        "autofill",
        "-webkit-autofill",
        "fullscreen",
        "placeholder-shown",
        "user-valid",
        "user-invalid",
        "open",
        "default",
        "indeterminate",
        "read-write",
        "required",
        "picture-in-picture",
        "blank",
        "invalid",
        "out-of-range",
        "target-within",
        "current",
        "past",
        "future",
        "playing",
        "buffering",
        "seeking",
        "stalled",
        "muted",
    ]
)
_TRUE_STATES = frozenset(("defined", "read-only", "optional", "valid", "in-range", "paused"))
"""States that no selector of cssselect2 knows, for a page that was not touched yet."""
_NEVER = tinycss2.parse_component_value_list(":not(*)")
_ALWAYS = tinycss2.parse_component_value_list(":is(*)")
_PART_OF_ELEMENT = re.compile(r"::?(?:before|after|first-line|first-letter|marker|selection|placeholder)\s*$")
_IN_SHADOW = re.compile(r"::slotted\(([^()]*)\)|:host\(([^()]*)\)|:host\b")


@dataclass(frozen=True, slots=True)
class RulePlace:
    """Where a rule stands."""

    layer: str = ""
    depth: int = 0
    scope: tuple[str, ...] = ()
    """Selectors of the roots and of the limits of `@scope`."""
    shadow: int | None = None
    is_browser: bool = False
    styles: tuple[tuple[int, list[Any]], ...] = ()
    """Conditions on the style of containers, which depend on the element: their length, and their tokens."""

    def selecting(self, prelude: list[Any]) -> list[Any]:
        """The selectors of a rule, for the elements that it can reach from here."""
        if not self.scope and self.shadow is None:
            return prelude
        tokens: list[Any] = tinycss2.parse_component_value_list(
            ",".join(self._reaching(tinycss2.serialize(one).strip()) for one in split(prelude, ",", keeps_blanks=True))
        )
        return tokens

    def _reaching(self, selector: str) -> str:
        if self.shadow is not None:
            host = f'[\\{SHADOW_HOST}="{self.shadow}"]'
            if _IN_SHADOW.search(selector):
                return _IN_SHADOW.sub(
                    lambda part: (
                        f"{host} > :is({part[1]})" if part[1] else f"{host}:is({part[2]})" if part[2] else host
                    ),
                    selector.replace("slot::slotted", "::slotted"),
                )
            return f'[\\{SHADOW_ROOT}="{self.shadow}"] {selector}'
        root = f":is({self.scope[0]})"
        if ":scope" in selector:
            reached = selector.replace(":scope", root)
        else:
            part = _PART_OF_ELEMENT.search(selector)
            bare = selector[: part.start()] if part else selector
            reached = f"{root} :is({bare or '*'})" + (part[0] if part else "")
        for limit in self.scope[1:]:
            part = _PART_OF_ELEMENT.search(reached)
            bare = reached[: part.start()] if part else reached
            reached = f"{bare}:not({limit}):not(:is({limit}) *)" + (part[0] if part else "")
        return reached


def in_brackets(prelude: list[Any]) -> Iterator[str]:
    """The selectors in brackets of `@scope`: of its roots, then of its limits."""
    for token in prelude:
        if token.type == "() block":
            yield tinycss2.serialize(token.content).strip()


def with_states(tokens: list[Any], depth: int = 0) -> list[Any]:
    """The tokens of a selector, with `:is(*)` or `:not(*)` for states that the library does not know."""
    found: list[Any] = []
    for at, token in enumerate(tokens):
        if token.type == "function" and depth < _MAX_DEPTH:
            name = token.lower_name
            follows_colon = bool(found) and found[-1] == ":"
            if follows_colon and name == "dir":
                is_left = "ltr" in tinycss2.serialize(token.arguments).lower()
                found[-1:] = _ALWAYS if is_left else _NEVER
                continue
            name = "is" if follows_colon and name in ("-webkit-any", "-moz-any", "matches") else token.name
            inner = with_states(token.arguments, depth + 1)
            token = tinycss2.ast.FunctionBlock(token.source_line, token.source_column, name, inner)  # noqa: PLW2901
        elif token.type == "ident" and found and found[-1] == ":" and (at < 2 or tokens[at - 2] != ":"):
            state = token.lower_value
            if state in _FALSE_STATES | _TRUE_STATES:
                found[-1:] = _ALWAYS if state in _TRUE_STATES else _NEVER
                continue
        found.append(token)
    return found
