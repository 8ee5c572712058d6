"""Drawings on a sheet: text boxes, charts, diagrams and labels of pictures; and the cells that they cover."""

from dataclasses import dataclass
from typing import NamedTuple

from pipeline.extraction.hidden.styles import WHITE, alike
from pipeline.extraction.office import drawings
from pipeline.extraction.office.colours import RGB, Theme, of_drawing
from pipeline.extraction.office.parts import (
    CHART,
    COMPATIBILITY,
    DRAWING,
    RELATION,
    Element,
    Parts,
    Relation,
    chosen,
    integer,
)
from pipeline.extraction.office.writing import Span, Writing

_SHEET = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_TINY_EMU = 25_400
"""Two points."""
_TINY_HUNDREDTHS = 200
_MOST_COMPARED = 2_000_000
"""Pairs of drawings of one sheet that are compared; of more drawings, each is compared with the next ones only."""
_ON = ("1", "true")


class Corner(NamedTuple):
    """A place on a sheet: a cell, and EMU from its left or upper edge."""

    cell: int
    offset: int


@dataclass(frozen=True, slots=True)
class Covering:
    """The cells that something covers."""

    left: Corner
    top: Corner
    right: Corner
    bottom: Corner

    def covers(self, other: "Covering") -> bool:
        """Whether all of `other` lies below this."""
        begins = self.left <= other.left and self.top <= other.top
        return begins and self.right >= other.right and self.bottom >= other.bottom

    def has(self, row: int, column: int) -> bool:
        """Whether all of a cell lies below this, by its numbers from 1."""
        across = self.left <= (column - 1, 0) and self.right >= (column, 0)
        return across and self.top <= (row - 1, 0) and self.bottom >= (row, 0)

    @property
    def columns(self) -> range:
        """Numbers of the columns that it covers, from 1."""
        return range(self.left.cell + 1, self.right.cell + 1)


@dataclass(slots=True)
class SheetDrawing:
    """Reads one drawing."""

    parts: Parts
    relations: dict[str, Relation]
    theme: Theme
    place: str
    is_white: bool
    """Whether all cells of the sheet have its own background."""

    def read(self, root: Element, writing: Writing) -> list[Covering]:
        """Add the texts of a drawing. Returns the areas that pictures and filled shapes cover."""
        anchors = [one for one in root if str(one.tag).endswith("Anchor")]
        areas = [_area(one) for one in anchors]
        opaque = [area if self._is_opaque(one) else None for one, area in zip(anchors, areas, strict=True)]
        most = max(1, _MOST_COMPARED // max(1, len(anchors)))
        for at, anchor in enumerate(anchors):
            area = areas[at]
            above = [one for one in opaque[at + 1 : at + 1 + most] if one is not None]
            technique = _size(anchor)
            if technique is None and area is not None and any(one.covers(area) for one in above):
                technique = "xlsx-under-shape"
            self._anchor(anchor, writing, technique, is_first=at == 0)
        return [one for one in opaque if one is not None]

    def _anchor(self, anchor: Element, writing: Writing, technique: str | None, *, is_first: bool) -> None:
        waiting: list[tuple[Element, str | None, RGB | None]] = [(anchor, technique, WHITE if is_first else None)]
        while waiting:
            element, how, behind = waiting.pop()
            if element.tag == COMPATIBILITY + "AlternateContent":
                shown = chosen(element)
                waiting.extend([(shown, how, behind)] if shown is not None else [])
                continue
            inner = Writing()
            if element.tag == _SHEET + "sp":
                how, behind = self._shape(element, how, behind)
            elif element.tag == _SHEET + "txBody":
                for paragraph in element.iterfind(DRAWING + "p"):
                    inner.add(self._spans(paragraph, how, behind), self.place)
                writing.part("Text box", inner)
                continue
            elif element.tag in (CHART + "chart", drawings.DIAGRAM + "relIds"):
                is_chart = element.tag == CHART + "chart"
                relation = self.relations.get(element.get(RELATION + ("id" if is_chart else "dm"), ""))
                part = self.parts.root(relation.target) if relation is not None and not relation.external else None
                for line in () if part is None else (drawings.chart_text if is_chart else drawings.diagram_text)(part):
                    inner.add([Span(line, how)], self.place)
                writing.part("Chart" if is_chart else "Diagram", inner)
            elif element.tag == _SHEET + "cNvPr" and element.get("descr", "").strip():
                inner.add([Span(element.get("descr", ""))], self.place)
                inner.hide("xlsx-alt-text", element.get("descr", ""), self.place)
                writing.part("Picture", inner)
            waiting.extend((child, how, behind) for child in reversed(element))

    def _shape(self, shape: Element, technique: str | None, behind: RGB | None) -> tuple[str | None, RGB | None]:
        """How the text of a shape is hidden as a whole, and the colour behind it; None if unknown."""
        about = next(shape.iter(_SHEET + "cNvPr"), None)
        if about is not None and about.get("hidden") in _ON:
            technique = technique or "xlsx-hidden-shape"
        properties = shape.find(_SHEET + "spPr")
        for one in properties if properties is not None else ():
            if one.tag == DRAWING + "solidFill":
                return technique, of_drawing(one, self.theme)[0]
            if one.tag == DRAWING + "noFill":
                return technique, behind if self.is_white else None
            if str(one.tag).endswith("Fill"):
                return technique, None
        reference = shape.find(f"{_SHEET}style/{DRAWING}fillRef")
        if reference is not None and reference.get("idx") not in (None, "0"):
            return technique, of_drawing(reference, self.theme)[0]
        return technique, behind if self.is_white else None

    def _spans(self, paragraph: Element, technique: str | None, behind: RGB | None) -> list[Span]:
        usual = paragraph.find(f"{DRAWING}pPr/{DRAWING}defRPr")
        spans: list[Span] = []
        for run in paragraph:
            if run.tag in (DRAWING + "r", DRAWING + "fld"):
                holders = [one for one in (run.find(DRAWING + "rPr"), usual) if one is not None]
                how = technique or self._look(holders, behind)
                spans.append(Span(run.findtext(DRAWING + "t") or "", how))
            elif run.tag == DRAWING + "br":
                spans.append(Span("\n", technique))
            elif not str(run.tag).endswith("Pr"):
                spans.append(Span(drawings.formula_text(run), technique))
        return spans

    def _look(self, holders: list[Element], behind: RGB | None) -> str | None:
        size = next((one.get("sz") for one in holders if one.get("sz")), None)
        if size is not None and integer(size, _TINY_HUNDREDTHS + 1) <= _TINY_HUNDREDTHS:
            return "xlsx-tiny-font"
        fill = next((found for one in holders if (found := one.find(DRAWING + "solidFill")) is not None), None)
        colour, clear = of_drawing(fill, self.theme)
        if clear or any(one.find(DRAWING + "noFill") is not None for one in holders[:1]):
            return "xlsx-transparent"
        if colour is None or behind is None or not alike(colour, behind):
            return None
        return "xlsx-white-text" if alike(behind, WHITE) else "xlsx-same-colour"

    def _is_opaque(self, anchor: Element) -> bool:
        picture = next(anchor.iter(DRAWING + "blip"), None)
        if picture is not None:
            relation = self.relations.get(picture.get(RELATION + "embed", ""))
            return relation is not None and not relation.external and self.parts.is_opaque_picture(relation.target)
        shape = anchor.find(_SHEET + "sp")
        properties = shape.find(_SHEET + "spPr") if shape is not None else None
        if properties is None:
            return False
        form = properties.find(DRAWING + "prstGeom")
        fill = properties.find(DRAWING + "solidFill")
        plain = fill is not None and next(fill.iter(DRAWING + "alpha"), None) is None
        return plain and (form is None or form.get("prst") in ("rect", "roundRect"))


def _area(anchor: Element) -> Covering | None:
    """The cells between the two corners of a drawing; None if it has only one."""
    start, end = anchor.find(_SHEET + "from"), anchor.find(_SHEET + "to")
    if start is None or end is None:
        return None
    corners = [
        Corner(integer(one.findtext(_SHEET + name)), integer(one.findtext(f"{_SHEET}{name}Off")))
        for one in (start, end)
        for name in ("col", "row")
    ]
    return Covering(*corners)


def _size(anchor: Element) -> str | None:
    """`xlsx-tiny-line` for a drawing without room that does not grow with its text."""
    frame = next(anchor.iter(_SHEET + "txBody"), None)
    if frame is None or next(frame.iter(DRAWING + "spAutoFit"), None) is not None:
        return None
    area, extent = _area(anchor), anchor.find(_SHEET + "ext")
    if area is not None:
        return "xlsx-tiny-line" if area.left >= area.right or area.top >= area.bottom else None
    sides = [integer(extent.get(side), _TINY_EMU + 1) for side in ("cx", "cy")] if extent is not None else []
    return "xlsx-tiny-line" if sides and min(sides) <= _TINY_EMU else None
