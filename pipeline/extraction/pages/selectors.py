"""Selectors as the library of selectors understands them: states, scopes and shadow roots."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cssselect2
import tinycss2

from pipeline.extraction.containers import Refused
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
        "user-valid",
        "user-invalid",
        "default",
        "indeterminate",
        "picture-in-picture",
        "blank",
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
_TRUE_STATES = frozenset(("defined", "paused"))
"""States that no selector of cssselect2 knows, for a page that was not touched yet."""
_EMPTY = ':is(input:not([value]), input[value=""], textarea:empty)'
_WRITTEN = (
    "textarea, input:not([type=button], [type=submit], [type=reset], [type=checkbox], [type=radio], [type=image])"
)
_BY_ATTRIBUTES = {
    "placeholder-shown": f"{_EMPTY}[placeholder]",
    "open": ":is(details, dialog)[open]",
    "required": ":is(input, select, textarea)[required]",
    "optional": ":is(input, select, textarea):not([required])",
    "invalid": f"{_EMPTY}[required]",
    "valid": f":is(form, fieldset, input, select, textarea):not({_EMPTY}[required])",
    "in-range": "input[type=number]:is([min], [max])",
    "read-write": f":is({_WRITTEN}, [contenteditable]):not([readonly], [disabled])",
    "read-only": f":not(:is({_WRITTEN}, [contenteditable]):not([readonly], [disabled]))",
}
"""States that attributes decide on a page that was not touched yet."""
_RIGHT_TO_LEFT = ":is([dir=rtl], [dir=rtl] *:not([dir]))"
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
                wanted = f":not({_RIGHT_TO_LEFT})" if is_left else _RIGHT_TO_LEFT
                found[-1:] = tinycss2.parse_component_value_list(wanted)
                continue
            name = "is" if follows_colon and name in ("-webkit-any", "-moz-any", "matches") else token.name
            inner = with_states(token.arguments, depth + 1)
            token = tinycss2.ast.FunctionBlock(token.source_line, token.source_column, name, inner)  # noqa: PLW2901
        elif token.type == "ident" and found and found[-1] == ":" and (at < 2 or tokens[at - 2] != ":"):
            state = token.lower_value
            if state in _BY_ATTRIBUTES:
                found[-1:] = tinycss2.parse_component_value_list(f":is({_BY_ATTRIBUTES[state]})")
                continue
            if state in _FALSE_STATES | _TRUE_STATES:
                found[-1:] = _ALWAYS if state in _TRUE_STATES else _NEVER
                continue
        found.append(token)
    return found


def with_known_parts(tokens: list[Any], depth: int = 0) -> list[Any] | None:
    """The tokens of a selector without the unknown parts of `:is()` and `:where()`; None if all are known.

    Raises:
        Refused: A part is too deep.

    """
    found: list[Any] = []
    is_changed = False
    for token in tokens:
        if token.type == "function" and token.lower_name in ("is", "where") and depth < _MAX_DEPTH:
            parts = split(token.arguments, ",", keeps_blanks=True)
            inner = [with_known_parts(part, depth + 1) or part for part in parts]
            known = [part for part in inner if _is_known(part)]
            if len(known) < len(parts) or any(one is not other for one, other in zip(parts, inner, strict=True)):
                is_changed = True
                arguments = tinycss2.parse_component_value_list(
                    ",".join(tinycss2.serialize(part) for part in known) or ":not(*)"
                )
                token = tinycss2.ast.FunctionBlock(  # noqa: PLW2901
                    token.source_line, token.source_column, token.name, arguments
                )
        found.append(token)
    return found if is_changed else None


def _is_known(part: list[Any]) -> bool:
    try:
        cssselect2.compile_selector_list(with_states(part))
    except cssselect2.SelectorError:
        return False
    except (SyntaxError, RecursionError):
        raise Refused("styles") from None  # the library writes a selector as one expression, which is too deep
    return True
