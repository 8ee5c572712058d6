"""The tree of a page, its texts and its comments in order, from its mark-up as browsers repair it."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

from pipeline.extraction.pages import fields
from pipeline.extraction.pages.conditions import media_applies
from pipeline.extraction.pages.open_elements import OpenElements

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
_NOT_APPLIED = frozenset(("noscript", "template"))
"""Elements whose style sheets a browser with scripts does not apply."""


_AS_CHARACTERS = frozenset(("textarea", "title"))
"""Elements in which tags are characters and references are not."""
_AS_WRITTEN = ("script", "style", "xmp", "iframe", "noembed", "noframes")
_FOREIGN = frozenset(("svg", "math"))
SHADOW_HOST = " shadow-host"
SHADOW_ROOT = " shadow-root"
"""Attributes that no author can write, because of the blank."""
_COMMENT_END = re.compile(r"--!?>")
_NAME_OF_DECLARATION = re.compile(r"xml\b|php\b|=", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_WORDS_OF_DOCTYPE = 4
"""Words of a document type without its addresses: `DOCTYPE html PUBLIC`, `DOCTYPE html SYSTEM`."""


@dataclass(slots=True)
class Words:
    """Text, and the element it stands in."""

    text: str
    element: Element
    line: int
    is_placeholder: bool = False
    """Whether it stands in a field only as long as that is empty."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that is not an instruction to an old browser."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """A style sheet, and the shadow root that it is in."""

    text: str
    shadow: int | None = None


@dataclass(slots=True)
class WebPage:
    """A page; `items` are in the order of the mark-up. The elements hold all text, blanks included."""

    root: Element
    items: list[Words | Comment] = field(default_factory=list)
    sheets: list[StyleSheet] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """Addresses of style sheets outside of the page."""
    is_quirky: bool = True
    """Whether the page has no document type, or an old one: browsers then read it as they did before."""
    shadows: list[tuple[Element, Element]] = field(default_factory=list)
    """Hosts of shadow roots, and the roots, whose numbers are their places here."""


def is_shadow_root(element: Element) -> bool:
    """Whether an element is a template that browsers show in place of the content of its parent."""
    return element.tag == "template" and element.get("shadowrootmode", "").lower() in ("open", "closed")


def _is_applied(link: dict[str, str]) -> bool:
    relations = link.get("rel", "").lower().split()
    if "stylesheet" not in relations or "alternate" in relations or "disabled" in link:
        return False
    return media_applies(link.get("media", ""))


def parsed(text: str, *, is_xml: bool = False) -> WebPage:
    """The page of a mark-up; in XML a slash closes any element."""
    parser = _Parser(is_xml=is_xml)
    parser.feed(text)
    parser.close()
    return parser.page


class _Parser(HTMLParser):
    def __init__(self, *, is_xml: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.CDATA_CONTENT_ELEMENTS = (*_AS_WRITTEN, *_AS_CHARACTERS)  # type: ignore[misc]  # typed as final
        self.page = WebPage(Element("html"))
        self._open = OpenElements(self.page.root)
        self._is_xml = is_xml
        self._words: dict[int, list[Words]] = {}
        self._data: list[str] = []
        """Text since the last tag, joined once: a mark-up of nothing but `<` has a piece for each character."""
        self._data_line = 1

    def close(self) -> None:
        """End the page; a style sheet or field without an end tag goes on up to here."""
        super().close()
        if self.cdata_elem is not None and self.rawdata:
            self.handle_data(self.rawdata)
        self._end_data()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_data()
        attributes = {name: value or "" for name, value in reversed(attrs)}  # the first of a name counts
        if tag == "html":
            self.page.root.attrib.update(attributes)
            return
        if tag == "body" and (body := self.page.root.find("body")) is not None:
            body.attrib.update({name: value for name, value in attributes.items() if name not in body.attrib})
            return
        if tag == "link" and _is_applied(attributes):
            self.page.links.append(attributes.get("href", ""))
        element = Element(tag, attributes)
        if is_shadow_root(element):
            host = self._open.last
            host.set(SHADOW_HOST, str(len(self.page.shadows)))
            element.set(SHADOW_ROOT, str(len(self.page.shadows)))
            self.page.shadows.append((host, element))
        self._open.start(element, stays_open=tag not in _VOID, is_xml=self._is_xml)
        if tag in ("img", "input") and (shown := fields.shown(element)) and shown not in fields.CHOICE_MARKS:
            self.page.items.append(Words(shown, element, self.getpos()[0], fields.is_placeholder(element)))
        if tag == "textarea" and (shown := element.get("placeholder", "")):
            self.page.items.append(Words(shown, element, self.getpos()[0], is_placeholder=True))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if self._is_foreign() and self._open.last.tag == tag:
            self._open.leave()  # only there a slash closes

    def handle_endtag(self, tag: str) -> None:
        self._end_data()
        for block, copy in self._open.end(tag, is_xml=self._is_xml):
            for words in self._words.pop(id(block), ()):
                words.element = copy
                self._words.setdefault(id(copy), []).append(words)

    def handle_data(self, data: str) -> None:
        if not self._data:
            self._data_line = self.getpos()[0]
        self._data.append(data)

    def _end_data(self) -> None:
        if not self._data:
            return
        data, self._data = "".join(self._data), []
        element = self._open.last
        if element.tag == "style":
            around = self._open.innermost(_NOT_APPLIED)
            shadow = None if around is None else around.get(SHADOW_ROOT)
            kind = element.get("type", "").strip().lower()
            if (around is None or shadow) and kind in ("", "text/css") and media_applies(element.get("media", "")):
                text = data.replace("<![CDATA[", "").replace("]]>", "")
                self.page.sheets.append(StyleSheet(text, int(shadow) if shadow else None))
            return
        if self.cdata_elem in _AS_CHARACTERS:
            data = html.unescape(data)
        if self.cdata_elem is None and not self._is_xml:
            self._open.reopen()
            element = self._open.last
        if len(element):
            element[-1].tail = (element[-1].tail or "") + data
        else:
            element.text = (element.text or "") + data
        if data.strip():
            words = Words(data, element, self._data_line)
            self._words.setdefault(id(element), []).append(words)
            self.page.items.append(words)

    def handle_comment(self, data: str) -> None:
        self._end_data()
        if not data.startswith("[if") and "endif" not in data[-12:]:
            self.page.items.append(Comment(data, self.getpos()[0]))

    def handle_pi(self, data: str) -> None:
        if not _NAME_OF_DECLARATION.match(data):
            self.handle_comment(data)

    def handle_decl(self, decl: str) -> None:
        name = decl.lower()
        if name.startswith("doctype") and ("public" not in name or "xhtml 1." in name or "html 4.01" in name):
            self.page.is_quirky = False
        if len(_QUOTED.sub("", decl.partition("[")[0]).split()) > _WORDS_OF_DOCTYPE:
            self.handle_comment(decl)

    def unknown_decl(self, data: str) -> None:
        self.handle_data(data.removeprefix("CDATA["))  # in HTML it never comes here

    def set_cdata_mode(self, elem: str, **more: bool) -> None:
        """Take what follows as characters up to the end of an element."""
        if elem in ("script", "style") or not self._is_foreign():
            super().set_cdata_mode(elem, **more)

    def parse_comment(self, i: int, report: bool = True) -> int:  # noqa: ARG002
        """Read a comment as browsers do: an unclosed one holds the rest of the page."""
        start = i + len("<!--")
        for empty in (">", "->"):
            if self.rawdata.startswith(empty, start):
                return start + len(empty)
        end = _COMMENT_END.search(self.rawdata, start)
        self.handle_comment(self.rawdata[start : end.start() if end else len(self.rawdata)])
        return end.end() if end else len(self.rawdata)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Read character data in XML; in HTML it is a comment that ends at the first bracket."""
        return super().parse_marked_section(i, report) if self._is_foreign() else self.parse_bogus_comment(i)

    def parse_starttag(self, i: int) -> int:
        """Read a start tag; one without an end holds the rest of the page, which a browser drops."""
        return self._whole(i, super().parse_starttag(i))

    def parse_endtag(self, i: int) -> int:
        """Read an end tag, as far as it goes."""
        return self._whole(i, super().parse_endtag(i))

    def parse_pi(self, i: int) -> int:
        """Read an instruction, as far as it goes."""
        return self._whole(i, super().parse_pi(i))

    def parse_html_declaration(self, i: int) -> int:
        """Read a declaration, as far as it goes."""
        return self._whole(i, super().parse_html_declaration(i))

    def _whole(self, start: int, end: int) -> int:
        """The end of a piece of mark-up. The whole page is here, so what has no end goes on to that of the page."""
        if end >= 0:
            return end
        self.handle_comment(self.rawdata[start:])
        return len(self.rawdata)

    def _is_foreign(self) -> bool:
        return self._is_xml or self._open.within(_FOREIGN)
