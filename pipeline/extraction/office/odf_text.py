"""Text of OpenDocument files: paragraphs, lists, tables, notes and shapes.

Invariants: white space is read as the format says (a run of blanks is one, `text:s` gives further ones). Deleted text
is reported and left out. Empty placeholders of slides are not shown and not read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline.extraction.containers import Refused
from pipeline.extraction.office import odf_lists
from pipeline.extraction.office.colours import RGB, hexadecimal
from pipeline.extraction.office.drawings import formula_text
from pipeline.extraction.office.odf_styles import (
    CHART,
    DRAW,
    FORMAT,
    LINK,
    OFFICE,
    PRESENTATION,
    STYLE,
    TABLE,
    TEXT,
    TINY_POINTS,
    VECTOR,
    OdfLook,
    OdfStyles,
    points,
)
from pipeline.extraction.office.parts import MAX_NESTING, Element, Parts, integer
from pipeline.extraction.office.reading import OfficeText
from pipeline.extraction.office.writing import Span, Writing

_BLANKS = " \t\r\n"
_MOST_REPEATED = 5000
"""Blanks of one `text:s`."""
_HEADING_LEVELS = 6
_PAGE_POINTS = (595.0, 842.0)
"""A4, if a file does not say."""
_SKIPPED = frozenset({TEXT + "tracked-changes", TEXT + "sheet-name", OFFICE + "forms", TEXT + "note-citation"})
_ROW_GROUPS = frozenset(TABLE + name for name in ("table-header-rows", "table-rows", "table-row-group"))


@dataclass(frozen=True, slots=True)
class OdfContext:
    """Surroundings of a piece of text."""

    look: OdfLook
    background: RGB | None
    technique: str | None = None
    place: str = "text"
    depth: int = 0

    def inside(self) -> "OdfContext":
        if self.depth >= MAX_NESTING:
            raise Refused("nesting")
        return replace(self, depth=self.depth + 1)

    def span(self, text: str) -> Span:
        """Text as it is seen here."""
        return Span(text, self.technique or self.look.technique(self.background))


@dataclass(slots=True)
class _OdfLine:
    """One paragraph while it is read."""

    spans: list[Span] = field(default_factory=list)
    after_blank: bool = True
    """Whether a blank here adds nothing."""
    boxes: list[tuple[str, Writing]] = field(default_factory=list)


class OdfText:
    """Reads paragraphs, lists, tables and shapes, which all kinds of files share."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        content, styles = parts.root("content.xml"), parts.root("styles.xml")
        body = content.find(OFFICE + "body") if content is not None else None
        if body is None:
            raise Refused("corrupt")
        self.body, self.masters = body, styles
        self.styles = OdfStyles(styles, content)
        self._lists = odf_lists.OdfLists(styles, content)
        self._page = _page_size(styles)
        self.notes: dict[str, list[Writing]] = {"footnote": [], "endnote": []}
        self.comments: list[Writing] = []
        self._paragraphs = 0
        self.surroundings: dict[int, tuple[RGB | None, bool]] = {}
        """Shapes of slides by their identity, to the colour behind them and whether a later shape covers them."""
        self.reading = OfficeText()
        self.writing = self.reading.writing

    def cell(self, style: str | None, around: OdfContext) -> OdfContext:
        """The surroundings of text in a cell."""
        fill = hexadecimal(self.styles.value("table-cell", style, FORMAT + "background-color"))
        look = self.styles.styled(around.look, "table-cell", style)
        return replace(around.inside(), look=look, background=fill or around.background)

    # Blocks

    def blocks(self, holder: Element, writing: Writing, around: OdfContext, mark: str = "") -> None:
        """Add the paragraphs, lists, tables and shapes in an element."""
        for one in holder:
            if one.tag in (TEXT + "p", TEXT + "h"):
                self._paragraph(one, writing, around, mark)
                mark = " " * len(mark)
            elif one.tag == TEXT + "list":
                self._list(one, writing, around.inside(), "", 0)
            elif one.tag == TABLE + "table":
                self._table(one, writing, around.inside())
            elif one.tag == TEXT + "section":
                hides = one.get(TEXT + "display") == "none" or one.get(TEXT + "is-hidden") == "true"
                technique = around.technique or ("odf-hidden-text" if hides else None)
                self.blocks(one, writing, replace(around.inside(), technique=technique))
            elif one.tag == OFFICE + "annotation":
                self._comment(one, around)
            elif one.tag.startswith(DRAW):
                self.shape(one, writing, around.inside())
            elif one.tag not in _SKIPPED:
                self.blocks(one, writing, around.inside())

    def _list(self, one: Element, writing: Writing, around: OdfContext, style: str, level: int) -> None:
        style = one.get(TEXT + "style-name") or style
        if level == 0:
            continues = one.get(TEXT + "continue-numbering") == "true" or one.get(TEXT + "continue-list") is not None
            self._lists.begin(style, continues=continues)
        for item in one:
            if item.tag not in (TEXT + "list-item", TEXT + "list-header"):
                continue
            labelled = item.tag == TEXT + "list-item" and any(child.tag in (TEXT + "p", TEXT + "h") for child in item)
            start = item.get(TEXT + "start-value")
            mark = self._lists.mark(style, level, integer(start, 1) if start else None) if labelled else ""
            for child in item:
                if child.tag == TEXT + "list":
                    self._list(child, writing, around.inside(), style, level + 1)
                elif child.tag in (TEXT + "p", TEXT + "h"):
                    self._paragraph(child, writing, around, mark)
                    mark = ""
                else:
                    self.blocks(child, writing, around.inside())

    def _paragraph(self, one: Element, writing: Writing, around: OdfContext, mark: str = "") -> None:
        self._paragraphs += 1
        place = f"paragraph {self._paragraphs}" if around.place == "text" else around.place
        look = self.styles.styled(around.look, "paragraph", one.get(TEXT + "style-name"))
        hides = any(hidden.get(TEXT + "is-hidden") == "true" for hidden in one.iter(TEXT + "hidden-paragraph"))
        technique = around.technique or ("odf-hidden-text" if hides else None)
        line = _OdfLine()
        self._inline(one, line, replace(around.inside(), look=look, technique=technique, place=place))
        depth = integer(one.get(TEXT + "outline-level"), 0) if one.tag == TEXT + "h" else 0
        writing.add(line.spans, place, "#" * depth + " " if 0 < depth <= _HEADING_LEVELS else mark)
        for label, box in line.boxes:
            writing.part(label, box)

    def _table(self, table: Element, writing: Writing, around: OdfContext) -> None:
        rows: list[list[Writing]] = []
        for row in rows_of(table):
            technique = "odf-hidden-row" if row.get(TABLE + "visibility") in ("collapse", "filter") else None
            cells: list[Writing] = []
            for cell in row:
                inner = Writing()
                merged = "odf-merged-cell" if cell.tag == TABLE + "covered-table-cell" else None
                here = self.cell(cell.get(TABLE + "style-name"), around)
                self.blocks(cell, inner, replace(here, technique=around.technique or technique or merged))
                cells.append(inner)
            rows.append(cells)
        writing.table(rows)

    def _comment(self, one: Element, around: OdfContext) -> None:
        comment = Writing()
        for paragraph in one:
            if paragraph.tag in (TEXT + "p", TEXT + "list"):
                self.blocks(
                    _holding(paragraph),
                    comment,
                    replace(around.inside(), look=OdfLook(), background=None, technique=None),
                )
        self.comments.append(comment)

    # Inline content

    def _inline(self, element: Element, line: _OdfLine, around: OdfContext) -> None:
        self._characters(element.text, line, around)
        for one in element:
            self._child(one, line, around.inside())
            self._characters(one.tail, line, around)

    def _characters(self, text: str | None, line: _OdfLine, around: OdfContext) -> None:
        written = []
        for character in text or "":
            blank = character in _BLANKS
            if not (blank and line.after_blank):
                written.append(" " if blank else character)
            line.after_blank = blank
        if written:
            line.spans.append(around.span("".join(written)))

    def _child(self, one: Element, line: _OdfLine, around: OdfContext) -> None:
        name = str(one.tag).removeprefix(TEXT)
        if name in ("s", "tab", "line-break"):
            times = min(max(1, integer(one.get(TEXT + "c"), 1)), _MOST_REPEATED) if name == "s" else 1
            line.spans.append(around.span({"s": " ", "tab": "\t", "line-break": "\n"}[name] * times))
            line.after_blank = False
        elif name == "span":
            look = self.styles.styled(around.look, "text", one.get(TEXT + "style-name"))
            self._inline(one, line, replace(around, look=look))
        elif name == "a":
            self._link(one, line, around)
        elif name == "note":
            self._note(one, line, around)
        elif one.tag == OFFICE + "annotation":
            self._comment(one, around)
        elif name == "script":
            line.spans.append(Span("".join(one.itertext()), "odf-unused-part"))
        elif one.get(TEXT + "display") == "none":
            self._inline(one, line, replace(around, technique=around.technique or "odf-hidden-text"))
        elif name == "hidden-text":
            text = one.get(TEXT + "string-value") or "".join(one.itertext())
            line.spans.append(Span(text, "odf-hidden-text"))
        elif name == "ruby-text":
            line.spans.append(around.span("("))
            self._inline(one, line, around)
            line.spans.append(around.span(")"))
        elif one.tag.startswith(DRAW):
            box = Writing()
            self.shape(one, box, around)
            line.boxes.append(("Text box", box))
        elif one.tag not in _SKIPPED:
            self._inline(one, line, around)

    def _link(self, one: Element, line: _OdfLine, around: OdfContext) -> None:
        start = len(line.spans)
        self._inline(one, line, around)
        target = one.get(LINK + "href", "")
        text = "".join(span.text for span in line.spans[start:])
        if text.strip() and target and not target.startswith("#") and target not in text:
            line.spans.insert(start, Span("["))
            line.spans.append(Span(f"]({target})"))

    def _note(self, one: Element, line: _OdfLine, around: OdfContext) -> None:
        kind = "endnote" if one.get(TEXT + "note-class") == "endnote" else "footnote"
        note = Writing()
        self.notes[kind].append(note)
        line.spans.append(around.span(odf_lists.note_mark(kind, len(self.notes[kind]))))
        body = one.find(TEXT + "note-body")
        if body is not None:
            self.blocks(body, note, replace(around, look=self.styles.default(), place=f"{kind}s"))

    # Shapes

    def shape(self, shape: Element, writing: Writing, around: OdfContext) -> None:
        """The text of a frame, a group or a drawn shape."""
        if shape.get(PRESENTATION + "placeholder") == "true":
            return
        if shape.tag == DRAW + "g":
            for one in shape:
                self.shape(one, writing, around.inside())
            return
        style = shape.get(PRESENTATION + "style-name") or shape.get(DRAW + "style-name")
        family = "presentation" if shape.get(PRESENTATION + "style-name") else "graphic"
        behind, is_covered = self.surroundings.get(id(shape), (around.background, False))
        background = self.styles.fill(style, behind if around.place.startswith("slide") else None, family)
        look = self.styles.styled(
            self.styles.styled(around.look, family, style), "paragraph", shape.get(DRAW + "text-style-name")
        )
        technique = around.technique or ("odf-off-page" if self._is_away(shape) else None)
        technique = technique or ("odf-under-shape" if is_covered else None)
        extents = [points(shape.get(VECTOR + name)) for name in ("width", "height")]
        grows = any(one.get(FORMAT + "min-height") or one.get(FORMAT + "min-width") for one in shape)
        if technique is None and not grows and all(one is not None and one <= TINY_POINTS for one in extents):
            technique = "odf-tiny-line"
        here = replace(around.inside(), background=background, look=look, technique=technique)
        inner = Writing()
        if shape.tag == DRAW + "frame":
            self._frame(shape, inner, here)
        else:
            self.blocks(shape, inner, here)
        if shape.get(PRESENTATION + "class") == "title" and inner.blocks:
            inner.blocks = ["## " + " ".join(" ".join(inner.blocks).splitlines())]
        writing.hidden.extend(inner.hidden)
        writing.blocks.extend(inner.blocks)

    def _frame(self, frame: Element, writing: Writing, around: OdfContext) -> None:
        """The first form of what a frame holds; further ones replace it for programs that cannot show it."""
        for one in frame:
            if one.tag in (VECTOR + "title", VECTOR + "desc"):
                picture = Writing()
                picture.add([Span(one.text or "")], around.place)
                picture.hide("odf-alt-text", one.text or "", around.place)
                writing.part("Picture", picture)
        forms = [one for one in frame if one.tag.startswith(DRAW) or one.tag == TABLE + "table"]
        for one in forms[:1]:
            if one.tag == DRAW + "object":
                self._object(one, writing, around)
            elif one.tag == TABLE + "table":
                self._table(one, writing, around)
            else:
                self.blocks(one, writing, around)
        for other in forms[1:]:
            writing.hide("odf-fallback", "".join(other.itertext()), around.place)

    def _object(self, one: Element, writing: Writing, around: OdfContext) -> None:
        """A chart or a formula that lies in a folder of its own."""
        name = one.get(LINK + "href", "").removeprefix("./").rstrip("/") + "/content.xml"
        root = self.parts.root(name)
        if root is None:
            return
        inner = Writing()
        if root.tag.endswith("}math"):
            inner.add([Span(formula_text(root))], around.place)
            writing.part("Formula", inner)
            return
        for title in (found for kind in ("title", "subtitle") for found in root.iter(CHART + kind)):
            self.blocks(title, inner, replace(around, background=None))
        for table in root.iter(TABLE + "table"):
            self._table(table, inner, replace(around, background=None))
        for body in root.iterfind(f"{OFFICE}body/{OFFICE}text"):
            self.blocks(body, inner, replace(around, background=None))
        writing.part("Chart" if next(root.iter(CHART + "chart"), None) is not None else "Object", inner)

    def _is_away(self, shape: Element) -> bool:
        for at, (corner, extent) in enumerate((("x", "width"), ("y", "height"))):
            place = points(shape.get(VECTOR + corner))
            size = points(shape.get(VECTOR + extent)) or 0.0
            if place is not None and (place + size < -1 or place >= 2 * self._page[at]):
                return True
        return False


def rows_of(table: Element, depth: int = 0) -> Iterator[Element]:
    """The rows of a table, those in groups included."""
    for one in table:
        if one.tag == TABLE + "table-row":
            yield one
        elif one.tag in _ROW_GROUPS and depth < MAX_NESTING:
            yield from rows_of(one, depth + 1)


def _holding(one: Element) -> Element:
    holder = Element("holder")
    holder.append(one)
    return holder


def _page_size(styles: Element | None) -> tuple[float, float]:
    """Width and height of the largest page, in points."""
    sizes = [_PAGE_POINTS]
    for one in styles.iter(STYLE + "page-layout-properties") if styles is not None else ():
        width, height = points(one.get(FORMAT + "page-width")), points(one.get(FORMAT + "page-height"))
        sizes.extend([(width, height)] if width and height else [])
    chosen = sizes[1:] or sizes
    return max(width for width, _ in chosen), max(height for _, height in chosen)
