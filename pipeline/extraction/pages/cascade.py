"""The declarations that apply to each element of a page: style sheets, inline styles, order, importance, variables.

Invariant: work is bounded. A page whose style sheets take more is refused, because what it hides cannot be found.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

import cssselect2
import tinycss2

from pipeline.extraction.containers import Refused

Declarations = dict[str, list[Any]]
"""Name of a property → its tokens, without `!important`."""

_MAX_SELECTORS_OF_PAGE = 20_000
_MAX_STEPS = 2_000_000
"""Tests of one selector on one element, and looks at an ancestor, sibling or child during them."""
_MAX_CHARACTERS = 3_000_000
"""Characters of the style sheets and inline styles of a page; equal inline styles count once."""
_MAX_NESTED_SELECTOR = 10_000
_MAX_DEPTH = 30
_MAX_VALUE_TOKENS = 400
_UNLAYERED = 1 << 30
_INLINE = (1 << 20, 0, 0)

_RELEVANT = re.compile(
    r"(?:-webkit-|-moz-|-ms-)?(?:display|visibility|content-visibility|opacity|filter|zoom|scale|rotate|translate|transform"
    r"|clip|clip-path|mask|mask-image|position|inset|inset-.*|left|right|top|bottom|margin|margin-.*|text-indent|overflow"
    r"|overflow-.*|width|height|max-width|max-height|inline-size|block-size|max-inline-size|max-block-size|line-height"
    r"|letter-spacing|font|font-size|color|background|background-color|background-image|text-fill-color|content|all"
    r"|color-scheme|float|white-space|list-style|list-style-type|counter-reset|counter-set|counter-increment|text-security"
    r")|--.*"
)
_NEVER_SHOWN = re.compile(r"\b(?:print|speech|braille|tty)\b")
_FEATURE = re.compile(r"\(\s*(min|max)-(?:device-)?(width|height)\s*:\s*(-?[\d.]+)(px|em|rem)?\s*\)")
_COMPARED = re.compile(r"\(\s*(width|height)\s*([<>])=?\s*(-?[\d.]+)(px|em|rem)?\s*\)")
_OTHERWISE = re.compile(
    r"prefers-color-scheme\s*:\s*dark|prefers-reduced|prefers-contrast\s*:\s*more|orientation\s*:\s*portrait"
    r"|hover\s*:\s*none|pointer\s*:\s*coarse|forced-colors\s*:\s*active|inverted-colors\s*:\s*inverted|scripting\s*:\s*none"
)
_SCREEN = {"width": 1280.0, "height": 800.0}
"""Pixels of the screen that a page is read on."""


class Cascade:
    """Style rules of a page, ready to be matched with its elements."""

    def __init__(self, sheets: Iterable[str], budget: "Budget") -> None:
        self._matcher = _Matcher(budget)
        self._selectors = 0
        self._layers: dict[str, int] = {}
        self._characters = Budget(_MAX_CHARACTERS)
        self._inline: dict[str, list[tuple[str, list[Any], bool]]] = {}
        for sheet in sheets:
            self._characters.take(len(sheet))
            self._add(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True), "", 0)

    def declarations(
        self, element: cssselect2.ElementWrapper, inline: str
    ) -> tuple[Declarations, Declarations, Declarations]:
        """The declarations for an element, and those for its `::before` and its `::after`."""
        own: list[tuple[Any, str, list[Any]]] = []
        parts: dict[str | None, list[tuple[Any, str, list[Any]]]] = {None: own, "before": [], "after": []}
        for specificity, order, pseudo, (layer, declared) in self._matcher.match(element):
            target = parts.get(pseudo)
            if target is not None:
                for name, value, important in declared:
                    rank = (important, -layer if important else layer, specificity, order)
                    target.append((rank, name, value))
        for order, (name, value, important) in enumerate(self._of_inline(inline)):
            own.append(((important, 0 if important else _UNLAYERED, _INLINE, order), name, value))
        return _last(own), _last(parts["before"]), _last(parts["after"])

    def _of_inline(self, style: str) -> list[tuple[str, list[Any], bool]]:
        if style not in self._inline:
            self._characters.take(len(style))
            self._inline[style] = list(_declared(style)) if style else []
        return self._inline[style]

    def _add(self, rules: Iterable[Any], layer: str, depth: int) -> None:
        for rule in rules:
            if rule.type == "qualified-rule":
                self._add_rule(rule, layer, depth)
            elif rule.type == "at-rule" and depth < _MAX_DEPTH:
                self._add_at_rule(rule, layer, depth)

    def _add_at_rule(self, rule: Any, layer: str, depth: int) -> None:
        prelude = tinycss2.serialize(rule.prelude).strip().lower()
        keyword = rule.lower_at_keyword
        if keyword == "layer":
            for name in prelude.split(","):
                self._layers.setdefault(f"{layer}.{name.strip()}", len(self._layers))
            layer = f"{layer}.{prelude}"
        applies = keyword in ("layer", "container", "scope")
        applies = applies or (keyword == "media" and media_applies(prelude))
        applies = applies or (keyword == "supports" and not prelude.startswith("not"))
        if rule.content is not None and applies:
            self._add(
                tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True), layer, depth + 1
            )

    def _add_rule(self, rule: Any, layer: str, depth: int) -> None:
        declared = list(_declared(rule.content))
        nested = [part for part in tinycss2.parse_blocks_contents(rule.content) if part.type == "qualified-rule"]
        if declared:
            rank = self._layers.get(layer, _UNLAYERED) if layer else _UNLAYERED
            self._select(rule.prelude, (rank, declared))
        if nested and depth < _MAX_DEPTH:
            outer = tinycss2.serialize(rule.prelude).strip()
            for inner in nested:
                selector = tinycss2.serialize(inner.prelude).strip()
                if len(selector) + selector.count("&") * len(outer) > _MAX_NESTED_SELECTOR:
                    raise Refused("corrupt")
                combined = selector.replace("&", f":is({outer})") if "&" in selector else f":is({outer}) {selector}"
                inner.prelude = tinycss2.parse_component_value_list(combined)
                self._add_rule(inner, layer, depth + 1)

    def _select(self, prelude: list[Any], payload: Any) -> None:
        try:
            self._selectors += 1 + sum(part == "," for part in prelude)
            if self._selectors > _MAX_SELECTORS_OF_PAGE:
                raise Refused("corrupt")
            for selector in cssselect2.compile_selector_list(prelude):
                self._matcher.add_selector(selector, payload)
        except cssselect2.SelectorError:
            return  # a browser skips the rule as well


class Budget:
    """Steps that matching may still take in a page."""

    def __init__(self, steps: int = _MAX_STEPS) -> None:
        self._left = steps

    def take(self, steps: int = 1) -> None:
        """Count steps. Raises `Refused` if there are none left."""
        self._left -= steps
        if self._left < 0:
            raise Refused("corrupt")


class CountedElement(cssselect2.ElementWrapper):  # type: ignore[misc]  # it has no types
    """An element whose relatives are looked at one by one, each for a step of the budget."""

    budget = Budget()

    @classmethod
    def top(cls, root: Element, budget: Budget) -> "CountedElement":
        """The root element of a page."""
        element: CountedElement = cls.from_html_root(root)
        element.budget = budget
        return element

    @property
    def ancestors(self) -> Iterator["CountedElement"]:
        return self._chain("parent")

    @property
    def previous_siblings(self) -> Iterator["CountedElement"]:
        return self._chain("previous")

    def iter_children(self) -> Iterator["CountedElement"]:
        for child in super().iter_children():
            self.budget.take()
            child.budget = self.budget
            yield child

    def _chain(self, relation: str) -> Iterator["CountedElement"]:
        element = getattr(self, relation)
        while element is not None:
            self.budget.take()
            yield element
            element = getattr(element, relation)


class _Matcher(cssselect2.Matcher):  # type: ignore[misc]  # it has no types
    """Counts its tests."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def add_relevant_selectors(self, element: Any, selectors: list[Any], relevant_selectors: list[Any]) -> None:
        self._budget.take(len(selectors))
        for test, specificity, order, pseudo, payload in selectors:
            if test(element):
                relevant_selectors.append((specificity, order, pseudo, payload))


def media_applies(query: str) -> bool:
    """Whether a media query holds on an ordinary screen; what it asks beyond size, colours and medium is taken to."""
    return not query or any(_one_applies(part.strip()) for part in query.split(","))


def _one_applies(query: str) -> bool:
    negated = query.startswith("not ") and "(" not in query[:6]
    holds = not _NEVER_SHOWN.search(query) and not _OTHERWISE.search(query)
    for bound, side, number, unit in _FEATURE.findall(query):
        limit = _number(number) * (1 if unit in ("", "px") else 16)
        holds = holds and (_SCREEN[side] >= limit if bound == "min" else _SCREEN[side] <= limit)
    for side, sign, number, unit in _COMPARED.findall(query):
        limit = _number(number) * (1 if unit in ("", "px") else 16)
        holds = holds and (_SCREEN[side] >= limit if sign == ">" else _SCREEN[side] <= limit)
    return holds != negated


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _declared(block: Any) -> Iterator[tuple[str, list[Any], bool]]:
    for part in tinycss2.parse_blocks_contents(block, skip_comments=True, skip_whitespace=True):
        if part.type == "declaration":
            name = part.name if part.name.startswith("--") else part.lower_name
            if _RELEVANT.fullmatch(name):
                value = [token for token in part.value if token.type not in ("whitespace", "comment")]
                yield name, value[:_MAX_VALUE_TOKENS], part.important


def _last(entries: list[tuple[Any, str, list[Any]]]) -> Declarations:
    entries.sort(key=lambda entry: entry[0])
    declarations: Declarations = {}
    for _, name, value in entries:
        declarations.pop(name, None)  # the order of the last ones decides between `font` and `font-size`
        declarations[name] = value
    return declarations


def resolved(value: list[Any], variables: Mapping[str, list[Any]]) -> list[Any]:
    """The tokens with those of their variables (`var(--name, fallback)`), within bounds."""
    return _resolved(value, variables, Budget(_MAX_VALUE_TOKENS)) if _has_function(value) else value


def _has_function(value: list[Any]) -> bool:
    return any(token.type == "function" for token in value)


def _resolved(value: list[Any], variables: Mapping[str, list[Any]], budget: Budget, depth: int = 0) -> list[Any]:
    tokens: list[Any] = []
    for token in value:
        if token.type != "function" or depth > _MAX_DEPTH:
            tokens.append(token)
            continue
        budget.take()
        if token.lower_name == "var" and token.arguments:
            name = next((part.value for part in token.arguments if part.type == "ident"), "")
            comma = next((at for at, part in enumerate(token.arguments) if part == ","), None)
            fallback = token.arguments[comma + 1 :] if comma is not None else []
            inner = variables.get(name, [part for part in fallback if part.type != "whitespace"])
            tokens += _resolved(inner, variables, budget, depth + 1)
        else:
            arguments = _resolved(token.arguments, variables, budget, depth + 1)
            tokens.append(tinycss2.ast.FunctionBlock(token.source_line, token.source_column, token.name, arguments))
    return tokens
