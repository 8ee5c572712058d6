"""The tree of a page, its texts and its comments in order, from its mark-up as browsers repair it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_CLOSES_PARAGRAPH = frozenset(
    ("p", "div", "ul", "ol", "table", "section", "article", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "form", "header")
)
_SIBLINGS = frozenset(("li", "td", "th", "tr", "option", "dt", "dd"))
_MAX_OPEN = 400
"""Elements deeper than this inherit from the last one that was counted."""


@dataclass(frozen=True, slots=True)
class Words:
    """Text, and the element it stands in."""

    text: str
    element: Element
    line: int


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that is not an instruction to an old browser."""

    text: str
    line: int


@dataclass(slots=True)
class WebPage:
    """A page; `items` are in the order of the mark-up."""

    root: Element
    items: list[Words | Comment] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    linked_styles: bool = False
    """A style sheet is elsewhere."""


def parsed(text: str) -> WebPage:
    """The page of a mark-up."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.page


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = WebPage(Element("html"))
        self._open = [self.page.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in reversed(attrs)}  # the first of a name counts
        if tag == "html":
            self.page.root.attrib.update(attributes)
            return
        top = self._open[-1].tag
        if (top == "p" and tag in _CLOSES_PARAGRAPH) or (top == tag and tag in _SIBLINGS):
            self._open.pop()
        if tag == "link" and "stylesheet" in attributes.get("rel", "").lower():
            self.page.linked_styles = True
        if len(self._open) >= _MAX_OPEN:
            return
        element = Element(tag, attributes)
        self._open[-1].append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if any(element.tag in ("svg", "math") for element in self._open) and self._open[-1].tag == tag:
            self._open.pop()  # only there a slash closes

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at].tag == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        element = self._open[-1]
        if element.tag == "style":
            self.page.sheets.append(data)
            self.page.linked_styles = self.page.linked_styles or "@import" in data.lower()
        elif data.strip():
            self.page.items.append(Words(data, element, self.getpos()[0]))

    def handle_comment(self, data: str) -> None:
        if not data.startswith("[if") and "endif" not in data[-12:]:
            self.page.items.append(Comment(data, self.getpos()[0]))
