"""Functions of style sheets that choose or make values: `if()`, functions of the page itself (`@function`), `attr()`.

Source: CSS Values and Units 5, CSS Functions and Mixins 1. A condition that cannot be judged is taken to hold, because
its value may hide something.
"""

from collections.abc import Callable, Mapping
from typing import Any

import tinycss2

from pipeline.extraction.pages.conditions import chosen
from pipeline.extraction.pages.lengths import split

Variables = Mapping[str, list[Any]]
_PARAMETERS = "(,)"
"""Ends the names under which the parameters of functions stand among variables; no author can write such a name."""
_RESULT = "()"
_FONT = "(font) "


def defined(prelude: list[Any], content: list[Any]) -> dict[str, list[Any]]:
    """What `@function` adds to the variables of a page: the parameters, and the declarations of the function."""
    head = next((token for token in prelude if token.type == "function"), None)
    if head is None:
        return {}
    found: dict[str, list[Any]] = {head.name + _PARAMETERS: [], head.name + _RESULT: []}
    for part in split(head.arguments, ",", keeps_blanks=True):
        name = next((word for word in part if word.type == "ident" and word.value.startswith("--")), None)
        if name is None:
            continue
        found[head.name + _PARAMETERS].append(name)
        colon = next((at for at, one in enumerate(part) if one == ":"), None)
        if colon is not None:
            found[head.name + name.value] = _trimmed(part[colon + 1 :])
    for part in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if part.type == "declaration" and part.lower_name == "result":
            found[head.name + _RESULT] = _trimmed(part.value)
        elif part.type == "declaration" and part.name.startswith("--"):
            found[f"{head.name}{_RESULT} {part.name}"] = _trimmed(part.value)
    return found


def font_face(content: list[Any]) -> dict[str, list[Any]]:
    """The share of its size that `@font-face` gives the letters of a font, as a variable."""
    own = {
        part.lower_name: _trimmed(part.value)
        for part in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
        if part.type == "declaration"
    }
    if not own.get("size-adjust") or not own.get("font-family"):
        return {}
    return {family(own["font-family"]): own["size-adjust"]}


def family(tokens: list[Any]) -> str:
    """The name of a variable for the first font of a list."""
    first = split(tokens, ",")[0]
    return f"{_FONT}{' '.join(str(getattr(token, 'value', '')) for token in first).lower()}"


def called(
    name: str, arguments: list[Any], variables: Variables
) -> tuple[list[Any], Variables, dict[str, list[Any]]] | None:
    """The value of a function of the page, the variables that hold in it, and its arguments; None if there is none."""
    result = variables.get(name + _RESULT)
    if result is None:
        return None
    given = [_trimmed(part) for part in split(arguments, ",", keeps_blanks=True)] if arguments else []
    own = f"{name}{_RESULT} "
    inner = {**variables, **{key.removeprefix(own): one for key, one in variables.items() if key.startswith(own)}}
    passed: dict[str, list[Any]] = {}
    for at, parameter in enumerate(variables[name + _PARAMETERS]):
        value = given[at] if at < len(given) and given[at] else variables.get(name + parameter.value)
        if value is not None:
            passed[parameter.value] = value
    return result, inner, passed


def chosen_value(arguments: list[Any], variables: Variables, resolve: Callable[[list[Any]], list[Any]]) -> list[Any]:
    """The value that `if()` gives.

    Args:
        arguments: Its tokens.
        variables: The variables of the element.
        resolve: Puts the values of variables in their place.

    """

    def is_styled(token: Any) -> bool | None:
        name, *value = [part for part in token.arguments if part.type not in ("whitespace", "comment")]
        if name.type != "ident" or not name.value.startswith("--"):
            return None
        actual = variables.get(name.value)
        if not value:
            return actual is not None
        return actual is not None and _written(resolve(actual)) == _written(resolve(value[1:]))

    for branch in split(arguments, ";", keeps_blanks=True):
        colon = next((at for at, one in enumerate(branch) if one == ":"), None)
        if colon is None:
            continue
        condition = _trimmed(branch[:colon])
        if chosen(condition, is_styled):
            return _trimmed(branch[colon + 1 :])
    return []


def reads_attributes(value: list[Any]) -> bool:
    """Whether a value names attributes of its element."""
    return any(token.type == "function" and token.lower_name == "attr" for token in value)


def with_attributes(value: list[Any], attributes: Mapping[str, str]) -> list[Any]:
    """The tokens of a value with those of the attributes that it names (`attr(name type(...), fallback)`)."""
    if not reads_attributes(value):
        return value
    found: list[Any] = []
    for token in value:
        if token.type != "function" or token.lower_name != "attr":
            found.append(token)
            continue
        name, *rest = split(token.arguments, ",")
        written = attributes.get(name[0].lower_value) if name and name[0].type == "ident" else None
        found += _tokens(written) if written is not None else [part for fallback in rest for part in fallback]
    return found


_MOST_OF_ATTRIBUTE = 200
"""Characters of an attribute that stands for a value."""


def _tokens(written: str) -> list[Any]:
    return _trimmed(tinycss2.parse_component_value_list(written[:_MOST_OF_ATTRIBUTE], skip_comments=True))


def _trimmed(tokens: list[Any]) -> list[Any]:
    return [token for token in tokens if token.type not in ("whitespace", "comment")]


def _written(tokens: list[Any]) -> str:
    return str(tinycss2.serialize(_trimmed(tokens))).strip().lower()
