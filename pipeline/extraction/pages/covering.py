"""Text behind other elements: the order of painting, and a rough layout in pixels.

Sources: CSS 2.2, appendix E (order of painting), and CSS Positioned Layout 3 (containing blocks). Invariant: an element
counts as a cover only if it is opaque and its declared place and size lie over all of the text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from pipeline.extraction.pages.placing import FAR, BoxPlace

if TYPE_CHECKING:
    from pipeline.extraction.pages.styled import Styled

Key = tuple[tuple[int, int, int], ...]
"""When something is painted: for each stacking context around it, the layer, the phase in it and the place."""

_WIDTH = 1264.0
"""Pixels of a line of a page without styles on a screen of 1280."""
_EDGE = 8.0
_BLOCK, _FLOATING, _WORDS, _POSITIONED = range(4)
_BACKGROUND = (-(1 << 40), 0, 0)
"""The background of a stacking context is painted before all that is in it."""
_LETTER = 0.65
"""Width of a letter in sizes of its font, rather too much than too little."""
_LINE = 1.25
_SLACK = 4.0
"""Pixels above and below letters that may stick out."""
_MARGINS = frozenset(("p", "ul", "ol", "dl", "blockquote", "pre", "figure", "h1", "h2", "h3", "h4", "h5", "h6"))
_MARGIN = 16.0
_MOST_COVERS = 200
"""Elements of a page that are looked at as covers of others."""
_ITEMS = frozenset(("flex", "grid", "inline-flex", "inline-grid"))
_OUT_OF_FLOW = frozenset(("absolute", "fixed"))
_EVERYTHING = (-FAR, -FAR, FAR, FAR)


@dataclass(slots=True)
class _Box:
    element: Element
    placed: BoxPlace
    near: Key
    """Where its own words are painted."""
    real: Key
    """The stacking context for positioned elements in it."""
    painted: Key
    """When its background is painted."""
    left: float
    top: float
    font: float
    parent: "_Box | None"
    after: float = 0.0
    """Where the next element begins if this one takes no room."""
    padding: float = 0.0
    """Pixels between its top and its first line."""
    covers: list[tuple[Key, tuple[float, float, float, float]]] = field(default_factory=list)
    """Over the part of the page in it: when the cover is painted; its left, top, right and bottom."""


def covered(root: Element, styles: Mapping[int, "Styled"]) -> Iterator[Element]:
    """The elements whose own words are behind others.

    Args:
        root: The root of the page.
        styles: The style of each element, by its identity.

    """
    if any(one.placed.may_cover or (one.placed.layer or 0) < 0 or one.parts for one in styles.values()):
        yield from _Layout(styles).covered(root)


class _Layout:
    def __init__(self, styles: Mapping[int, "Styled"]) -> None:
        self._styles = styles
        self._boxes: list[_Box] = []
        self._cells: dict[tuple[int, str], list[_Box]] = {}
        self._covers = 0
        self._down = _EDGE
        self._margin = 0.0
        """Margin below the block that has just ended."""

    def covered(self, root: Element) -> Iterator[Element]:
        self._lay_out(root)
        last = len(self._boxes)
        for box in self._boxes:
            if not self._own_words(box.element):
                continue
            if self._is_covered(box, last):
                yield box.element

    def _lay_out(self, root: Element) -> None:
        waiting: list[tuple[Element, bool]] = [(root, True)]
        parents: list[_Box] = []
        while waiting:
            element, opens = waiting.pop()
            if not opens:
                self._leave(parents.pop())
                continue
            if self._styles[id(element)].look.boxed and element.tag != "iframe":
                continue
            parents.append(self._enter(element, parents[-1] if parents else None))
            waiting.append((element, False))
            waiting.extend((child, True) for child in reversed(element))

    def _enter(self, element: Element, parent: _Box | None) -> _Box:
        styled = self._styles[id(element)]
        own = styled.placed
        near, real, painted = self._painting(styled, parent)
        left, top, after = (parent.left, parent.top, self._down) if parent else (0.0, 0.0, self._down)
        if own.position in _OUT_OF_FLOW:
            frame = _frame(own, parent)
            left = (frame.left if frame else 0.0) + own.left if own.left is not None else left
            top = (frame.top if frame else 0.0) + own.top if own.top is not None else self._down
        elif styled.is_block and parent is not None:
            left += max(0.0, styled.flowing.margins[3]) + self._styles[id(parent.element)].flowing.paddings[3]
            margin = _MARGIN if element.tag in _MARGINS and not own.has_margin else own.margin
            self._down += margin - min(self._margin, max(0.0, margin))  # the larger of two margins counts
            self._margin = 0.0
            top = self._down - own.raised
        box = _Box(element, own, near, real, painted, left, top, styled.look.font, parent, after)
        if styled.is_block and own.position not in _OUT_OF_FLOW:
            box.padding = styled.flowing.paddings[0]
            self._down += box.padding
        if styled.is_block:
            self._down += _lines(self._own_words(element), box.font) * _LINE * box.font
        before = self._before(element, parent)
        self._boxes.append(box)
        self._cover(box, before)
        if "before" in styled.parts:
            self._cover(self._part(box, styled.parts["before"]), None)
        return box

    def _leave(self, box: _Box) -> None:
        styled = self._styles[id(box.element)]
        if "after" in styled.parts:
            self._cover(self._part(box, styled.parts["after"]), None)
        if box.placed.position in _OUT_OF_FLOW:
            self._down = box.after
        elif styled.is_block and box.parent is not None:
            if box.placed.height is not None and box.placed.height < FAR:
                self._down = box.top + box.placed.raised + box.placed.height
            else:
                self._down += styled.flowing.paddings[2]
            if (box.placed.height or FAR) >= FAR and box.element.tag in _MARGINS and not box.placed.has_margin:
                self._down += _MARGIN
                self._margin = _MARGIN

    def _painting(self, styled: "Styled", parent: _Box | None) -> tuple[Key, Key, Key]:
        """Where the words of an element, the positioned elements in it, and its background are painted."""
        own, order = styled.placed, len(self._boxes)
        if parent is None:
            return (), (), (_BACKGROUND,)
        is_item = self._styles[id(parent.element)].display in _ITEMS
        if own.position != "static" or own.stacks or (is_item and own.layer is not None):
            layer = own.layer or 0
            near = (*parent.real, (layer, _POSITIONED if layer >= 0 else _BLOCK, order))
            return near, near if own.layer is not None or own.stacks else parent.real, (*near, _BACKGROUND)
        if is_item or own.floats or styled.display.startswith("inline-"):
            near = (*parent.near, (0, _FLOATING if own.floats else _WORDS, order))
            return near, parent.real, (*near, _BACKGROUND)
        return parent.near, parent.real, (*parent.near, (0, _BLOCK if styled.is_block else _WORDS, order))

    def _part(self, box: _Box, own: BoxPlace) -> _Box:
        """The box of what a style sheet writes before or after the content of an element."""
        layer, order = own.layer or 0, len(self._boxes)
        is_positioned = own.position != "static"
        near = (*box.real, (layer, _POSITIONED if layer >= 0 else _BLOCK, order)) if is_positioned else box.near
        return _Box(box.element, own, near, near, (*near, _BACKGROUND), box.left, box.top, box.font, box)

    def _before(self, element: Element, parent: _Box | None) -> _Box | None:
        """The box of the element before this one."""
        if parent is None or not self._styles[id(element)].placed.may_cover:
            return None
        last = self._boxes[-1]
        while last.parent is not None and last.parent is not parent:
            last = last.parent
        return last if last.parent is parent else None

    def _cover(self, box: _Box, before: _Box | None) -> None:
        own, parent = box.placed, box.parent
        same = self._cells.setdefault((id(parent), own.cell), []) if own.cell else []
        box.covers += [(other.painted, _EVERYTHING) for other in same if other.placed.opaque]
        if own.opaque and box.element.tag not in ("html", "body"):
            box.covers.append((box.painted, _EVERYTHING))
        if own.may_cover and self._covers < _MOST_COVERS:
            self._covers += 1
            if own.position in _OUT_OF_FLOW:
                frame = _frame(own, parent) or self._boxes[0]
                extent = own.extent(frame.left, frame.top)
                if extent is not None:
                    frame.covers.append((box.painted, extent))
                while own.fills and frame.placed.position in _OUT_OF_FLOW and frame.placed.fills:
                    frame = _frame(frame.placed, frame.parent) or self._boxes[0]
                    frame.covers.append((box.painted, _EVERYTHING))
            elif own.opaque:
                for other in same:
                    other.covers.append((box.painted, _EVERYTHING))
                if before is not None and own.height and (own.raised > 0 or own.margin < 0):
                    right = FAR if own.width is None else box.left + own.width
                    before.covers.append((box.painted, (box.left, box.top, right, box.top + own.height)))
        same.append(box)

    def _is_covered(self, box: _Box, last: int) -> bool:
        key = (*box.near, (0, _WORDS, last))
        around: _Box | None = box
        while around is not None:
            for painted, extent in around.covers:
                if painted > key and (extent == _EVERYTHING or self._lies_over(extent, box)):
                    return True
            if around.placed.is_elsewhere:
                return False
            around = around.parent
        return False

    def _lies_over(self, extent: tuple[float, float, float, float], box: _Box) -> bool:
        words = self._own_words(box.element)
        right = box.left + min(_WIDTH, len(words) * _LETTER * box.font)
        first = box.top + box.padding
        bottom = first + _lines(words, box.font) * _LINE * box.font
        left, top = box.left + _SLACK, first + _SLACK
        return extent[0] <= left and extent[1] <= top and extent[2] >= right - _SLACK and extent[3] >= bottom - _SLACK

    def _own_words(self, element: Element) -> str:
        """The words of an element and of the inline elements in it."""
        pieces = [element.text or ""]
        for child in element:
            if not self._styles[id(child)].is_block and not self._styles[id(child)].look.boxed:
                pieces += child.itertext()
            pieces.append(child.tail or "")
        return " ".join("".join(pieces).split())


def _frame(own: BoxPlace, parent: _Box | None) -> _Box | None:
    """The element that the place of one counts from; None: the page."""
    if own.position == "fixed":
        return None
    while parent is not None and not parent.placed.is_frame:
        parent = parent.parent
    return parent


def _lines(words: str, font: float) -> int:
    return -(-int(len(words) * _LETTER * font) // int(_WIDTH)) if words else 0
