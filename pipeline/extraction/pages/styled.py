"""The style of each element of a page: how its text looks, and what kind of box it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree.ElementTree import Element

from pipeline.extraction.pages import covering, cutting, fields, functions, presentation, svg, web_colours
from pipeline.extraction.pages.cascade import Cascade, Declarations, resolved
from pipeline.extraction.pages.extents import BoxSurroundings
from pipeline.extraction.pages.flowing import PLAIN as STILL
from pipeline.extraction.pages.flowing import Flowing, flowing
from pipeline.extraction.pages.looks import TextLook
from pipeline.extraction.pages.masks import Masks
from pipeline.extraction.pages.matching import Budget, CountedElement
from pipeline.extraction.pages.page_tree import SHADOW_ROOT, WebPage
from pipeline.extraction.pages.placing import PLAIN, BoxPlace, placed
from pipeline.extraction.pages.slots import Slots
from pipeline.extraction.pages.tracks import Tracks

BY_NATURE = {
    "template": "template",
    "noscript": "noscript",
    "noframes": "noscript",
    "noembed": "noscript",
    "datalist": "datalist",
    "canvas": "fallback",
    "video": "fallback",
    "audio": "fallback",
    "meter": "fallback",
    "progress": "fallback",
    "iframe": "fallback",
    "metadata": "fallback",
    "desc": "alt-text",
    "annotation": "alt-text",
    "annotation-xml": "alt-text",
}
"""Elements whose text a browser with scripts does not show."""
_INTERFACE = "interface"
"""Controls and their labels that are hidden until a script shows them: a search box, a dialog with its buttons."""
NOT_LIVE = frozenset(BY_NATURE.values()) | {_INTERFACE}
"""Techniques whose text is not part of the page as it stands; it is reported and left out."""
_NOT_WITHOUT_BOX = frozenset(("input", "textarea", "select", "img", "object", "embed", "iframe", "meter", "progress"))
"""Elements that `display: contents` hides: CSS Display 3, appendix B."""
_UNTIL_SHOWN = frozenset(("display-none", "hidden-attribute", "dialog"))
_CONTROLS = frozenset(("input", "select", "textarea", "button"))

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "listing",
        "main",
        "menu",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "caption",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "td",
        "th",
        "ul",
        "xmp",
        "text",
    ]
)
_ONE_LINE = 160
"""Characters of a paragraph that a wide screen shows in one line."""
_PRESERVING = frozenset(("pre", "listing", "xmp", "plaintext", "textarea"))
_BLOCK_DISPLAYS = frozenset(("block", "flex", "grid", "list-item", "flow-root", "table", "table-row", "table-caption"))
_INLINE_DISPLAYS = frozenset(
    ("inline", "inline-block", "inline-flex", "inline-grid", "inline-table", "contents", "ruby")
)
_HOLDERS_OF_BLOCKS = frozenset(("flex", "grid", "inline-flex", "inline-grid"))
_LIST_TYPES = {"1": "decimal", "a": "lower-alpha", "A": "upper-alpha", "i": "lower-roman", "I": "upper-roman"}
_TABLE_PARTS = frozenset(("table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th"))


@dataclass(frozen=True, slots=True)
class Generated:
    """Content of `::before` or `::after`."""

    tokens: list[Any]
    is_hidden: bool
    is_block: bool


@dataclass(frozen=True, slots=True)
class Styled:
    """Style of one element; the default is that of the page itself."""

    look: TextLook = field(default_factory=TextLook)
    is_block: bool = True
    display: str = "block"
    white_space: str = "normal"
    list_style: str = "disc"
    before: Generated | None = None
    after: Generated | None = None
    counters: tuple[tuple[str, list[Any]], ...] = ()
    """Declarations that set or count counters."""
    placed: BoxPlace = PLAIN
    flowing: Flowing = STILL
    is_cell: bool = False
    """Whether it is a cell of a table, which grows with what is in it."""
    cut: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Its pieces of text that are cut off: how many of their characters are shown, and the technique."""
    parts: Mapping[str, BoxPlace] = field(default_factory=dict)
    """Places of what style sheets write before and after the element, where that may lie over others."""
    is_column: bool = False
    """Whether it is a flexible box whose children stand below each other."""
    placeholder: str | None = None
    """How the text that stands in the field while it is empty is hidden; None if a reader sees it."""
    hides_own_words: bool = False
    """Whether text that stands in the element itself is hidden, and that of the elements in it is not."""


def styles(
    page: WebPage, fetched: Callable[[str], str | None] = lambda _: None, *, has_unknown_sheet: bool = False
) -> dict[int, Styled]:
    """The style of each element, by its identity. Raises `Refused` if the style sheets take too long.

    Args:
        page: The page, with the style sheets that apply to it.
        fetched: Gives the style sheet at an address that another one imports, if it is at hand.
        has_unknown_sheet: Whether a further one is elsewhere: then the colour behind text is anyone's guess.

    """
    budget = Budget()
    cascade = Cascade(page, budget, fetched)
    is_unknown = has_unknown_sheet or cascade.lacks_import
    top = Styled(TextLook(background=None if is_unknown else TextLook().background, variables=cascade.registered))
    context = _Context(page, cascade, svg.Drawings(page.root), Masks(page.root), fields.chosen(page.root))
    drawings = context.drawings
    slots = Slots(page.shadows)
    styled: dict[int, Styled] = {}
    for element in CountedElement.top(page.root, budget).iter_subtree():
        around = element.parent.etree_element if element.parent is not None else None
        outer = styled[id(around)] if around is not None else top
        node = element.etree_element
        style = _styled(element, outer, around, context)
        if slots.hides(node) and not style.look.boxed:
            style = replace(style, look=replace(style.look, boxed="display-none"))
        elif slots.is_unused(node) and not style.look.boxed:
            style = replace(style, look=replace(style.look, boxed="fallback"))
        hides_words = slots.hides_words(node) or drawings.hides_words(node)
        styled[id(node)] = replace(style, hides_own_words=True) if hides_words else style
    has_script = page.root.find(".//script") is not None
    for node in covering.covered(page.root, styled):
        style = styled[id(node)]
        # A script may take the cover away: a sign that the page loads, the next picture of a row.
        look = replace(style.look, boxed="covered-interface" if has_script else "covered")
        styled[id(node)] = replace(style, look=look)
    pieces: dict[int, dict[str, tuple[int, str]]] = {}
    for node, text, shown, technique in cutting.cut_off(page.root, styled):
        cut = pieces.setdefault(id(node), {})
        cut[text] = (max(shown, cut[text][0]) if text in cut else shown, technique)
    styled |= {key: replace(styled[key], cut=cut) for key, cut in pieces.items()}
    return styled


_Likeness = tuple[str, int, int, tuple[tuple[str, str], ...]]
_STYLING = frozenset(("hidden", "open", "popover", "data", "label", "aria-hidden", "type", "placeholder", SHADOW_ROOT))
"""Attributes that have a say in the style of an element, apart from those that stand for declarations."""


@dataclass(slots=True)
class _Context:
    """Facts that the style of an element depends on, apart from its own declarations and the element around it."""

    page: WebPage
    cascade: Cascade
    drawings: svg.Drawings
    masks: Masks
    chosen: set[int]
    """The options that their fields show."""
    tracks: Tracks = field(default_factory=Tracks)
    alike: dict[_Likeness, tuple[Styled, dict[str, Declarations], Styled]] = field(default_factory=dict)
    """Styles that further elements of the same kind have, with what their keys name by identity."""

    def likeness(self, node: Element, outer: Styled, parts: dict[str, Declarations]) -> _Likeness | None:
        """The key of an element whose style depends on nothing else; None for others."""
        if not self.tracks.is_empty or node.tag == "table" or parts["first-line"] or id(node) in self.chosen:
            return None
        if self.drawings.holds(node) or any(map(functions.reads_attributes, parts[""].values())):
            return None
        return node.tag, id(outer), id(parts), tuple(one for one in node.attrib.items() if one[0] in _STYLING)


def _styled(element: CountedElement, outer: Styled, outside: Element | None, context: _Context) -> Styled:
    """The style of an element, which is computed once for elements that are alike."""
    node = element.etree_element
    hints = presentation.declarations(node.tag, node.attrib)
    parts = context.cascade.declarations(element, hints, node.attrib.get("style", ""), outer.look.variables)
    key = context.likeness(node, outer, parts)
    if key is None:
        return _computed(node, parts, outer, outside, context)
    if key not in context.alike:
        style = _computed(node, parts, outer, outside, context)
        if style.look.boxed:  # it may depend on what is in the element
            return style
        context.alike[key] = outer, parts, style
    return context.alike[key][2]


def _computed(
    node: Element, parts: dict[str, Declarations], outer: Styled, outside: Element | None, context: _Context
) -> Styled:
    drawings = context.drawings
    attributes = node.attrib
    declared, before, after = presentation.as_text(node.tag, parts[""]), parts["before"], parts["after"]
    declared = {
        name: value if name == "content" else functions.with_attributes(value, attributes)
        for name, value in declared.items()
    }
    if id(node) in context.chosen:  # its field shows an option that its list leaves out
        declared = {name: value for name, value in declared.items() if name != "display"}
        attributes = {name: value for name, value in attributes.items() if name != "hidden"}
    around = BoxSurroundings(
        node.tag,
        outer.display,
        outer.is_column,
        outer.look.height_known,
        context.page.is_quirky,
        drawings.holds(node),
    )
    look = _look(attributes, outer.look, declared, around)
    plain = {
        name.removeprefix("-webkit-"): resolved(value, look.variables)
        for name, value in declared.items()
        if not name.startswith("--")
    }
    context.tracks.collapse(node, plain)
    if context.tracks.is_flat(outside, plain) and look.clips and not look.boxed:
        look = replace(look, boxed="zero-size")
    if context.tracks.is_collapsed(node) and not look.boxed:
        look = replace(look, boxed="visibility-hidden")
    if not look.boxed and (technique := context.masks.hiding(plain)):
        look = replace(look, boxed=technique)
    if node.tag == "foreignobject":
        look = replace(look, fill=None)
    if parts["first-line"] and sum(map(len, node.itertext())) <= _ONE_LINE:
        look = look.inside(parts["first-line"])
    if look.boxed in _UNTIL_SHOWN and not outer.look.boxed and any(one.tag in _CONTROLS for one in node.iter()):
        look = replace(look, boxed=_INTERFACE)
    if not look.boxed and (technique := drawings.hiding(node, plain, look.font)):
        look = replace(look, boxed=technique)
    if fill := drawings.fill(node):
        shown = web_colours.colour(fill)
        look = replace(look, fill=shown if shown is not None else (web_colours.BLACK, 0.0))
    if (behind := drawings.background(node)) is not svg.UNCHANGED:
        look = replace(look, background=behind)
    own: dict[str, str] = {
        name: _word(resolved(declared[name], look.variables))
        for name in ("display", "float", "position", "white-space")
        if name in declared
    }
    tag = node.tag
    display = own.get("display", "") or ("list-item" if tag == "li" else "block" if tag in _BLOCKS else "inline")
    is_block = _is_block(tag, display, own, outer)
    white_space = own.get("white-space") or ("pre" if tag in _PRESERVING else outer.white_space)
    counters = tuple((name, declared[name]) for name in declared if name.startswith("counter-"))
    parts_placed = {
        name: place
        for name in ("before", "after")
        if parts[name].get("content") and (place := _placed(tag, parts[name], look)).may_cover
    }
    context.tracks.open(node, display, plain)
    direction = [*plain.get("flex-direction", []), *plain.get("flex-flow", [])]
    return Styled(
        look,
        is_block,
        display,
        white_space if white_space not in ("inherit", "unset") else outer.white_space,
        _marker(parts["marker"]) or _list_style(node.tag, attributes, declared, outer.list_style),
        _generated(before, look, holds_blocks=display in _HOLDERS_OF_BLOCKS),
        _generated(after, look, holds_blocks=display in _HOLDERS_OF_BLOCKS),
        counters,
        _placed(tag, declared, look),
        flowing(tag, plain, {name: _word(value) for name, value in plain.items()}, look.font),
        tag in ("td", "th"),
        parts=parts_placed,
        is_column=any(_word([token]).startswith("column") for token in direction),
        placeholder=look.inside(parts["placeholder"]).technique if parts["placeholder"] else look.technique,
    )


def _placed(tag: str, declared: Declarations, look: TextLook) -> BoxPlace:
    own = {name: resolved(value, look.variables) for name, value in declared.items() if not name.startswith("--")}
    return placed(tag, own, look.font, look.opacity) if own else PLAIN


def _look(attributes: dict[str, str], outer: TextLook, declared: Declarations, around: BoxSurroundings) -> TextLook:
    tag = around.tag
    look = outer.inside(declared, around)
    if look.boxed:
        return look
    by_nature = BY_NATURE.get(tag)
    if tag == "template" and SHADOW_ROOT in attributes:
        by_nature = None
    if tag == "object" and "data" in attributes:
        by_nature = "fallback"
    if tag == "option" and attributes.get("label"):
        by_nature = "fallback"
    shown = "display" in declared
    waits = (tag == "dialog" and "open" not in attributes) or "popover" in attributes
    is_hidden = "hidden" in attributes and not shown
    if (by_nature and not (is_hidden and tag == "iframe")) or (waits and not shown):
        return replace(look, boxed=by_nature or "dialog")
    if is_hidden:
        return replace(look, boxed="hidden-attribute")
    if tag in _NOT_WITHOUT_BOX and _word(declared.get("display", [])) == "contents":
        return replace(look, boxed="display-none")
    if attributes.get("aria-hidden", "").lower() == "true" and look.quiet is None:
        return replace(look, quiet="aria-hidden")
    return look


def _is_block(tag: str, display: str, own: dict[str, str], outer: Styled) -> bool:
    if tag in _TABLE_PARTS or display in _BLOCK_DISPLAYS:
        return True
    if own.get("position") in ("absolute", "fixed") or own.get("float", "none") not in ("none", ""):
        return True
    if outer.display in _HOLDERS_OF_BLOCKS and display != "contents":
        return True
    return display not in _INLINE_DISPLAYS and tag in _BLOCKS


def _marker(declared: Declarations) -> str:
    """The style of list that writes the content of a `::marker`; empty if it has none."""
    return next((f'"{token.value}' for token in declared.get("content", ()) if token.type == "string"), "")


def _list_style(tag: str, attributes: dict[str, str], declared: Declarations, outer: str) -> str:
    if tag in ("ul", "menu", "dir"):
        outer = "disc"
    elif tag == "ol":
        outer = _LIST_TYPES.get(attributes.get("type", "1"), "decimal")
    elif tag == "li" and "type" in attributes:
        outer = _LIST_TYPES.get(attributes["type"], attributes["type"].lower())
    for name in ("list-style", "list-style-type"):
        for token in declared.get(name, ()):
            if token.type == "string":
                return f'"{token.value}'
            if token.type == "ident" and token.lower_value not in ("inside", "outside", "inherit", "initial", "unset"):
                outer = token.lower_value
    return outer


def _generated(declared: Declarations, look: TextLook, *, holds_blocks: bool) -> Generated | None:
    tokens = resolved(declared.get("content", []), look.variables)
    if not tokens or _word(tokens) in ("none", "normal", "inherit", "initial", "unset"):
        return None
    own = look.inside({name: value for name, value in declared.items() if name != "content"})
    is_block = _word(declared.get("display", [])) in _BLOCK_DISPLAYS
    is_block = is_block or _word(declared.get("position", [])) in ("absolute", "fixed") or holds_blocks
    is_block = is_block or _word(declared.get("float", [])) not in ("", "none")
    return Generated(tokens, own.technique is not None, is_block)


def _word(value: list[Any]) -> str:
    return value[0].lower_value if value and value[0].type == "ident" else ""
