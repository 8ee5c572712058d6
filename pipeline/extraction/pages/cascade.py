"""The declarations that apply to each element of a page: style sheets, inline styles, order, importance, variables.

Invariant: work is bounded. A page whose style sheets take more is refused, because what it hides cannot be found.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import cssselect2
import tinycss2

from pipeline.extraction.containers import Refused
from pipeline.extraction.pages import animations, functions, values
from pipeline.extraction.pages.brackets import bounded
from pipeline.extraction.pages.conditions import container_applies, is_supported, media_applies
from pipeline.extraction.pages.lengths import split
from pipeline.extraction.pages.matching import Budget, CountedMatcher
from pipeline.extraction.pages.page_tree import WebPage
from pipeline.extraction.pages.selectors import RulePlace, in_brackets, with_known_parts, with_states

Declarations = dict[str, list[Any]]
"""Name of a property → its tokens, without `!important`."""
Declared = tuple[str, list[Any], bool]
"""A declaration: its property, its tokens, and whether it is important."""

_MAX_SELECTORS_OF_PAGE = 20_000
_STEPS_OF_DECLARATION = 4
"""A declaration that applies costs what four tests cost."""
_CHARACTERS_OF_STEP = 10
"""Characters of a condition that cost as much as one test."""
_MAX_CHARACTERS = 3_000_000
"""Characters of the style sheets and inline styles of a page; equal inline styles count once."""
_MAX_NESTED_SELECTOR = 10_000
_MAX_DEPTH = 30
_MAX_VALUE_TOKENS = 400
_ZERO = tinycss2.parse_component_value_list("0px")
_UNLAYERED = 1 << 30
_OF_BROWSER = -1
_INLINE = (1 << 20, 0, 0)
_ANIMATED = 0.5
"""Rank of an animation between ordinary and important declarations."""

_RELEVANT = re.compile(
    r"(?:-webkit-|-moz-|-ms-)?(?:display|visibility|content-visibility|opacity|filter|zoom|scale|rotate|translate|transform"
    r"|clip|clip-path|mask|mask-image|position|inset|inset-.*|left|right|top|bottom|margin|margin-.*|text-indent|overflow"
    r"|overflow-.*|width|height|max-width|max-height|inline-size|block-size|max-inline-size|max-block-size|line-height"
    r"|letter-spacing|font|font-size|color|background|background-color|background-image|text-fill-color|content|all"
    r"|color-scheme|background-clip|mix-blend-mode|mask-size|backface-visibility|contain|grid-template|grid-template-rows|grid-template-columns|grid-auto-rows|grid-auto-columns|quotes"
    r"|padding|padding-.*|min-width|min-height|min-inline-size|min-block-size|flex|flex-.*|gap|column-gap|transform-origin|aspect-ratio|mask-position|mask-composite|mask-mode|mask-type|background-size|stroke|stroke-width|animation|animation-.*|z-index|float|white-space|list-style|list-style-type|counter-reset"
    r"|counter-set|counter-increment|text-security|text-shadow|font-size-adjust|fill|fill-opacity"
    r"|grid-area|grid-row|grid-column|isolation|border|border-(?:top|bottom|left|right)|box-shadow|backdrop-filter|perspective"
    r"|container-type|box-sizing|text-decoration|text-decoration-.*|outline|outline-.*|font-family|offset-path|offset-distance"
    r"|line-clamp|box-orient|text-overflow|text-stroke|text-stroke-.*|text-anchor|transform-style|table-layout|writing-mode|columns"
    r"|column-count|column-width|offset|vertical-align"
    r")|--.*"
)
_OLDER_PARTS = dict.fromkeys(("-webkit-input-placeholder", "-moz-placeholder", "-ms-input-placeholder"), "placeholder")
_OF_ALTERNATIVES = frozenset(("switch", "maction", "mphantom"))
_BROWSER_SHEET = """
mphantom, maction > * + *, switch > * ~ * { display: none }
switch > [requiredextensions]:not([requiredextensions="http://www.w3.org/1999/xhtml"]),
switch > [systemlanguage]:not([systemlanguage*="en" i]) { display: none !important }
switch > [requiredextensions]:not([requiredextensions="http://www.w3.org/1999/xhtml"]):first-child + *,
switch > [systemlanguage]:not([systemlanguage*="en" i]):first-child + * { display: inline }
"""
"""Rules of browsers for elements that show one of several forms; those of authors precede them."""


class Cascade:
    """Style rules of a page, ready to be matched with its elements."""

    def __init__(self, page: WebPage, budget: Budget, fetched: Callable[[str], str | None]) -> None:
        """Read the style sheets of a page.

        Args:
            page: The page, with its style sheets in order.
            budget: Steps that matching may take.
            fetched: Gives the style sheet at an address, if it is at hand.

        """
        self._budget = budget
        self._matcher = CountedMatcher(budget)
        self._folded: dict[Any, dict[str, Declarations]] = {}
        """Rules, hints and inline style of an element to its declarations: most elements are like others."""
        self._fetched = fetched
        self._selectors = 0
        self._layers: dict[str, int] = {}
        self._characters = Budget(_MAX_CHARACTERS)
        self._inline: dict[str, list[Declared]] = {}
        self._frames: dict[str, list[tuple[str, list[Declared]]]] = {}
        self.registered: dict[str, list[Any]] = {}
        """First values of registered variables (`@property`)."""
        self.lacks_import = False
        """Whether a style sheet fetches one that is not at hand."""
        if any(element.tag in _OF_ALTERNATIVES for element in page.root.iter()):
            self._add(_parsed(_BROWSER_SHEET), RulePlace(is_browser=True))
        for sheet in page.sheets:
            self._add_text(sheet.text, RulePlace(shadow=sheet.shadow))

    def _add_text(self, text: str, place: RulePlace) -> None:
        self._characters.take(len(text))
        self._add(_parsed(bounded(text)), place)

    def declarations(
        self, element: cssselect2.ElementWrapper, hints: str, inline: str, around: Mapping[str, list[Any]]
    ) -> dict[str, Declarations]:
        """The declarations for an element (`""`), and for its parts, such as `before` and `placeholder`.

        Args:
            element: The element.
            hints: Declarations that its attributes stand for, which those of style sheets precede.
            inline: Its own declarations.
            around: The variables of the element around it, which conditions on the style of a container ask for.

        """
        matches = [match for match in self._matcher.match(element) if self._applies(match[3][2], around)]
        key = (tuple((order, pseudo) for _, order, pseudo, _ in matches), hints, inline)
        if key not in self._folded:
            self._budget.take(_STEPS_OF_DECLARATION * sum(len(declared) for *_, (_, declared, _) in matches))
            self._folded[key] = self._fold(matches, hints, inline)
        return self._folded[key]

    def _applies(self, conditions: Iterable[tuple[int, list[Any]]], around: Mapping[str, list[Any]]) -> bool:
        for length, condition in conditions:
            self._budget.take(1 + length // _CHARACTERS_OF_STEP)
            if not container_applies(condition, around):
                return False
        return True

    def _fold(self, matches: list[Any], hints: str, inline: str) -> dict[str, Declarations]:
        own: list[tuple[Any, str, list[Any]]] = []
        parts: dict[str | None, list[tuple[Any, str, list[Any]]]] = {None: own}
        parts |= {part: [] for part in ("before", "after", "first-line", "marker", "placeholder")}
        for specificity, order, pseudo, (layer, declared, _) in matches:
            target = parts.get(_OLDER_PARTS.get(pseudo, pseudo))
            if target is not None:
                for name, value, important in declared:
                    rank = (important, -layer if important else layer, specificity, order)
                    target.append((rank, name, value))
        for order, (name, value, _) in enumerate(self._of_inline(hints)):
            own.append(((False, _OF_BROWSER, _INLINE, order), name, value))
        for order, (name, value, important) in enumerate(self._of_inline(inline)):
            own.append(((important, 0 if important else _UNLAYERED, _INLINE, order), name, value))
        if self._frames and any(animations.is_animation(name) for _, name, _ in own):
            own += [
                ((_ANIMATED, 0, _INLINE, order), name, value)
                for order, (name, value) in enumerate(animations.shown(_last(own), self._frames))
            ]
        return {part or "": _last(entries) for part, entries in parts.items()}

    def _of_inline(self, style: str) -> "list[Declared]":
        if style not in self._inline:
            self._characters.take(len(style))
            self._inline[style] = list(_declared(bounded(style))) if style else []
        return self._inline[style]

    def _add(self, rules: Iterable[Any], place: RulePlace) -> None:
        for rule in rules:
            if rule.type == "qualified-rule":
                self._add_rule(rule.prelude, rule.content, place)
            elif rule.type == "at-rule" and place.depth < _MAX_DEPTH:
                self._add_at_rule(rule, place)

    def _add_at_rule(self, rule: Any, place: RulePlace) -> None:
        inner = self._inside(rule, place)
        if rule.lower_at_keyword == "import":
            self._import(rule.prelude, place)
        elif rule.content is None:
            return
        elif rule.lower_at_keyword.endswith("keyframes"):
            name = tinycss2.serialize(rule.prelude).strip().strip("\"'")
            self._frames[name] = [
                (tinycss2.serialize(frame.prelude).strip().lower(), list(_declared(frame.content)))
                for frame in tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                if frame.type == "qualified-rule"
            ]
        elif rule.lower_at_keyword == "font-face":
            self.registered |= functions.font_face(rule.content)
        elif rule.lower_at_keyword == "function":
            self.registered |= functions.defined(rule.prelude, rule.content)
        elif rule.lower_at_keyword == "property":
            for part in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
                if part.type == "declaration" and part.lower_name == "initial-value":
                    name = tinycss2.serialize(rule.prelude).strip()
                    self.registered[name] = [token for token in part.value if token.type != "whitespace"]
        elif inner is not None:
            self._add(_parsed(rule.content, is_block=True), inner)

    def _inside(self, rule: Any, place: RulePlace) -> RulePlace | None:
        """The place of the rules inside a conditional rule or a layer; None if they do not apply."""
        prelude = tinycss2.serialize(rule.prelude).strip()
        deeper = replace(place, depth=place.depth + 1)
        match rule.lower_at_keyword:
            case "layer":
                for name in prelude.lower().split(","):
                    self._layers.setdefault(f"{place.layer}.{name.strip()}", len(self._layers))
                return replace(deeper, layer=f"{place.layer}.{prelude.lower()}")
            case "media":
                return deeper if media_applies(prelude) else None
            case "supports":
                return deeper if is_supported(rule.prelude, _is_known_declaration) else None
            case "container":
                if not container_applies(rule.prelude):
                    return None
                if "style(" not in prelude.lower():
                    return deeper
                self._characters.take(len(prelude))
                return replace(deeper, styles=(*place.styles, (len(prelude), rule.prelude)))
            case "scope":
                return replace(deeper, scope=tuple(in_brackets(rule.prelude)))
        return None

    def _import(self, prelude: list[Any], place: RulePlace) -> None:
        tokens = [token for token in prelude if token.type not in ("whitespace", "comment")]
        if not tokens:
            return
        first, rest = tokens[0], tokens[1:]
        if first.type == "function":
            address = next((part.value for part in first.arguments if part.type == "string"), "")
        else:
            address = getattr(first, "value", "")
        layer = ""
        while rest and getattr(rest[0], "lower_name", getattr(rest[0], "lower_value", "")) in ("layer", "supports"):
            layer += tinycss2.serialize([rest.pop(0)])
        if not media_applies(tinycss2.serialize(rest)):
            return
        text = self._fetched(address) if isinstance(address, str) else None
        if text is None:
            self.lacks_import = True
            return
        if layer.startswith("layer"):
            self._layers.setdefault(f"{place.layer}.{layer}", len(self._layers))
            place = replace(place, layer=f"{place.layer}.{layer}")
        self._add_text(text, replace(place, depth=place.depth + 1))

    def _add_rule(self, prelude: list[Any], content: list[Any], place: RulePlace) -> None:
        declared = list(_declared(content))
        nested = [
            part
            for part in tinycss2.parse_blocks_contents(content)
            if part.type in ("qualified-rule", "at-rule") and part.content is not None
        ]
        if declared:
            self._characters.take(sum(map(len, place.scope)))
            rank = self._layers.get(place.layer, _UNLAYERED) if place.layer else _UNLAYERED
            self._select(place.selecting(prelude), (_OF_BROWSER if place.is_browser else rank, declared, place.styles))
        if nested and place.depth < _MAX_DEPTH:
            deeper = replace(place, depth=place.depth + 1)
            outer = tinycss2.serialize(prelude).strip()
            for inner in nested:
                if inner.type == "at-rule":
                    if (inside := self._inside(inner, place)) is not None:
                        self._add_rule(prelude, inner.content, inside)
                    continue
                selector = tinycss2.serialize(inner.prelude).strip()
                if len(selector) + selector.count("&") * len(outer) > _MAX_NESTED_SELECTOR:
                    raise Refused("styles")
                combined = selector.replace("&", f":is({outer})") if "&" in selector else f":is({outer}) {selector}"
                self._add_rule(tinycss2.parse_component_value_list(combined), inner.content, deeper)

    def _select(self, prelude: list[Any], payload: Any, *, is_forgiven: bool = False) -> None:
        try:
            self._selectors += 1 + sum(part == "," for part in prelude)
            if self._selectors > _MAX_SELECTORS_OF_PAGE:
                raise Refused("styles")
            for selector in cssselect2.compile_selector_list(with_states(prelude)):
                self._matcher.add_selector(selector, payload)
        except cssselect2.SelectorError:
            # A browser skips the rule as well, unless only a part of a forgiving list is unknown to it.
            if not is_forgiven and (forgiving := with_known_parts(prelude)) is not None:
                self._select(forgiving, payload, is_forgiven=True)
        except (SyntaxError, RecursionError):
            raise Refused("styles") from None  # the library writes a selector as one expression, which is too deep


def _parsed(text: Any, *, is_block: bool = False) -> list[Any]:
    parse = tinycss2.parse_rule_list if is_block else tinycss2.parse_stylesheet
    rules: list[Any] = parse(text, skip_comments=True, skip_whitespace=True)
    return rules


def _is_known_declaration(tokens: Any) -> bool:
    name, *value = [part for part in tokens if part.type not in ("whitespace", "comment") and part != ":"]
    return values.is_known(name.lower_value, value)


def _declared(block: Any) -> Iterator[Declared]:
    for part in tinycss2.parse_blocks_contents(block, skip_comments=True, skip_whitespace=True):
        if part.type == "declaration":
            name = part.name if part.name.startswith("--") else part.lower_name
            if _RELEVANT.fullmatch(name):
                value = [token for token in part.value if token.type not in ("whitespace", "comment")]
                if not values.is_known(name, value):
                    continue
                yield name, value[:_MAX_VALUE_TOKENS], part.important


def _last(entries: list[tuple[Any, str, list[Any]]]) -> Declarations:
    entries.sort(key=lambda entry: entry[0])
    declarations: Declarations = {}
    for _, name, value in entries:
        if len(value) == 1 and getattr(value[0], "lower_value", "") == "revert-layer":
            continue  # the layers below decide
        if name == "all":
            declarations = {kept: tokens for kept, tokens in declarations.items() if kept.startswith("--")}
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
        elif token.lower_name == "env":
            name, *rest = split(token.arguments, ",")
            is_inset = bool(name) and str(getattr(name[0], "value", "")).startswith("safe-area-")
            tokens += _ZERO if is_inset else _resolved(rest[0] if rest else [], variables, budget, depth + 1)
        elif token.lower_name == "if":
            inner = functions.chosen_value(
                token.arguments, variables, lambda part: _resolved(part, variables, budget, depth + 1)
            )
            tokens += _resolved(inner, variables, budget, depth + 1)
        elif token.name.startswith("--") and (result := functions.called(token.name, token.arguments, variables)):
            passed = {name: _resolved(part, variables, budget, depth + 1) for name, part in result[2].items()}
            tokens += _resolved(result[0], {**result[1], **passed}, budget, depth + 1)
        else:
            arguments = _resolved(token.arguments, variables, budget, depth + 1)
            tokens.append(tinycss2.ast.FunctionBlock(token.source_line, token.source_column, token.name, arguments))
    return tokens
