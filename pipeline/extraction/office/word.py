"""Text of Word files in reading order, with headers, footers, notes, comments and text boxes under their labels.

Invariants: of two forms of one drawing only the one that programs show is read, and the other is reported if it says
something else. Deleted and moved-from text is reported and not part of the text.
"""

from collections.abc import Iterator
from dataclasses import replace

from pipeline.extraction.containers import Refused
from pipeline.extraction.office import drawings, word_boxes
from pipeline.extraction.office.colours import RGB, mapped, theme_of
from pipeline.extraction.office.parts import (
    CHART,
    COMPATIBILITY,
    RELATION,
    WORD,
    XML,
    Element,
    Parts,
    chosen,
    integer,
    on,
    text_of,
)
from pipeline.extraction.office.reading import OfficeText
from pipeline.extraction.office.symbols import readable, symbol
from pipeline.extraction.office.word_fields import active, form_value
from pipeline.extraction.office.word_lists import Lists, roman
from pipeline.extraction.office.word_looks import Look, Styles
from pipeline.extraction.office.word_parts import Story, WordContext, below, columns_taken, sections_of
from pipeline.extraction.office.word_tables import TableLook, row_technique
from pipeline.extraction.office.writing import Span, Writing

_MAIN = "word/document.xml"
_GONE = frozenset({"del", "moveFrom"})
_HEADING_LEVELS = 6
_PLAIN_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_KINDS = ("first", "even", "default")


def read(parts: Parts) -> OfficeText:
    """The text of a document. Raises `Refused` when it is nested too deep, and what a parser raises."""
    return _WordReader(parts).read()


class _WordReader:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        main = parts.relations("")
        self._main = next((one.target for one in main.values() if one.kind == "officeDocument"), _MAIN)
        self._relations = parts.relations(self._main)
        settings = self._root("settings")
        self._even = settings is not None and on(settings.find(WORD + "evenAndOddHeaders"))
        self._coloured = settings is not None and on(settings.find(WORD + "displayBackgroundShape"))
        self._theme = theme_of(self._root("theme"))
        mapping = settings.find(WORD + "clrSchemeMapping") if settings is not None else None
        if mapping is not None:  # the names of this map differ from those of other programs
            short = {str(k).removeprefix(WORD): _SCHEME_NAMES.get(v, v) for k, v in mapping.attrib.items()}
            names = Element("map", short | {_WORD_NAMES[k]: v for k, v in short.items() if k in _WORD_NAMES})
            self._theme = mapped(self._theme, names)
        self._styles = Styles(self._root("styles"), self._theme)
        self._lists = Lists(self._root("numbering"))
        self._notes = {kind: self._note_elements(kind) for kind in ("footnote", "endnote")}
        self._cited: dict[str, dict[str, int]] = {"footnote": {}, "endnote": {}}
        self._shown: set[str] = set()
        self._reading = OfficeText()
        self._writing = self._reading.writing

    def read(self) -> OfficeText:
        """Everything, in order."""
        root = self._parts.root(self._main)
        body = root.find(WORD + "body") if root is not None else None
        if root is None or body is None:
            raise Refused("corrupt")
        page = self._styles.page_colour(root.find(WORD + "background") if self._coloured else None)
        around = WordContext(self._styles.base, page)
        story = Story("", self._relations)
        footers: list[tuple[str, Writing]] = []
        for blocks, properties in sections_of(body):
            for kind, found in self._margins(properties, around):
                if kind == "Header":
                    self._writing.part(kind, found)
                else:
                    footers.append((kind, found))
            self._blocks(blocks, self._writing, story, around)
        for kind in ("footnote", "endnote"):
            self._add_notes(kind, around)
        for label, found in footers:
            self._writing.part(label, found)
        self._add_comments(around)
        self._report_unused(around)
        return self._reading

    def _root(self, kind: str) -> Element | None:
        found = next((one for one in self._relations.values() if one.kind == kind and not one.external), None)
        name = found.target if found is not None else f"word/{'theme/theme1' if kind == 'theme' else kind}.xml"
        return self._parts.root(name)

    def _note_elements(self, kind: str) -> dict[str, Element]:
        root = self._root(kind + "s")
        found = root.iter(WORD + kind) if root is not None else ()
        return {one.get(WORD + "id", ""): one for one in found if one.get(WORD + "type", "normal") == "normal"}

    # Headers, footers, notes, comments

    def _margins(self, properties: Element | None, around: WordContext) -> Iterator[tuple[str, Writing]]:
        """Headers, then footers, that a section shows for the first time."""
        if properties is None:
            return
        shows_first = on(properties.find(WORD + "titlePg"))
        for tag, label in (("headerReference", "Header"), ("footerReference", "Footer")):
            references = {
                one.get(WORD + "type", "default"): one.get(RELATION + "id", "") for one in properties.iter(WORD + tag)
            }
            for kind in _KINDS:
                relation = self._relations.get(references.get(kind, ""))
                hidden = (kind == "first" and not shows_first) or (kind == "even" and not self._even)
                if relation is None or hidden or relation.target in self._shown:
                    continue
                self._shown.add(relation.target)
                found = self._part(relation.target, around)
                found.blocks = ["\n".join(found.blocks)] if found.blocks else []
                if not found.blocks or f"{label}\n{found.blocks[0]}" not in self._shown:
                    self._shown.update(f"{label}\n{block}" for block in found.blocks)
                    yield label, found

    def _part(self, name: str, around: WordContext) -> Writing:
        writing = Writing()
        root = self._parts.root(name)
        if root is not None:
            where = name.rpartition("/")[2].removesuffix(".xml")
            self._blocks(list(root), writing, Story(where, self._parts.relations(name)), around)
        return writing

    def _add_notes(self, kind: str, around: WordContext) -> None:
        notes = Writing()
        relations = self._parts.relations(f"word/{kind}s.xml")
        for name, number in list(self._cited[kind].items()):
            note = self._notes[kind].pop(name, None)
            if note is None:
                continue
            one = Writing()
            self._blocks(list(note), one, Story(f"{kind}s", relations), around)
            notes.hidden.extend(one.hidden)
            if one.blocks:
                notes.blocks.append(f"{_mark(kind, number)}: {one.text.lstrip()}")
        self._writing.part(f"{kind.capitalize()}s", notes)
        for note in self._notes[kind].values():
            self._writing.hide("docx-unused-part", text_of(note, WORD + "t"), f"{kind}s")

    def _add_comments(self, around: WordContext) -> None:
        comments = Writing()
        root = self._root("comments")
        for number, comment in enumerate(root.iter(WORD + "comment") if root is not None else (), start=1):
            one = Writing()
            self._blocks(
                list(comment), one, Story(f"comment {number}", self._parts.relations("word/comments.xml")), around
            )
            comments.hidden.extend(one.hidden)
            comments.hide("docx-comment", one.text, f"comment {number}")
            comments.blocks.extend(one.blocks)
        self._writing.part("Comments", comments)

    def _report_unused(self, around: WordContext) -> None:
        """Headers and footers that no page shows."""
        for relation in self._relations.values():
            if relation.kind in ("header", "footer") and not relation.external and relation.target not in self._shown:
                self._shown.add(relation.target)
                unused = self._part(relation.target, around)
                self._writing.hide("docx-unused-part", unused.text, relation.kind)

    # Blocks

    def _blocks(self, elements: list[Element], writing: Writing, story: Story, around: WordContext) -> None:
        for element in elements:
            name = str(element.tag).removeprefix(WORD)
            if name == "p":
                self._paragraph(element, writing, story, around)
            elif name == "tbl":
                self._table(element, writing, story, around.inside())
            elif name in _GONE:
                self._blocks(list(element), writing, story, replace(around.inside(), technique="docx-deleted"))
            elif name == "altChunk":
                relation = story.relations.get(element.get(RELATION + "id", ""))
                if relation is not None and not relation.external and relation.target in self._parts.names:
                    self._reading.inside.append((relation.target, self._parts.bytes_of(relation.target)))
            elif element.tag == COMPATIBILITY + "AlternateContent":
                shown = chosen(element)
                self._blocks(list(shown) if shown is not None else [], writing, story, around.inside())
            elif not name.endswith("Pr"):
                self._blocks(list(element), writing, story, around.inside())

    def _paragraph(self, paragraph: Element, writing: Writing, story: Story, around: WordContext) -> None:
        story.paragraphs += 1
        place = story.place
        properties = paragraph.find(WORD + "pPr")
        look = self._styles.applied(self._styles.styled(around.look, properties, "pStyle"), properties)
        outer, story.boxes = story.boxes, []
        spans = list(self._inline(paragraph, look, story, around))
        heading, numbers = self._paragraph_style(properties)
        is_gone = bool(spans) and all(span.technique == "docx-deleted" for span in spans)
        mark = "" if is_gone else self._lists.mark(numbers)
        writing.add(spans, place, heading + (mark.lstrip() if heading else mark))
        boxes, story.boxes = story.boxes, outer
        for label, box in boxes:
            writing.part(label, box)

    def _paragraph_style(self, properties: Element | None) -> tuple[str, Element | None]:
        """The mark of a heading, and the numbering of a paragraph or of its style."""
        reference = properties.find(WORD + "pStyle") if properties is not None else None
        chain = self._styles.chain(reference.get(WORD + "val", "")) if reference is not None else []
        holders = [properties, *(style.find(WORD + "pPr") for style in chain)]
        numbers = next((n for h in holders if h is not None and (n := h.find(WORD + "numPr")) is not None), None)
        level = next((o for h in holders if h is not None and (o := h.find(WORD + "outlineLvl")) is not None), None)
        depth = integer(level.get(WORD + "val"), 9) if level is not None else 9
        names = [one.get(WORD + "val", "").casefold() for style in chain[:1] for one in style.iterfind(WORD + "name")]
        if names and names[0].startswith("heading "):
            depth = integer(names[0].removeprefix("heading "), 10) - 1
        elif "title" in names:
            depth = 0
        return ("#" * (depth + 1) + " " if 0 <= depth < _HEADING_LEVELS else ""), numbers

    def _table(self, table: Element, writing: Writing, story: Story, around: WordContext) -> None:
        rows: list[list[Writing]] = []
        look = TableLook(table, self._styles, around.look, around.background)
        for row in below(table, "tr"):
            cells = list(below(row, "tc"))
            technique = around.technique or ("docx-off-page" if look.is_away else row_technique(row))
            written = [Writing() for _ in range(columns_taken(row, "trPr", "gridBefore", 0))]
            for at, cell in enumerate(cells):
                own = look.cell(cell, len(rows), at, len(cells))
                inner = Writing()
                here = replace(around.inside(), look=own.look, background=own.background, technique=technique)
                self._blocks(list(cell), inner, story, here)
                written.append(inner)
                written.extend(Writing() for _ in range(columns_taken(cell, "tcPr", "gridSpan") - 1))
            rows.append(written)
        writing.table(rows)

    # Inline content

    def _inline(self, element: Element, look: Look, story: Story, around: WordContext) -> Iterator[Span]:
        for child in element:
            name = str(child.tag).removeprefix(WORD)
            if name == "r":
                yield from self._run(child, look, story, around)
            elif name in _GONE:
                yield from self._inline(child, look, story, replace(around.inside(), technique="docx-deleted"))
            elif child.tag in (drawings.MATH + "oMath", drawings.MATH + "oMathPara"):
                yield Span(drawings.formula_text(child), around.technique)
            elif child.tag == COMPATIBILITY + "AlternateContent":
                if (shown := chosen(child)) is not None:
                    yield from self._inline(shown, look, story, around.inside())
            elif name == "hyperlink":
                yield from self._link(child, look, story, around.inside())
            elif not name.endswith("Pr"):
                if name == "fldSimple":
                    self._report_field(child.get(WORD + "instr", ""), story)
                yield from self._inline(child, look, story, around.inside())

    def _link(self, link: Element, look: Look, story: Story, around: WordContext) -> Iterator[Span]:
        spans = list(self._inline(link, look, story, around))
        relation = story.relations.get(link.get(RELATION + "id", ""))
        text = "".join(span.text for span in spans if span.technique is None)
        if relation is None or not relation.external or not text.strip() or relation.target in text:
            yield from spans
        else:
            yield from (Span("["), *spans, Span(f"]({relation.target})"))

    def _run(self, run: Element, look: Look, story: Story, around: WordContext) -> Iterator[Span]:
        properties = run.find(WORD + "rPr")
        if properties is not None:
            look = self._styles.applied(self._styles.styled(look, properties, "rStyle"), properties)
        for child in run:
            name = str(child.tag).removeprefix(WORD)
            text = ""
            technique = around.technique
            if name in ("t", "delText"):
                text = child.text or ""
                text = readable(text if child.get(XML + "space") == "preserve" else text.strip(" \t\r\n"), look.font)
                technique = "docx-deleted" if name == "delText" else technique
            elif name in _PLAIN_BREAKS:
                text = _PLAIN_BREAKS[name]
            elif name == "sym":
                code = child.get(WORD + "char", "")
                is_code = len(code) <= 6 and all(digit in "0123456789abcdefABCDEF" for digit in code) and code
                text = symbol(int(code, 16), child.get(WORD + "font", "")) if is_code else ""
            elif name in ("footnoteReference", "endnoteReference"):
                text = self._cite(name.removesuffix("Reference"), child.get(WORD + "id", ""))
            elif name == "fldChar":
                self._report_field(story.fields.character(child), story)
                text = form_value(child) if child.get(WORD + "fldCharType") == "begin" else ""
                yield Span(text, technique)
                continue
            elif name == "instrText":
                story.fields.instruction(child.text or "")
                continue
            elif name in ("drawing", "pict", "object"):
                self._drawing(child, story, around.inside())
                continue
            elif child.tag == COMPATIBILITY + "AlternateContent":
                yield from self._alternatives(child, look, story, around)
                continue
            elif name == "ruby":
                yield from self._ruby(child, look, story, around.inside())
                continue
            if text:
                if technique is None and story.fields.in_code:
                    technique = "docx-field-code"
                yield Span(text, technique or look.technique(around.background, text))

    def _ruby(self, ruby: Element, look: Look, story: Story, around: WordContext) -> Iterator[Span]:
        """The text, then its reading in brackets."""
        for name, marks in (("rubyBase", ("", "")), ("rt", ("(", ")"))):
            if (part := ruby.find(WORD + name)) is not None:
                yield from (Span(marks[0]), *self._inline(part, look, story, around), Span(marks[1]))

    def _alternatives(self, element: Element, look: Look, story: Story, around: WordContext) -> Iterator[Span]:
        shown = chosen(element)
        if shown is None:
            return
        yield from self._run(shown, look, story, around.inside())
        words = text_of(shown, WORD + "t")
        for other in element:
            unseen = text_of(other, WORD + "t")
            if other is not shown and unseen and unseen not in words:
                box = Writing()
                box.hide("docx-fallback", unseen, story.place)
                story.boxes.append(("", box))

    def _cite(self, kind: str, name: str) -> str:
        if name not in self._notes[kind]:
            return ""
        cited = self._cited[kind]
        return _mark(kind, cited.setdefault(name, len(cited) + 1))

    def _report_field(self, code: str, story: Story) -> None:
        technique = active(code, "docx")
        if technique is not None:
            self._writing.hide(technique, code, story.place)

    def _drawing(self, drawing: Element, story: Story, around: WordContext) -> None:
        technique = around.technique or word_boxes.technique_of(drawing)
        waiting: list[tuple[Element, RGB | None]] = [(drawing, None)]
        while waiting:
            element, behind = waiting.pop()
            if element.tag == WORD + "txbxContent":
                box = Writing()
                here = replace(around, technique=technique, background=behind, look=self._styles.base)
                self._blocks(list(element), box, story, here)
                story.boxes.append(("Text box", box))
                continue
            for child in reversed(element):
                shown = chosen(child) if child.tag == COMPATIBILITY + "AlternateContent" else child
                if shown is not None:
                    known = word_boxes.background_of(shown, self._theme)
                    waiting.append((shown, known if known is not None else behind))
            if element.tag == word_boxes.VECTOR + "textpath":
                self._beside("Text box", [element.get("string", "")], technique, story)
            elif element.tag in (CHART + "chart", drawings.DIAGRAM + "relIds"):
                self._figure(element, technique, story)
            elif element.tag == word_boxes.ANCHOR + "docPr":
                self._beside("Picture", [element.get("descr", "")], technique, story)

    def _figure(self, element: Element, technique: str | None, story: Story) -> None:
        is_chart = element.tag == CHART + "chart"
        relation = story.relations.get(element.get(RELATION + ("id" if is_chart else "dm"), ""))
        root = self._parts.root(relation.target) if relation is not None and not relation.external else None
        if root is not None:
            lines = drawings.chart_text(root) if is_chart else drawings.diagram_text(root)
            self._beside("Chart" if is_chart else "Diagram", lines, technique, story)

    def _beside(self, label: str, lines: list[str], technique: str | None, story: Story) -> None:
        box = Writing()
        for line in lines:
            box.add([Span(line, technique)], story.place)
        if label == "Picture":
            box.hide("docx-alt-text", box.text, story.place)
        story.boxes.append((label, box))


_SCHEME_NAMES = {"dark1": "dk1", "light1": "lt1", "dark2": "dk2", "light2": "lt2"}
_WORD_NAMES = {"bg1": "background1", "t1": "text1", "bg2": "background2", "t2": "text2"}


def _mark(kind: str, number: int) -> str:
    return f"[^{number}]" if kind == "footnote" else f"[^{roman(number)}]"
