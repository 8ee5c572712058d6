"""Text that boxes cut off: below their end, beyond their right edge, after their last line (CSS Overflow 3 and 4).

Invariant: places are estimated so that text begins rather too early than too late, and boxes are taken to be rather too
wide than too narrow. So what counts as cut off certainly is.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from pipeline.extraction.pages.flowing import Flowing, Length
from pipeline.extraction.pages.text_sizes import IDEOGRAPHS, ONE_LINE, OWN_LAYOUT, WIDE_LETTER, most_size

if TYPE_CHECKING:
    from pipeline.extraction.pages.styled import Styled

_WIDTH = 1264.0
"""Pixels of a line of a page without styles on a screen of 1280."""
_EDGE = 8.0
_SCREEN_HEIGHT = 800.0
_LEAST_FONT = 0.01
_LETTER = 0.42
"""Width of a letter in sizes of its font, rather too little than too much."""
_SEEN_OF_LINE = 0.4
"""Part of a line, in sizes of its font, in which no more than the tips of letters are seen."""
_ROWS = frozenset(("flex", "inline-flex", "grid", "inline-grid", "table-row"))
_OF_CONTENT = frozenset(("inline-block", "inline-flex", "inline-grid", "inline-table", "table", "table-cell"))
"""Displays of boxes that become as wide as what is in them."""
_OUT_OF_FLOW = frozenset(("absolute", "fixed"))
_AS_WRITTEN = frozenset(("pre", "pre-wrap", "pre-line", "break-spaces"))


@dataclass(slots=True)
class _FilledBox:
    """A box that is being filled: where its lines begin, how wide they are, and where the boxes around cut them off."""

    element: Element
    styled: "Styled"
    left: float
    top: float
    width: float
    bottom: float
    right: float
    is_row: bool = False
    is_exact: bool = False
    """Whether its left edge is known, and not only where it is at least."""
    height: float | None = None
    in_fixed_table: bool = False
    taken: float = 0.0
    """Pixels of a row that boxes which do not shrink take."""
    boxes: int = 0
    """Boxes in it so far."""
    lowest: float = 0.0
    back: tuple[float, float, float] | None = None
    """Where the flow goes on after it, if it takes no room."""


def cut_off(root: Element, styles: Mapping[int, "Styled"]) -> Iterator[tuple[Element, str, int, str]]:
    """The pieces of text that are cut off.

    Args:
        root: The root of the page.
        styles: The style of each element, by its identity.

    Yields:
        The element, its piece of text, how many characters of that are shown, and the technique.

    """
    if any(
        one.flowing.cuts_down or one.flowing.cuts_across or one.flowing.position == "absolute"
        for one in styles.values()
    ):
        yield from _Flow(styles).cut_off(root)


class _Flow:
    def __init__(self, styles: Mapping[int, "Styled"]) -> None:
        self._styles = styles
        self._open: list[_FilledBox] = []
        self._at = 0.0
        self._down = _EDGE
        self._margin = 0.0
        """Margin right above, which a larger one takes the place of."""

    def cut_off(self, root: Element) -> Iterator[tuple[Element, str, int, str]]:
        waiting: list[tuple[int, Element, Element]] = [(_OPEN, root, root)]
        gone: list[tuple[Element, str]] = []
        while waiting:
            step, element, around = waiting.pop()
            if step == _TEXT:
                yield from self._words(element.tail, around, gone)
            elif step == _CLOSE:
                self._leave(element)
                if gone and gone[-1][0] is element:
                    gone.pop()
            else:
                if element is not root:
                    waiting.append((_TEXT, element, around))
                if self._styles[id(element)].look.boxed or element.tag in OWN_LAYOUT:
                    continue
                technique = self._enter(element)
                if technique is not None:
                    gone.append((element, technique))
                waiting.append((_CLOSE, element, element))
                waiting.extend((_OPEN, child, element) for child in reversed(element))
                yield from self._words(element.text, element, gone)

    def _words(
        self, text: str | None, element: Element, gone: list[tuple[Element, str]]
    ) -> Iterator[tuple[Element, str, int, str]]:
        if not text or not self._open:
            return
        if not text.strip():
            self._at += _LETTER * self._styles[id(element)].look.font if self._at > self._open[-1].left else 0.0
            return
        if gone:
            yield element, text, 0, gone[-1][1]
            return
        shown = self._shown(text, element)
        if shown < len(text.rstrip()):
            yield element, text, shown, "cut-off"

    def _shown(self, text: str, element: Element) -> int:
        """Write a piece of text; how many of its characters are shown."""
        styled, line = self._styles[id(element)], self._open[-1]
        font = styled.look.font * min(1.0, styled.look.zoom)
        height = max(0.1, styled.look.line) * max(font, _LEAST_FONT)
        self._margin = 0.0
        first: int | None = None
        pieces = text.split("\n") if styled.white_space in _AS_WRITTEN else [text]
        read = 0
        for number, piece in enumerate(pieces):
            if number:
                self._at, self._down = line.left, self._down + height
            letter = (
                WIDE_LETTER if sum(ord(sign) >= IDEOGRAPHS for sign in piece[:99]) > len(piece[:99]) / 2 else _LETTER
            )
            count = len(piece if styled.white_space in _AS_WRITTEN else " ".join(piece.split()))
            room = self._room(styled, line, font, height)
            fits = max(0, math.ceil(room / (letter * font))) if math.isfinite(room) and font else count
            if fits < count and first is None:
                first = read + _place_of(piece, fits)
            self._advance(styled, line, letter * font * count, height)
            read += len(piece) + 1
        return len(text) if first is None else first

    def _room(self, styled: "Styled", line: _FilledBox, font: float, height: float) -> float:
        """Pixels of text that are shown from here on."""
        lowered = 0.0 if styled.is_block else styled.flowing.lowered
        if self._down + lowered >= line.bottom - _SEEN_OF_LINE * font:
            return 0.0
        if line.left >= line.right:
            return 0.0
        if styled.white_space in ONE_LINE:
            return line.right - self._at
        lines = (line.bottom - _SEEN_OF_LINE * font - self._down) / height
        if not math.isfinite(lines) or not math.isfinite(line.width):
            return math.inf
        return math.ceil(lines) * line.width - (self._at - line.left)

    def _advance(self, styled: "Styled", line: _FilledBox, length: float, height: float) -> None:
        at = self._at - line.left + length
        if styled.white_space in ONE_LINE or not math.isfinite(line.width):
            self._at += length
            return
        lines = int(at // line.width)
        self._down += lines * height
        self._at = line.left + at - lines * line.width

    def _break(self, font: float, line_height: float, *, is_forced: bool = False) -> None:
        """End the line that is being written, if there is one."""
        if self._at > self._open[-1].left or is_forced:
            self._down += line_height * font
            self._margin = 0.0
        self._at = self._open[-1].left

    def _enter(self, element: Element) -> str | None:
        """Begin an element; the technique that hides all of it, if one does."""
        styled = self._styles[id(element)]
        own, font = styled.flowing, styled.look.font
        parent = self._open[-1] if self._open else None
        if element.tag == "br" and parent is not None:
            self._break(font, styled.look.line, is_forced=True)
            return None
        if parent is None:
            self._at = _EDGE
            self._open.append(_FilledBox(element, styled, _EDGE, _EDGE, _WIDTH, math.inf, math.inf, is_exact=True))
            return None
        is_full = own.floats and own.width is not None and own.width.of(parent.width) >= parent.width
        is_apart = (
            (own.floats and not is_full)
            or own.position in _OUT_OF_FLOW
            or styled.display in _OF_CONTENT - {"table", "table-cell"}
        )
        if not styled.is_block and not is_apart and not is_full:
            return None
        back = None
        if is_apart or element.tag == "details":
            back = (self._at, self._down, self._margin)
        elif parent.is_row and not (parent.styled.flowing.wraps and own.takes_line):
            self._down, self._margin = parent.top, 0.0
        else:
            self._break(parent.styled.look.font, parent.styled.look.line)
        if back is None:
            added = max(0.0, own.margins[0] - self._margin)
            self._down += added
            self._margin = max(self._margin, own.margins[0])
            if parent.styled.flowing.lines is not None:  # it shows lines, and the margins between them
                parent.bottom += added
        line = self._line(element, styled, parent, back)
        technique = self._placed(line, own) if own.position == "absolute" else None
        parent.boxes += 1
        if own.is_stiff and own.width is not None and not is_apart:
            parent.taken += own.width.of(parent.width)
        self._open.append(line)
        self._down = line.top
        self._at = line.left + own.indent
        return technique

    def _line(
        self, element: Element, styled: "Styled", parent: _FilledBox, back: tuple[float, float, float] | None
    ) -> _FilledBox:
        own = styled.flowing
        left = parent.left + own.margins[3] + own.paddings[3]
        if parent.is_row and parent.styled.display.endswith("flex") and not parent.styled.is_column:
            left += parent.boxes * parent.styled.flowing.gap + parent.taken
        outer = _width(own, styled, parent)
        inner = outer - (own.paddings[1] + own.paddings[3] if own.is_border_box or own.width is None else 0.0)
        border = inner + own.paddings[1] + own.paddings[3]
        bottom, right = parent.bottom, parent.right
        if own.is_free or own.position == "fixed":
            bottom = right = math.inf
        top = self._down
        room = _height(own, parent.height)
        if own.cuts_down and room is not None:
            bottom = min(bottom, top + room + (0.0 if own.is_border_box else own.edge))
        if own.cuts_down and own.lines is not None:
            bottom = min(bottom, top + own.edge + own.paddings[0] + own.lines * styled.look.line * styled.look.font)
        if own.cuts_across:
            right = min(right, left - own.paddings[3] + border)
        if own.cuts_down or own.paddings[0]:
            self._margin = 0.0
        is_row = styled.display in _ROWS or element.tag == "tr"
        return _FilledBox(
            element,
            styled,
            left,
            top + own.edge + own.paddings[0],
            max(inner, styled.look.font, _LEAST_FONT),
            bottom,
            right,
            is_row=is_row and not styled.is_column,
            in_fixed_table=own.is_fixed_table or (parent.in_fixed_table and element.tag != "table"),
            is_exact=parent.is_exact and not parent.is_row and not own.floats and not own.is_auto and back is None,
            height=_height(own, parent.height, is_declared=True),
            back=back,
        )

    def _placed(self, line: _FilledBox, own: Flowing) -> str | None:
        """Put a box where it is placed; the technique that hides all of it, if its place does."""
        frame = next((one for one in reversed(self._open) if _is_frame(one)), self._open[0])
        cuts = frame.styled.flowing
        is_page = frame.element.tag in ("html", "body") or frame is self._open[0]
        line.bottom, line.right = frame.bottom, frame.right
        if own.top is not None:
            if own.top.share >= 1 and own.top.pixels >= 0 and cuts.cuts_down and frame.height is None:
                return "cut-off"
            line.top = frame.top - cuts.paddings[0] + own.top.of(frame.height or 0.0) + own.paddings[0]
        if own.left is not None:
            if own.left.share >= 1 and own.left.pixels >= 0 and cuts.cuts_across:
                return "cut-off"
            line.left = frame.left - cuts.paddings[3] + own.left.pixels + own.paddings[3]
        if own.top is None and _is_whole(own.bottom) and (cuts.cuts_down or is_page):
            return "cut-off" if cuts.cuts_down else "off-screen"
        if own.left is None and _is_whole(own.right):
            if cuts.cuts_across:
                return "cut-off"
            if frame.is_exact and frame.left - cuts.paddings[3] <= 2 * _EDGE:
                return "off-screen"
        if technique := self._beyond(line, frame, is_page=is_page):
            return technique
        if own.is_free or (own.top is None and own.bottom is not None) or (own.left is None and own.right is not None):
            line.bottom = line.right = math.inf  # it is placed from its end, whose place is unknown
        return None

    def _beyond(self, line: _FilledBox, frame: _FilledBox, *, is_page: bool) -> str | None:
        """The technique that hides a placed box, if all of it lies beyond an edge of the box its place counts from."""
        own, cuts = line.styled.flowing, frame.styled.flowing
        known = own.width.of(frame.width) if own.width is not None else None
        across, down = most_size(line.element, self._styles, known, frame.width if frame.is_exact else 0.0)
        if own.top is None and own.bottom is not None:
            if cuts.cuts_down and own.bottom.pixels <= -down and not own.bottom.is_share:
                return "cut-off"
            if frame is self._open[0] and own.bottom.pixels >= _SCREEN_HEIGHT:
                return "off-screen"
        if own.left is None and own.right is not None and cuts.cuts_across and own.right.pixels <= -across:
            return "cut-off"
        is_above = own.top is not None and not own.top.is_share and own.top.pixels <= -down
        # A link to the content of the page stands there until somebody reaches it with the keyboard.
        return "screen-reader" if is_above and is_page and not _is_frame(frame) and not own.is_free else None

    def _leave(self, element: Element) -> None:
        if not self._open or self._open[-1].element is not element:
            return
        line = self._open[-1]
        own, look = line.styled.flowing, line.styled.look
        if line.back is None:
            self._break(look.font, look.line)
        self._open.pop()
        if not self._open:
            return
        if line.back is not None:
            self._at, self._down, self._margin = line.back
            return
        self._down = max(self._down, line.lowest)
        start = line.top - own.paddings[0] - own.edge
        if line.height is not None:
            self._down, self._margin = start + line.height, 0.0
        elif (most := _height(own, None)) is not None and own.cuts_down:
            self._down = min(self._down + own.paddings[2], start + most)
        else:
            self._down += own.paddings[2]
        if own.least_height is not None:
            self._down = max(self._down, start + own.least_height.pixels)
        self._down += max(0.0, own.margins[2] - self._margin)
        self._margin = max(self._margin, own.margins[2])
        parent = self._open[-1]
        parent.lowest = max(parent.lowest, self._down)
        self._at = parent.left


_OPEN, _TEXT, _CLOSE = range(3)


def _place_of(piece: str, fits: int) -> int:
    """The end of the last word that begins among the first characters of a text, without its blanks."""
    count, inside = 0, False
    for at, sign in enumerate(piece):
        if sign.isspace():
            inside = False
            continue
        count += 1 if inside or not count else 2
        if not inside and count > fits:
            return at
        inside = True
    return len(piece)


def _is_frame(line: _FilledBox) -> bool:
    own = line.styled.flowing
    return own.position != "static" or own.is_free


def _is_whole(length: Length | None) -> bool:
    return length is not None and length.share >= 1 and length.pixels >= 0


def _width(own: Flowing, styled: "Styled", parent: _FilledBox) -> float:
    """Pixels that a box is wide at most."""
    is_of_content = styled.display in _OF_CONTENT or own.floats or own.position in _OUT_OF_FLOW
    if styled.display == "block" and styled.is_cell and not parent.in_fixed_table:
        is_of_content = True
    if parent.is_row and (own.is_stiff or not own.cuts_across):
        is_of_content = True
    available = math.inf if is_of_content else parent.width - own.margins[1] - own.margins[3]
    width = own.width.of(parent.width) if own.width is not None else available
    if own.most_width is not None:
        width = min(width, own.most_width.of(parent.width))
    if own.least_width is not None:
        width = max(width, own.least_width.of(parent.width))
    return width


def _height(own: Flowing, around: float | None, *, is_declared: bool = False) -> float | None:
    """Pixels of height that a box has, or, if only its largest height is declared, that it shows."""
    extra = 0.0 if own.is_border_box else own.paddings[0] + own.paddings[2]
    lengths = [own.height] if is_declared else [own.height, own.most_height]
    known = [
        length.of(around or 0.0)
        for length in lengths
        if length is not None and (not length.is_share or around is not None)
    ]
    if not known:
        return None
    least = own.least_height.pixels if own.least_height is not None else 0.0
    return max(min(known), least) + extra
