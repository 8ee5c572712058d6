"""The open elements of a page: which tags close others, and which elements go on in the next block.

The rules are those of the parser of HTML (https://html.spec.whatwg.org/multipage/parsing.html), as far as they decide
which text stands in which element: implied ends, scopes, formatting elements and the adoption agency algorithm.
"""

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from pipeline.extraction.containers import Refused

_CLOSES_PARAGRAPH = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dd",
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
        "li",
        "listing",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "ul",
        "xmp",
    ]
)
_AROUND = frozenset(
    ("applet", "caption", "html", "marquee", "object", "table", "td", "template", "th", "foreignobject")
)
"""Elements that an end tag inside them cannot close, and through which no other one closes anything."""
_MARKING = _AROUND - {"html", "table", "foreignobject"}
"""Elements into which no formatting element from before them goes on."""
_SPECIAL = _AROUND | _CLOSES_PARAGRAPH | frozenset(("body", "button", "select", "textarea", "tr", "tbody", "thead"))
_BETWEEN_ITEMS = _SPECIAL - {"address", "div", "p"}
_ROWS = frozenset(("tr", "td", "th"))
_SECTIONS = frozenset(("thead", "tbody", "tfoot", "caption", "colgroup"))
_SIBLINGS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), _BETWEEN_ITEMS - {"li"}),
    **dict.fromkeys(("dt", "dd"), (frozenset({"dt", "dd"}), _BETWEEN_ITEMS - {"dt", "dd"})),
    **dict.fromkeys(("td", "th"), (frozenset({"td", "th"}), frozenset({"table", "tr", "template"}))),
    "tr": (_ROWS, frozenset({"table", "tbody", "thead", "tfoot", "template"})),
    **dict.fromkeys(_SECTIONS, (_SECTIONS | _ROWS, frozenset({"table", "template"}))),
    "option": (frozenset({"option"}), frozenset({"select", "datalist", "optgroup"})),
    "optgroup": (frozenset({"option", "optgroup"}), frozenset({"select"})),
    **dict.fromkeys(("rt", "rp"), (frozenset({"rt", "rp"}), frozenset({"ruby", "rtc"}))),
}
"""Element → the open ones that it closes, and those through which it does not."""
_TABLE_PARTS = _ROWS | _SECTIONS
_FORMATTING = frozenset(
    [
        "a",
        "b",
        "big",
        "code",
        "em",
        "font",
        "i",
        "nobr",
        "s",
        "small",
        "strike",
        "strong",
        "tt",
        "u",
    ]
)
"""Elements that go on in the next block unless their own end tag closes them."""
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_MAX_OPEN = 400
"""An element deeper than this stands next to the last one instead of in it, as in browsers, which count to 512."""
_MOST_ALIKE = 3
"""Equal formatting elements that go on: the "Noah's Ark clause"."""
_MOST_COPIES = 100_000
"""Copies of formatting elements in a page."""
_AGENCY_ROUNDS = 8


class OpenElements:
    """The open elements of a page, and the formatting elements that go on."""

    def __init__(self, root: Element) -> None:
        self._open = [root]
        self._inside = {id(root)}
        """Identities of the open elements, so that no question about one needs a walk."""
        self._tags: Counter[str] = Counter()
        """How many elements of each tag are open, so that most questions need no walk."""
        self._going_on: list[Element | None] = []
        """None marks the beginning of a cell or the like, through which nothing goes on."""
        self._copies = 0

    @property
    def last(self) -> Element:
        """The innermost open element."""
        return self._open[-1]

    def within(self, tags: frozenset[str]) -> bool:
        """Whether an open element has one of the tags."""
        return any(self._tags[tag] for tag in tags)

    def innermost(self, tags: frozenset[str]) -> Element | None:
        """The innermost open element with one of the tags."""
        return next((one for one in reversed(self._open) if one.tag in tags), None) if self.within(tags) else None

    def start(self, element: Element, *, stays_open: bool, is_xml: bool) -> None:
        """Put an element into the tree, after what its start tag implies."""
        tag = element.tag
        if not is_xml:
            self._close_before(tag)
        if len(self._open) >= _MAX_OPEN:
            self.leave()
        if not is_xml and tag not in _SPECIAL:
            if tag in ("a", "nobr") and any(one is not None and one.tag == tag for one in self._after_mark()):
                list(self.end(tag, is_xml=False))
            self.reopen()
        self._open[-1].append(element)
        if not stays_open:
            return
        self._enter(element)
        if is_xml:
            return
        if tag in _FORMATTING:
            self._remember(element)
        elif tag in _MARKING:
            self._going_on.append(None)

    def leave(self) -> None:
        """Close the innermost element."""
        if len(self._open) > 1:
            self._leave_from(len(self._open) - 1)

    def end(self, tag: str, *, is_xml: bool) -> Iterator[tuple[Element, Element]]:
        """Close what an end tag closes; blocks whose words so far moved into a copy of a formatting element."""
        if tag in _FORMATTING and not is_xml:
            yield from self._end_formatting(tag)
            return
        is_open = self._tags[tag] or (tag in _HEADINGS and not is_xml and self.within(_HEADINGS))
        for at in range(len(self._open) - 1 if is_open else 0, 0, -1):
            found = self._open[at].tag
            if found == tag or (tag in _HEADINGS and found in _HEADINGS and not is_xml):
                self._leave_from(at)
                return
            if found in _AROUND and tag not in _AROUND | _TABLE_PARTS and not is_xml:
                break
        if tag == "p" and not is_xml:
            self._open[-1].append(Element("p"))

    def reopen(self) -> None:
        """Go on with the formatting elements that a block ended without their end tags."""
        waiting = len(self._going_on)
        while waiting and (one := self._going_on[waiting - 1]) is not None and not self._is_open(one):
            waiting -= 1
        for at in range(waiting, len(self._going_on)):
            element = self._going_on[at]
            if element is None or len(self._open) >= _MAX_OPEN:
                return
            copy = self._copy(element)
            self._open[-1].append(copy)
            self._enter(copy)
            self._going_on[at] = copy

    def _end_formatting(self, tag: str) -> Iterator[tuple[Element, Element]]:
        """The adoption agency algorithm."""
        for _ in range(_AGENCY_ROUNDS):
            element = next((one for one in reversed(self._after_mark()) if one.tag == tag), None)
            if element is None or not self._is_open(element):
                if element is not None:
                    self._going_on = [one for one in self._going_on if one is not element]
                return
            at = self._place(element)
            if any(one.tag in _AROUND for one in self._open[at + 1 :]):
                return
            block_at = next((n for n in range(at + 1, len(self._open)) if self._open[n].tag in _SPECIAL), None)
            if block_at is None:
                self._close_from(at)
                self._going_on = [one for one in self._going_on if one is not element]
                return
            yield self._adopt(element, at, block_at)

    def _adopt(self, element: Element, at: int, block_at: int) -> tuple[Element, Element]:
        """Move a block out of a formatting element, a copy of which then holds what was in the block."""
        block = self._open[block_at]
        self._open[block_at - 1].remove(block)
        last = block
        kept: list[Element] = []
        for node in reversed(self._open[at + 1 : block_at]):
            place = next((n for n, one in enumerate(self._going_on) if one is node), None)
            if place is None:
                continue
            copy = self._copy(node)
            self._going_on[place] = copy
            copy.append(last)
            kept.insert(0, copy)
            last = copy
        self._open[at - 1].append(last)
        copy = self._copy(element)
        copy.text, block.text = block.text, None
        copy.extend(list(block))
        for child in list(block):
            block.remove(child)
        block.append(copy)
        self._going_on = [copy if one is element else one for one in self._going_on]
        after = self._open[block_at + 1 :]
        self._close_from(at)
        for one in (*kept, block, copy, *after):
            self._enter(one)
        return block, copy

    def _copy(self, element: Element) -> Element:
        self._copies += 1
        if self._copies > _MOST_COPIES:
            raise Refused("corrupt")
        return Element(element.tag, element.attrib)

    def _remember(self, element: Element) -> None:
        alike = [one for one in self._after_mark() if one.tag == element.tag and one.attrib == element.attrib]
        if len(alike) >= _MOST_ALIKE:
            self._going_on = [one for one in self._going_on if one is not alike[0]]
        self._going_on.append(element)
        if len(self._going_on) > _MAX_OPEN:
            del self._going_on[0]

    def _after_mark(self) -> list[Element]:
        found: list[Element] = []
        for one in reversed(self._going_on):
            if one is None:
                break
            found.append(one)
        return found[::-1]

    def _leave_from(self, at: int) -> None:
        """Close the open elements from a place on."""
        marks = sum(one.tag in _MARKING for one in self._open[at:])
        self._close_from(at)
        for _ in range(marks):
            while self._going_on and self._going_on.pop() is not None:
                continue

    def _enter(self, element: Element) -> None:
        self._open.append(element)
        self._inside.add(id(element))
        self._tags[element.tag] += 1

    def _close_from(self, at: int) -> None:
        self._tags.subtract(one.tag for one in self._open[at:])
        self._inside.difference_update(id(one) for one in self._open[at:])
        del self._open[at:]

    def _is_open(self, element: Element) -> bool:
        return id(element) in self._inside

    def _place(self, element: Element) -> int:
        return next(at for at, one in enumerate(self._open) if one is element)

    def _close_before(self, tag: str) -> None:
        """Close what a start tag closes."""
        if tag in _CLOSES_PARAGRAPH:
            self._close(frozenset({"p"}), _AROUND | {"button"})
        if tag in _HEADINGS and self._open[-1].tag in _HEADINGS:
            self.leave()
        closes, through = _SIBLINGS.get(tag, (frozenset(), frozenset()))
        if closes:
            self._close(closes, through)

    def _close(self, tags: frozenset[str], through: frozenset[str]) -> None:
        if not self.within(tags):
            return
        last = None
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].tag in tags:
                last = at
                if len(tags) == 1:
                    break
            elif self._open[at].tag in through:
                break
        if last is not None:
            self._leave_from(last)
