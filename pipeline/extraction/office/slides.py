"""Text of presentations: slides in their order, with speaker notes and comments under their labels.

Invariants: text that stands on the layouts and the master is there once, before the first slide. A shape outside the
slide, under another shape or of the colour behind it is reported.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline.extraction.containers import Refused
from pipeline.extraction.hidden.styles import WHITE, alike
from pipeline.extraction.office import drawings
from pipeline.extraction.office.colours import RGB, Theme, mapped, of_drawing, theme_of
from pipeline.extraction.office.parts import (
    CHART,
    COMPATIBILITY,
    DRAWING,
    MAX_NESTING,
    RELATION,
    SLIDE,
    Element,
    Parts,
    chosen,
    integer,
    text_of,
)
from pipeline.extraction.office.reading import OfficeText
from pipeline.extraction.office.slide_fills import NONE, areas, fill_of, is_opaque, paint
from pipeline.extraction.office.slide_shapes import Painted, Placing, ShapeBox, backdrop, covered, ground, placed
from pipeline.extraction.office.slide_styles import SlideStyles
from pipeline.extraction.office.word_lists import NUMBERS
from pipeline.extraction.office.writing import Span, Writing

_MAIN = "ppt/presentation.xml"
_TINY_HUNDREDTHS = 200
_WHOLE = 100_000
_FAR = 500_000
"""Text raised or lowered by more than five times its size has left its line."""
_TITLES = ("title", "ctrTitle")
_NOTES = ("body",)
_DEFAULT_SIZE = (9_144_000, 6_858_000)
"""Four to three, in EMU."""


@dataclass(frozen=True, slots=True)
class _SlideContext:
    """Surroundings of a shape."""

    placing: Placing
    theme: Theme
    background: RGB | None
    technique: str | None = None
    styles: SlideStyles = field(default_factory=SlideStyles)
    parents: tuple[Element, ...] = ()
    """Placeholders from which the shape inherits."""
    painted: tuple[Painted, ...] = ()
    """Shapes of the master and the layout, which are behind those of the slide."""
    depth: int = 0

    def inside(self) -> "_SlideContext":
        if self.depth >= MAX_NESTING:
            raise Refused("nesting")
        return replace(self, depth=self.depth + 1)


def read(parts: Parts) -> OfficeText:
    """The text of a presentation. Raises `Refused` when it is nested too deep, and what a parser raises."""
    return _SlideReader(parts).read()


class _SlideReader:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        main = next((one.target for one in parts.relations("").values() if one.kind == "officeDocument"), _MAIN)
        root = parts.root(main)
        if root is None:
            raise Refused("corrupt")
        relations = parts.relations(main)
        listed = [relations.get(one.get(RELATION + "id", "")) for one in root.iter(SLIDE + "sldId")]
        self._defaults = root.find(SLIDE + "defaultTextStyle")
        self._slides = [one.target for one in listed if one is not None and not one.external]
        size = root.find(SLIDE + "sldSz")
        self._size = _DEFAULT_SIZE
        if size is not None:
            self._size = (integer(size.get("cx"), _DEFAULT_SIZE[0]), integer(size.get("cy"), _DEFAULT_SIZE[1]))
        self._reading = OfficeText()
        self._writing = self._reading.writing
        self._grounds: set[str] = set()
        """Masters and layouts whose own text was added."""

    def read(self) -> OfficeText:
        """Everything, in order."""
        slides = Writing()
        for number, name in enumerate(self._slides, start=1):
            self._slide(name, number, slides)
        self._writing.hidden.extend(slides.hidden)
        self._writing.blocks.extend(slides.blocks)
        for name, _ in self._parts.matching(r"ppt/slides/slide\d+\.xml"):
            if name not in self._slides:
                self._writing.hide("pptx-unused-part", text_of(self._required(name), DRAWING + "t"), "slides")
        return self._reading

    def _required(self, name: str) -> Element:
        root = self._parts.root(name)
        if root is None:
            raise Refused("corrupt")
        return root

    def _related(self, name: str, kind: str) -> str:
        found = (one.target for one in self._parts.relations(name).values() if one.kind == kind and not one.external)
        return next(found, "")

    def _slide(self, name: str, number: int, slides: Writing) -> None:
        root = self._required(name)
        place = f"slide {number}"
        layout = self._related(name, "slideLayout")
        master = self._related(layout, "slideMaster") if layout else ""
        above = [self._parts.root(one) if one else None for one in (layout, master)]
        grounds = [root, *(one for one in above if one is not None)]
        theme = theme_of(self._parts.root(self._related(master, "theme")) if master else None)
        theme = mapped(theme, grounds[-1].find(SLIDE + "clrMap"))
        styles = SlideStyles(above[0], above[1], self._defaults)
        around = _SlideContext(Placing(self._size), theme, ground(grounds, theme), styles=styles)
        shows_master = root.get("showMasterSp") not in ("0", "false")
        if shows_master:
            behind = [one for ground in reversed(grounds[1:]) for one in areas(_fixed(ground, around), theme)]
            around = replace(around, painted=tuple(behind))
            for label, one in (("Slide master", master), ("Slide layout", layout)):
                if one and one not in self._grounds:
                    self._grounds.add(one)
                    own = Writing()
                    self._shapes(one, self._required(one), own, f"{label.lower()} of {place}", around, fixed=True)
                    self._writing.part(label, own)
        if root.get("show") in ("0", "false"):
            around = replace(around, technique="pptx-hidden-slide")
        one_slide = Writing()
        self._shapes(name, root, one_slide, place, around)
        if around.technique is not None:  # one report for a slide
            text = "\n".join(run.text for run in one_slide.hidden)
            one_slide.hidden = []
            one_slide.hide(around.technique, text, place)
        slides.hidden.extend(one_slide.hidden)
        slides.blocks.extend(one_slide.blocks)
        self._notes(name, place, slides, around)
        self._comments(name, place, slides)

    def _notes(self, name: str, place: str, slides: Writing, around: _SlideContext) -> None:
        target = self._related(name, "notesSlide")
        root = self._parts.root(target) if target else None
        if root is None:
            return
        notes = Writing()
        here = replace(around, background=None, placing=Placing(None), technique=None)
        self._shapes(target, root, notes, f"notes of {place}", here, notes=True)
        slides.part("Speaker notes", notes)

    def _comments(self, name: str, place: str, slides: Writing) -> None:
        comments = Writing()
        for relation in self._parts.relations(name).values():
            root = self._parts.root(relation.target) if relation.kind == "comments" and not relation.external else None
            for text in _comment_texts(root) if root is not None else ():
                comments.hide("pptx-comment", text, place)
                comments.add([Span(text)], place)
        slides.part("Comments", comments)

    def _shapes(
        self,
        name: str,
        root: Element,
        writing: Writing,
        place: str,
        around: _SlideContext,
        *,
        fixed: bool = False,
        notes: bool = False,
    ) -> None:
        """The shapes of a part. `fixed` leaves placeholders out, `notes` only the notes themselves."""
        tree = root.find(f"{SLIDE}cSld/{SLIDE}spTree")
        shapes = list(_flat(tree, around.placing)) if tree is not None else []
        ordered = sorted(shapes, key=lambda one: _kind(one[0]) not in _TITLES) if not fixed and not notes else shapes
        order = {id(shape): at for at, (shape, _) in enumerate(shapes)}
        relations = self._parts.relations(name)
        parents = [around.styles.parents(shape) for shape, _ in shapes]
        places = [
            next((box for one in (shape, *above) if (box := placed(one, where)) is not None), None)
            for (shape, where), above in zip(shapes, parents, strict=True)
        ]
        boxes = [
            (box, is_opaque(shape, relations, self._parts)) for box, (shape, _) in zip(places, shapes, strict=True)
        ]
        painted = [paint(shape, where, around.theme) for shape, where in shapes]
        for shape, where in ordered:
            kind = _kind(shape)
            if (fixed and kind is not None) or (notes and kind is not None and kind not in _NOTES):
                continue
            at = order[id(shape)]
            box = places[at]
            in_hidden = "pptx-hidden-shape" if where.hidden else None
            technique = around.technique or in_hidden or self._hidden_by(shape, box, boxes[at + 1 :])
            before = [one for one in painted[:at] if one is not None]
            ground = backdrop(box, [*around.painted, *before], around.background)
            here = replace(around.inside(), technique=technique, background=ground, parents=tuple(parents[at]))
            self._shape(name, shape, writing, place, here)

    def _hidden_by(self, shape: Element, box: ShapeBox | None, later: list[tuple[ShapeBox | None, bool]]) -> str | None:
        about = next(iter(shape.iter(SLIDE + "cNvPr")), None)
        if about is not None and about.get("hidden") in ("1", "true"):
            return "pptx-hidden-shape"
        if box is None:
            return None
        left, top, right, bottom = box
        if right <= 0 or bottom <= 0 or left >= self._size[0] or top >= self._size[1]:
            return "pptx-off-slide"
        return "pptx-under-shape" if any(opaque and covered(box, other) for other, opaque in later) else None

    def _shape(self, name: str, shape: Element, writing: Writing, place: str, around: _SlideContext) -> None:
        if (table := next(iter(shape.iter(DRAWING + "tbl")), None)) is not None:
            self._table(table, writing, place, around)
            return
        for reference, label in ((CHART + "chart", "Chart"), (drawings.DIAGRAM + "relIds", "Diagram")):
            one = next(iter(shape.iter(reference)), None)
            relation = None
            if one is not None:
                relation = self._parts.relations(name).get(one.get(RELATION + ("id" if label == "Chart" else "dm"), ""))
            root = self._parts.root(relation.target) if relation is not None else None
            if root is not None:
                figure = Writing()
                for line in drawings.chart_text(root) if label == "Chart" else drawings.diagram_text(root):
                    figure.add([Span(line, around.technique)], place)
                writing.part(label, figure)
                return
        about = next(iter(shape.iter(SLIDE + "cNvPr")), None)
        if shape.tag == SLIDE + "pic" and about is not None and about.get("descr", "").strip():
            picture = Writing()
            picture.add([Span(about.get("descr", ""), around.technique)], place)
            picture.hide("pptx-alt-text", about.get("descr", ""), place)
            writing.part("Picture", picture)
        body = shape.find(SLIDE + "txBody")
        if body is not None:
            fill = fill_of([shape, *around.parents], around.theme)
            background = around.background if fill is NONE else fill
            heading = "## " if _kind(shape) in _TITLES else ""
            self._paragraphs(body, writing, place, replace(around, background=background), heading, shape)

    def _table(self, table: Element, writing: Writing, place: str, around: _SlideContext) -> None:
        rows: list[list[Writing]] = []
        for row in table.iter(DRAWING + "tr"):
            cells: list[Writing] = []
            for cell in row.iterfind(DRAWING + "tc"):
                inner = Writing()
                own = cell.find(f"{DRAWING}tcPr/{DRAWING}solidFill")
                # The style of a table, which is in no slide, colours its cells.
                background = of_drawing(own, around.theme)[0] if own is not None else None
                merged = cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true")
                body = cell.find(DRAWING + "txBody")
                if body is not None:
                    technique = around.technique or ("pptx-merged-cell" if merged else None)
                    here = replace(around, background=background, technique=technique)
                    self._paragraphs(body, inner, place, here, "")
                cells.append(inner)
            rows.append(cells)
        writing.table(rows)

    def _paragraphs(
        self,
        body: Element,
        writing: Writing,
        place: str,
        around: _SlideContext,
        heading: str,
        shape: Element | None = None,
    ) -> None:
        frame = body.find(DRAWING + "bodyPr")
        fit = frame.find(DRAWING + "normAutofit") if frame is not None else None
        scale = integer(fit.get("fontScale"), _WHOLE) / _WHOLE if fit is not None else 1.0
        counts: dict[int, int] = {}
        blocks = Writing()
        for paragraph in body.iterfind(DRAWING + "p"):
            properties = paragraph.find(DRAWING + "pPr")
            level = integer(properties.get("lvl")) if properties is not None else 0
            own = body.find(f"{DRAWING}lstStyle/{DRAWING}lvl{level + 1}pPr/{DRAWING}defRPr")
            above = around.styles.text(shape, list(around.parents), level + 1) if shape is not None else []
            styles = [*([own] if own is not None else []), *above]
            spans = list(self._spans(paragraph, styles, scale, around))
            blocks.add(spans, place, heading or _mark(properties, level, counts, spans))
        writing.hidden.extend(blocks.hidden)
        if heading and blocks.blocks:
            rest = " ".join(block.removeprefix(heading) for block in blocks.blocks)
            writing.blocks.append(heading + " ".join(rest.splitlines()))
        else:
            writing.blocks.extend(blocks.blocks)

    def _spans(self, paragraph: Element, styles: list[Element], scale: float, around: _SlideContext) -> Iterator[Span]:
        for run in paragraph:
            if run.tag == DRAWING + "br":
                yield Span("\n", around.technique)
            elif run.tag in (DRAWING + "r", DRAWING + "fld"):
                text = run.findtext(DRAWING + "t") or ""
                text = text.replace("\v", "\n").replace("_x000B_", "\n").replace("_x000D_", "\n")
                yield Span(text, around.technique or _look(run.find(DRAWING + "rPr"), styles, scale, around))
            elif run.tag == COMPATIBILITY + "AlternateContent":
                if (shown := chosen(run)) is not None:
                    yield Span(drawings.formula_text(shown), around.technique)
            elif not str(run.tag).endswith("Pr"):  # formulas stand in an element of their own
                yield Span(drawings.formula_text(run), around.technique)


def _look(properties: Element | None, styles: list[Element], scale: float, around: _SlideContext) -> str | None:
    holders = [*([properties] if properties is not None else []), *styles]
    size = next((one.get("sz") for one in holders if one.get("sz")), None)
    if integer(size, 1800) * scale <= _TINY_HUNDREDTHS:
        return "pptx-tiny-font"
    raised = next((one.get("baseline") for one in holders if one.get("baseline")), None)
    if abs(integer(raised)) >= _FAR:
        return "pptx-off-slide"
    if any(one.find(DRAWING + "noFill") is not None for one in holders[:1]) and holders[0].find(DRAWING + "ln") is None:
        return "pptx-transparent"
    fill = next((found for one in holders if (found := one.find(DRAWING + "solidFill")) is not None), None)
    colour, clear = of_drawing(fill, around.theme)
    if clear:
        return "pptx-transparent"
    marked = properties.find(DRAWING + "highlight") if properties is not None else None
    behind = of_drawing(marked, around.theme)[0] if marked is not None else around.background
    if colour is None or behind is None or not alike(colour, behind):
        return None
    return "pptx-white-text" if alike(behind, WHITE) else "pptx-same-colour"


def _mark(properties: Element | None, level: int, counts: dict[int, int], spans: list[Span]) -> str:
    """The number or mark before a paragraph; counts it."""
    if properties is None or not any(span.text.strip() for span in spans):
        return ""
    indent = "  " * min(level, 8)
    numbered = properties.find(DRAWING + "buAutoNum")
    if numbered is None:
        counts.clear()
        return f"{indent}- " if properties.find(DRAWING + "buChar") is not None else ""
    counts[level] = counts.get(level, integer(numbered.get("startAt"), 1) - 1) + 1
    for deeper in [one for one in counts if one > level]:
        del counts[deeper]
    kind = numbered.get("type", "arabicPeriod")
    written = next((form(counts[level]) for name, form in NUMBERS.items() if kind.startswith(name)), str(counts[level]))
    ending = ")" if "Paren" in kind else "." if kind.endswith("Period") else ""
    return f"{indent}{'(' if kind.endswith('ParenBoth') else ''}{written}{ending} "


def _kind(shape: Element) -> str | None:
    """The kind of a placeholder; None for any other shape."""
    for child in shape:
        if (holder := child.find(f"{SLIDE}nvPr/{SLIDE}ph")) is not None:
            return holder.get("type", "obj")
    return None


def _flat(tree: Element, placing: Placing, depth: int = 0) -> Iterator[tuple[Element, Placing]]:
    """All shapes, those in groups included, in drawing order."""
    if depth > MAX_NESTING:
        raise Refused("nesting")
    for child in tree:
        if child.tag == SLIDE + "grpSp":
            yield from _flat(child, placing.inside(child), depth + 1)
        elif child.tag == COMPATIBILITY + "AlternateContent":
            if (shown := chosen(child)) is not None:
                yield from _flat(shown, placing, depth + 1)
        elif child.tag in (SLIDE + "sp", SLIDE + "pic", SLIDE + "graphicFrame", SLIDE + "cxnSp"):
            yield child, placing


def _fixed(root: Element, around: _SlideContext) -> Iterator[tuple[Element, Placing]]:
    """The shapes of a master or layout that are shown; its placeholders are not."""
    tree = root.find(f"{SLIDE}cSld/{SLIDE}spTree")
    for shape, placing in _flat(tree, around.placing) if tree is not None else ():
        if _kind(shape) is None:
            yield shape, placing


def _comment_texts(root: Element) -> Iterator[str]:
    for one in root:
        text = text_of(one, SLIDE + "text") or text_of(one, DRAWING + "t")
        if text:
            yield text
