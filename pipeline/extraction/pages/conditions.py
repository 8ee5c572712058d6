"""Conditions of style sheets: media queries, and `@supports`, as on an ordinary screen.

Source: Media Queries Level 4 and CSS Conditional Rules Level 5, by their logic of three values: what is unknown stays
unknown under `not`. A query that stays unknown is taken to apply, because it may hide something.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tinycss2

from pipeline.extraction.pages.brackets import bounded
from pipeline.extraction.pages.lengths import pixels, split

_SCREEN = {"width": 1280.0, "height": 800.0, "device-width": 1280.0, "device-height": 800.0}
"""Pixels of the screen that a page is read on."""
_RESOLUTION = 1.0
_NARROW_PIXELS = 400.0
"""A container is taken to be wider than this and narrower than the screen."""
_MEDIA = frozenset(("all", "screen"))
_TRAITS = {
    "orientation": "landscape",
    "hover": "hover",
    "any-hover": "hover",
    "pointer": "fine",
    "any-pointer": "fine",
    "update": "fast",
    "overflow-block": "scroll",
    "overflow-inline": "scroll",
    "scripting": "enabled",
    "prefers-color-scheme": "light",
    "prefers-reduced-motion": "no-preference",
    "prefers-reduced-transparency": "no-preference",
    "prefers-reduced-data": "no-preference",
    "prefers-contrast": "no-preference",
    "forced-colors": "none",
    "inverted-colors": "none",
    "display-mode": "browser",
    "dynamic-range": "standard",
    "color-gamut": "srgb",
    "scan": "progressive",
}
_AS_NO = frozenset(("none", "no-preference"))
"""Values of a trait that is absent: the trait alone asks whether there is one."""
_NUMBERS = {"color": 8.0, "monochrome": 0.0, "color-index": 0.0, "grid": 0.0, "aspect-ratio": 1.6}
_PROPERTY = re.compile(
    r"-(?:webkit|moz|ms)-[a-z-]+|--.+|(?:display|position|float|clear|color|opacity|filter|zoom|scale|rotate|translate"
    r"|transform|transition|animation|clip|mask|inset|left|right|top|bottom|margin|padding|border|outline|overflow"
    r"|width|height|(?:min|max)-(?:width|height|inline-size|block-size)|inline-size|block-size|aspect-ratio|object|grid"
    r"|flex|gap|row-gap|column|columns|align|justify|place|order|line|letter|word|text|font|white-space|hyphens|tab-size"
    r"|background|backdrop|box|mix-blend-mode|isolation|content|counter|quotes|list-style|table-layout|caption-side"
    r"|visibility|pointer-events|cursor|user-select|touch-action|resize|appearance|accent-color|caret|color-scheme"
    r"|scroll|scrollbar|overscroll|will-change|contain|container|shape|offset|perspective|writing-mode|direction"
    r"|unicode-bidi|ruby|image-rendering|all|vertical-align|z-index|view|anchor|interpolate-size|stroke|fill|paint-order"
    r"|orphans|widows|break|page|initial-letter|hanging-punctuation|initial)(?:-[a-z-]+)?"
)
"""Names of properties that browsers know, by their first words."""
_ACROSS = frozenset(f"{bound}{name}" for bound in ("", "min-", "max-") for name in ("width", "inline-size"))
_SIGN = re.compile(r"[<>]=?|=")
_FEATURES = re.compile(r"[(:<>=-]")
_DEEPEST = 20


def media_applies(query: str) -> bool:
    """Whether a list of media queries holds on an ordinary screen. Raises `Refused` if its brackets are too deep."""
    tokens = tinycss2.parse_component_value_list(bounded(query), skip_comments=True)
    queries = split(tokens, ",")
    return not any(queries) or any(_query(one) for one in queries)


def is_supported(condition: Sequence[Any], holds: Callable[[Sequence[Any]], bool]) -> bool:
    """Whether a condition of `@supports` holds.

    Args:
        condition: Its tokens.
        holds: Whether a value is one that browsers know, from the tokens of a declaration.

    """

    def declared(token: Any) -> bool | None:
        if token.type == "function":  # selector(), font-tech() and the like: a page asks for what is new
            return token.lower_name in ("selector", "font-tech", "font-format", "at-rule") or None
        name = next((part for part in token.content if part.type == "ident"), None)
        return bool(name and _PROPERTY.fullmatch(name.lower_value) and holds(token.content))

    return bool(_logic([token for token in condition if token.type not in ("whitespace", "comment")], declared, 0))


def chosen(condition: Sequence[Any], is_styled: Callable[[Any], bool | None]) -> bool:
    """Whether the condition of a branch of `if()` holds, or cannot be judged.

    Args:
        condition: Its tokens without blanks.
        is_styled: The value of a `style()` in it; None if it is unknown.

    """
    names_types = False

    def term(token: Any) -> bool | None:
        nonlocal names_types
        if token.type != "function":
            return None
        inside = tinycss2.serialize(token.arguments)
        match token.lower_name:
            case "media" if not _FEATURES.search(inside):
                names_types = True  # `if()` knows no types such as `screen`, and takes no branch for one
            case "media":
                return media_applies(inside if "(" in inside else f"({inside})")
            case "supports":
                tokens = tinycss2.parse_component_value_list(inside if inside.startswith("(") else f"({inside})")
                return is_supported(tokens, lambda _: True)
            case "style":
                return is_styled(token)
        return None

    if len(condition) == 1 and condition[0].type == "ident":
        return bool(condition[0].lower_value == "else")
    return _logic(list(condition), term, 0) is not False and not names_types


def container_applies(condition: Sequence[Any], variables: Mapping[str, list[Any]] | None = None) -> bool:
    """Whether a condition of `@container` can hold; what is unknown is taken to hold.

    Args:
        condition: Its tokens, with the name of the container, if it has one.
        variables: The variables of the container; None if they are unknown.

    """

    def term(token: Any) -> bool | None:
        if token.type != "function":
            return _of_container(token)
        if token.lower_name != "style" or variables is None:
            return None
        name, *value = [part for part in token.arguments if part.type != "whitespace" and part != ":"] or [token]
        if name.type != "ident" or not name.value.startswith("--"):
            return None
        actual = variables.get(name.value)
        if not value or actual is None:
            return actual is not None
        return _written(actual) == _written(value)

    tokens = [token for token in condition if token.type not in ("whitespace", "comment")]
    if tokens and tokens[0].type == "ident" and tokens[0].lower_value != "not":
        tokens, variables = tokens[1:], None  # any element around may have that name
    return _logic(tokens, term, 0) is not False


def _of_container(token: Any) -> bool | None:
    """The value of a condition on the width of a container, which is narrower than the screen and not very narrow."""
    values = {_with_widths(token, width) for width in (_SCREEN["width"], _NARROW_PIXELS)}
    return values.pop() if len(values) == 1 else None


def _with_widths(token: Any, width: float) -> bool | None:
    names = {part.lower_value for part in token.content if part.type == "ident"}
    return _feature(token, dict.fromkeys(("width", "inline-size"), width)) if names and names <= _ACROSS else None


def _written(tokens: Sequence[Any]) -> str:
    return str(tinycss2.serialize([one for one in tokens if one.type not in ("whitespace", "comment")])).lower()


def _query(tokens: list[Any]) -> bool:
    words = [token.lower_value if token.type == "ident" else "" for token in tokens]
    negated = bool(words and words[0] == "not" and len(words) > 1 and words[1])
    at = int(bool(words) and (negated or words[0] == "only"))
    if at < len(words) and words[at] and words[at] != "not":
        rest = tokens[at + 2 :] if len(tokens) > at + 1 else []
        verdict = words[at] in _MEDIA and (not rest or _logic(rest, _feature, 0) is not False)
        return verdict != negated
    return _logic(tokens, _feature, 0) is not False


def _logic(tokens: list[Any], term: Callable[[Any], bool | None], depth: int) -> bool | None:
    """The value of `not a`, `a and b` or `a or b`; None if it is unknown."""
    if depth > _DEEPEST:
        return None
    values: list[bool | None] = []
    negated = is_any = False
    for token in tokens:
        if token.type == "ident":
            negated = negated or token.lower_value == "not"
            is_any = is_any or token.lower_value == "or"
            continue
        value = _term(token, term, depth)
        values.append(None if value is None else value != negated)
        negated = False
    if not values:
        return None
    decisive = is_any
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _term(token: Any, term: Callable[[Any], bool | None], depth: int) -> bool | None:
    if token.type != "() block":
        return term(token) if token.type == "function" else None
    inner = [part for part in token.content if part.type not in ("whitespace", "comment")]
    if any(part.type == "() block" for part in inner[:2]) or (inner and inner[0].type == "function"):
        return _logic(inner, term, depth + 1)
    return term(token)


def _feature(token: Any, sizes: Mapping[str, float] = _SCREEN) -> bool | None:
    if token.type == "function":
        return None
    parts = [part for part in token.content if part.type not in ("whitespace", "comment")]
    if not parts:
        return None
    written = tinycss2.serialize(parts)
    if parts[0].type == "ident" and len(parts) == 1:
        return _is_there(parts[0].lower_value)
    if parts[0].type == "ident" and parts[1] == ":":
        return _compared(parts[0].lower_value, parts[2:], sizes)
    signs = _SIGN.findall(written)
    sides = _SIGN.split(written)
    if not signs or len(sides) != len(signs) + 1:
        return None
    numbers = [_side(side, sizes) for side in sides]
    if None in numbers:
        return None
    return all(
        _ordered(one or 0.0, sign, other or 0.0) for one, sign, other in zip(numbers, signs, numbers[1:], strict=False)
    )


def _is_there(name: str) -> bool | None:
    if name in _TRAITS:
        return _TRAITS[name] not in _AS_NO
    if name in _NUMBERS:
        return _NUMBERS[name] > 0
    return True if name in _SCREEN or name == "resolution" else None


def _compared(name: str, value: list[Any], sizes: Mapping[str, float]) -> bool | None:
    bound, _, bare = name.removeprefix("-webkit-").partition("-")
    feature = bare if bound in ("min", "max") else name
    actual = _number(feature, sizes)
    if actual is not None:
        limit = _limit(value)
        if limit is None:
            return None
        return _ordered(actual, {"min": ">=", "max": "<="}.get(bound, "="), limit)
    if feature in _TRAITS and value and value[0].type == "ident":
        return bool(_TRAITS[feature] == value[0].lower_value)
    return None


def _number(name: str, sizes: Mapping[str, float]) -> float | None:
    if name in ("resolution", "device-pixel-ratio"):
        return _RESOLUTION
    return sizes.get(name, _NUMBERS.get(name))


def _side(written: str, sizes: Mapping[str, float]) -> float | None:
    tokens = [token for token in tinycss2.parse_component_value_list(written) if token.type != "whitespace"]
    if tokens and tokens[0].type == "ident":
        return _number(tokens[0].lower_value, sizes)
    return _limit(tokens)


def _limit(value: list[Any]) -> float | None:
    if not value:
        return None
    if value[0].type == "dimension" and value[0].lower_unit in ("dppx", "x", "dpi", "dpcm"):
        return float(value[0].value) / {"dpi": 96.0, "dpcm": 37.8}.get(value[0].lower_unit, 1.0)
    number = pixels(value[0])
    if number is not None and len(value) == 3 and value[1] == "/":
        below = pixels(value[2])
        return number / below if below else None
    return number


def _ordered(one: float, sign: str, other: float) -> bool:
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other, "=": one == other}[sign]
