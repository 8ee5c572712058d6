"""Writes the elements of a page into a flow, in the order of the mark-up."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from pipeline.extraction.pages import fields, generated
from pipeline.extraction.pages.flow import Flow
from pipeline.extraction.pages.numbering import PageLists
from pipeline.extraction.pages.styled import NOT_LIVE, Styled
from pipeline.extraction.pages.tables import PageCell, Table

_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_NO_TEXT = frozenset(("script", "style", "title", "rp", "meta", "link", "base"))
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_TIGHT = _LISTS | {"dl", "select", "optgroup"}
_WITHOUT_WORDS = frozenset(("select", "optgroup"))
"""Elements whose own words a browser drops."""
_BLANK_WITHOUT_WORDS = _LISTS | {"ruby", "table", "thead", "tbody", "tfoot", "tr"}
_APART = frozenset(("mfrac", "mtr", "mtd", "msup", "msub", "munder", "mover"))
"""Elements of formulas whose parts stand above or below each other."""
_ADDRESS = re.compile(r"(?:https?|ftps?|mailto|tel|file|ssh|git|s3):[^\s<>]+", re.IGNORECASE)
_LONGEST_ADDRESS = 2000
_QUOTES = ("\u201c", "\u201d")
_OPEN, _TEXT, _CLOSE = range(3)


class Writer:
    """One pass over the elements of a page."""

    def __init__(
        self,
        styled: Mapping[int, Styled],
        framed: Callable[[str, str | None, str | None], str],
        *,
        with_addresses: bool,
        only_seen: bool = False,
    ) -> None:
        """Prepare a pass.

        Args:
            styled: Style of each element by its identity.
            framed: The text of the page in a frame, from its address, its own mark-up and how it is hidden.
            with_addresses: Whether addresses of links are written.
            only_seen: Leave out what a reader does not see.

        """
        self._styled = styled
        self._framed = framed
        self._with_addresses = with_addresses
        self._only_seen = only_seen
        self._flow = Flow()
        self._outer: list[tuple[Flow, Table | None]] = []
        self._table: Table | None = None
        self._cells: list[PageCell] = []
        self._lists = PageLists()
        self._drawings = 0
        """Drawings around the place that is written."""
        self._counters = generated.Counters()

    def written(self, root: Element) -> str:
        """The text of an element and all in it."""
        waiting: list[tuple[int, Element, Element]] = [(_OPEN, root, root)]
        while waiting:
            step, element, around = waiting.pop()
            if step == _OPEN:
                if element is not root:
                    waiting.append((_TEXT, element, around))
                if self._opens(element):
                    waiting.append((_CLOSE, element, element))
                    waiting.extend((_OPEN, child, element) for child in reversed(element))
                    self._words(element.text, element)
            elif step == _TEXT:
                self._words(element.tail, around)
            else:
                self._closes(element)
        self._flow.block()
        return self._flow.text

    def _words(self, text: str | None, element: Element) -> None:
        if not text or element.tag in _WITHOUT_WORDS or (element.tag in _BLANK_WITHOUT_WORDS and not text.strip()):
            return
        styled = self._styled[id(element)]
        if self._only_seen and (styled.hides_own_words or styled.look.technique not in (None, "aria-hidden")):
            return
        if self._only_seen and text in styled.cut:
            text = text[: styled.cut[text][0]]
        self._flow.words(text, styled.white_space)

    def _opens(self, element: Element) -> bool:
        """Write what stands before the children of an element; whether they are written."""
        styled = self._styled[id(element)]
        if element.tag == "title" and self._drawings:
            self._flow.words(fields.labelled(element.text or ""))
        if element.tag == "option" and element.get("label") and styled.look.boxed == "fallback":
            self._flow.block()
            self._flow.words(element.get("label", ""))
            self._flow.block()
        if element.tag in _NO_TEXT or (styled.look.boxed in NOT_LIVE and element.tag != "iframe"):
            return False
        if self._only_seen and styled.look.boxed and not (styled.look.cut_off or styled.look.is_indented):
            return False
        if styled.look.boxed != "display-none":
            self._counters.count(styled.counters)
        if styled.is_block:
            self._flow.block()
        if element.tag in _TIGHT:
            self._flow.tight += 1
        self._drawings += element.tag == "svg"
        if not self._opens_special(element, styled):
            return False
        self._flow.words(self._generated(element, styled, before=True), "pre-wrap")
        return True

    def _opens_special(self, element: Element, styled: Styled) -> bool:
        flow = self._flow
        match element.tag:
            case "br":
                flow.line_end()
            case "hr":
                flow.block()
            case "img" | "area" | "input" | "iframe" | "embed":
                self._replaced(element, styled)
                return False
            case "textarea" | "button" | "select":
                flow.gap()
                is_empty = not (element.text or "").strip()
                if element.tag == "textarea" and is_empty and not (self._only_seen and styled.placeholder):
                    flow.words(element.get("placeholder", ""))
            case "pre" | "listing" | "xmp" if styled.is_block:
                flow.code()
            case "optgroup" if element.get("label"):
                flow.words(element.get("label", ""))
                flow.block()
            case "rt":
                flow.words("(")
            case "q":
                flow.words(_QUOTES[0])
            case "table" | "caption" | "thead" | "tbody" | "tfoot" | "tr" | "td" | "th":
                self._opens_table(element)
            case tag if tag in _HEADINGS:
                flow.prefix(_HEADINGS[tag])
            case tag if tag in _LISTS:
                self._lists.open(element)
            case tag if tag in _APART:
                flow.gap()
        if styled.display == "inline-block":
            flow.open_box()
        if styled.display == "list-item" and element.tag != "summary":
            flow.prefix(self._lists.mark(element, styled.list_style))
        return True

    def _closes(self, element: Element) -> None:
        styled = self._styled[id(element)]
        self._flow.words(self._generated(element, styled, before=False), "pre-wrap")
        match element.tag:
            case "a":
                self._address(element, styled)
            case "textarea" | "button" | "select":
                self._flow.gap()
            case "pre" | "listing" | "xmp" if styled.is_block:
                self._flow.end_code()
            case "rt":
                self._flow.words(")")
            case "q":
                self._flow.words(_QUOTES[1])
            case "table" | "caption" | "td" | "th":
                self._closes_table(element)
            case tag if tag in _LISTS:
                self._flow.block()
                self._lists.close()
            case tag if tag in _APART:
                self._flow.gap()
        if styled.display == "inline-block":
            self._flow.close_box()
        if styled.is_block and element.tag not in ("caption", "td", "th"):
            self._flow.block()
            if styled.display == "list-item" or element.tag in _HEADINGS:
                self._flow.forget_prefix()
        if element.tag in _TIGHT:
            self._flow.tight -= 1
        self._drawings -= element.tag == "svg"

    def _replaced(self, element: Element, styled: Styled) -> None:
        """Write what stands in place of an element without children."""
        is_frame = element.tag == "iframe" and styled.look.boxed in NOT_LIVE
        if self._only_seen and styled.look.technique not in (None, "aria-hidden") and not is_frame:
            return
        if element.tag in ("iframe", "embed"):
            technique = None if is_frame else styled.look.technique
            text = self._framed(element.get("src", ""), element.get("srcdoc"), technique)
            self._flow.block()
            if text:
                self._flow.add(text)
            return
        if fields.is_placeholder(element) and self._only_seen and styled.placeholder:
            return
        if shown := fields.shown(element):
            self._flow.gap()
            self._flow.words(shown, "pre-line")
            self._flow.gap()

    def _generated(self, element: Element, styled: Styled, *, before: bool) -> str:
        content = styled.before if before else styled.after
        if content is None or content.is_hidden or (self._only_seen and styled.look.technique):
            return ""
        text = generated.text(content.tokens, element, self._counters)
        return f"\n{text}\n" if content.is_block and text.strip() and not self._flow.is_code else text

    def _address(self, element: Element, styled: Styled) -> None:
        """Write where a link leads, unless its words say it."""
        address = element.get("href", "").strip()
        if not self._with_addresses or not _ADDRESS.fullmatch(address) or len(address) > _LONGEST_ADDRESS:
            return
        words = "".join("".join(element.itertext()).split())
        if words and words not in unquote(address) and styled.look.technique in (None, "aria-hidden"):
            self._flow.words(f" ({address})")

    def _opens_table(self, element: Element) -> None:
        if element.tag == "table":
            self._outer.append((self._flow, self._table))
            self._table = Table(is_layout=element.get("role") in ("presentation", "none"))
            if self._cells:
                self._cells[-1].holds_table = True
        elif self._table is None:
            return
        elif element.tag in ("thead", "tbody", "tfoot"):
            self._table.section = element.tag
        elif element.tag == "tr":
            self._table.rows.append((self._table.section, []))
        elif element.tag == "caption":
            self._outer.append((self._flow, self._table))
            self._flow = self._table.caption
        else:
            self._outer.append((self._flow, self._table))
            cell = self._table.cell(element.get("colspan", ""), element.get("rowspan", ""))
            self._cells.append(cell)
            self._flow = cell.flow

    def _closes_table(self, element: Element) -> None:
        if self._table is None:
            return
        table = self._table
        self._flow.block()
        self._flow, self._table = self._outer.pop()
        if element.tag == "table":
            table.write(self._flow)
        elif element.tag != "caption":
            self._cells.pop()
