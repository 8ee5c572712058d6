"""Texts, presentations and workbooks of OpenDocument in reading order."""

from collections.abc import Iterator
from dataclasses import replace

from pipeline.extraction.containers import Refused
from pipeline.extraction.hidden.styles import WHITE
from pipeline.extraction.office import odf_lists, odf_shapes
from pipeline.extraction.office.odf_styles import (
    DRAW,
    OFFICE,
    PRESENTATION,
    STYLE,
    TABLE,
    TEXT,
)
from pipeline.extraction.office.odf_text import OdfContext, OdfText, rows_of
from pipeline.extraction.office.parts import Element, Parts, integer
from pipeline.extraction.office.reading import OfficeText
from pipeline.extraction.office.writing import MOST_CELLS, Writing, sparse_table

_MARGINS = {"header": "Header", "header-first": "Header", "header-left": "Header"}
_MARGINS |= {"footer": "Footer", "footer-first": "Footer", "footer-left": "Footer"}
_COLUMN_GROUPS = frozenset(TABLE + name for name in ("table-header-columns", "table-columns", "table-column-group"))


def read(parts: Parts) -> OfficeText:
    """The text of a document. Raises `Refused` when it is nested too deep, and what a parser raises."""
    return _OdfReader(parts).read()


class _OdfReader(OdfText):
    def read(self) -> OfficeText:
        """Everything, in order."""
        around = OdfContext(self.styles.default(), WHITE)
        footers: list[Writing] = []
        for label, margin in self._margins(around):
            if label == "Header":
                self.writing.part(label, margin)
            else:
                footers.append(margin)
        for kind in self.body:
            for change in kind.iter(TEXT + "deletion"):
                self.writing.hide("odf-deleted", "\n".join("".join(p.itertext()) for p in change), "tracked changes")
            if kind.tag == OFFICE + "presentation":
                self._slides(kind, around)
            elif kind.tag == OFFICE + "spreadsheet":
                self._sheets(kind, around)
            else:
                self.blocks(kind, self.writing, around)
        for name, label in (("footnote", "Footnotes"), ("endnote", "Endnotes")):
            notes = Writing()
            for number, note in enumerate(self.notes[name], start=1):
                notes.hidden.extend(note.hidden)
                notes.blocks.extend([f"{odf_lists.note_mark(name, number)}: {note.text}"] if note.blocks else [])
            self.writing.part(label, notes)
        for margin in footers:
            self.writing.part("Footer", margin)
        comments = Writing()
        for number, comment in enumerate(self.comments, start=1):
            comments.hidden.extend(comment.hidden)
            comments.hide("odf-comment", comment.text, f"comment {number}")
            comments.blocks.extend(comment.blocks)
        self.writing.part("Comments", comments)
        return self.reading

    def _margins(self, around: OdfContext) -> Iterator[tuple[str, Writing]]:
        seen: set[tuple[str, str]] = set()
        for page in self.masters.iter(STYLE + "master-page") if self.masters is not None else ():
            for one in page:
                label = _MARGINS.get(str(one.tag).removeprefix(STYLE))
                if label is None:
                    continue
                found = Writing()
                self.blocks(one, found, replace(around, place=label.lower()))
                if one.get(STYLE + "display") == "false":
                    self.writing.hide("odf-unused-part", found.text, label.lower())
                elif (label, found.text) not in seen:
                    seen.add((label, found.text))
                    found.blocks = ["\n".join(found.blocks)] if found.blocks else []
                    yield label, found

    # Presentations

    def _slides(self, kind: Element, around: OdfContext) -> None:
        for decl in ("footer-decl", "header-decl", "date-time-decl"):
            for one in kind.iter(PRESENTATION + decl):
                self.writing.blocks.extend([f"Footer:\n{one.text}"] if (one.text or "").strip() else [])
        masters = {
            page.get(STYLE + "name", ""): page
            for page in (self.masters.iter(STYLE + "master-page") if self.masters is not None else ())
        }
        shown: set[str] = set()
        pages: list[tuple[Element, OdfContext]] = []
        for number, page in enumerate(kind.iter(DRAW + "page"), start=1):
            name = page.get(DRAW + "master-page-name", "")
            master = masters.get(name)
            style = page.get(DRAW + "style-name")
            ground = self.styles.fill(style, WHITE, "drawing-page")
            if master is not None and self.styles.value("drawing-page", style, DRAW + "fill") is None:
                ground = self.styles.fill(master.get(DRAW + "style-name"), WHITE, "drawing-page")
            here = replace(around, background=ground, place=f"slide {number}")
            if master is not None and name not in shown:
                shown.add(name)
                own = Writing()
                for shape in master:
                    if not shape.get(PRESENTATION + "class") and shape.tag != PRESENTATION + "notes":
                        self.shape(shape, own, here)
                self.writing.part("Slide master", own)
            hides = self.styles.value("drawing-page", style, PRESENTATION + "visibility") == "hidden"
            self.surroundings |= odf_shapes.surroundings([master, page], self.styles, ground, self.parts)
            pages.append((page, replace(here, technique="odf-hidden-slide") if hides else here))
        for page, here in pages:
            for shape in sorted(page, key=lambda one: one.get(PRESENTATION + "class") != "title"):
                if shape.tag == PRESENTATION + "notes":
                    notes = Writing()
                    for one in shape:
                        if one.get(PRESENTATION + "class", "notes") == "notes":
                            self.shape(one, notes, replace(here, background=None, technique=None))
                    self.writing.part("Speaker notes", notes)
                else:
                    self.shape(shape, self.writing, here)

    # Workbooks

    def _sheets(self, kind: Element, around: OdfContext) -> None:
        for number, table in enumerate(kind.iterfind(TABLE + "table"), start=1):
            hides = self.styles.value("table", table.get(TABLE + "style-name"), TABLE + "display") == "false"
            here = replace(around, place=f"sheet {number}", technique="odf-hidden-sheet" if hides else None)
            inner = Writing()
            self._sheet(table, inner, here)
            for shape in table.iterfind(f"{TABLE}shapes/*"):
                self.shape(shape, inner, here)
            self.writing.hidden.extend(inner.hidden)
            if inner.blocks:
                self.writing.blocks.extend([f"## {table.get(TABLE + 'name', '')}", *inner.blocks])

    def _sheet(self, table: Element, writing: Writing, around: OdfContext) -> None:
        columns = list(self._columns(table))
        rows: list[dict[int, str]] = []
        number = 1
        for row in rows_of(table):
            times = max(1, integer(row.get(TABLE + "number-rows-repeated"), 1))
            technique = around.technique
            if row.get(TABLE + "visibility") in ("collapse", "filter"):
                technique = technique or "odf-hidden-row"
            values: dict[int, str] = {}
            hidden: dict[str, list[str]] = {}
            at = 0
            for cell in row:
                repeated = max(1, integer(cell.get(TABLE + "number-columns-repeated"), 1))
                style, collapsed = columns[at] if at < len(columns) else (None, False)
                style = cell.get(TABLE + "style-name") or row.get(TABLE + "default-cell-style-name") or style
                inner = Writing()
                here = replace(
                    self.cell(style, around), technique=technique or ("odf-hidden-column" if collapsed else None)
                )
                self.blocks(cell, inner, here)
                text = "\n".join(inner.blocks) or _value(cell)
                for run in inner.hidden:
                    hidden.setdefault(run.technique, []).append(run.text)
                if text.strip():
                    if len(values) + repeated > MOST_CELLS:
                        raise Refused("output-size")
                    values.update(dict.fromkeys(range(at, at + repeated), text))
                at += repeated
            place = f"{around.place}, row {number}"
            number += times
            for how, texts in hidden.items():
                writing.hide(how, " ".join(texts), place)
            if values:
                if times * len(values) + len(rows) > MOST_CELLS:
                    raise Refused("output-size")
                rows.extend([values] * times)
        writing.blocks.extend(sparse_table(rows))

    def _columns(self, table: Element) -> Iterator[tuple[str | None, bool]]:
        """The style of each column and whether it is hidden."""
        waiting = [table]
        told = 0
        while waiting:
            for one in waiting.pop():
                if one.tag in _COLUMN_GROUPS:
                    waiting.append(one)
                elif one.tag == TABLE + "table-column":
                    times = min(max(1, integer(one.get(TABLE + "number-columns-repeated"), 1)), 20_000 - told)
                    told += times
                    collapsed = one.get(TABLE + "visibility") in ("collapse", "filter")
                    yield from [(one.get(TABLE + "default-cell-style-name"), collapsed)] * times


def _value(cell: Element) -> str:
    """The value of a cell that no program has written as text yet."""
    names = ("string-value", "date-value", "time-value", "boolean-value", "value")
    return next((value for name in names if (value := cell.get(OFFICE + name))), "")
