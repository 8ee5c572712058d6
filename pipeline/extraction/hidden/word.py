"""Hidden text in DOCX: vanished, white and tiny runs (their styles included), deleted revisions, comments."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.hidden.office import WORD, Element, Parts, on, text_of
from pipeline.extraction.hidden.styles import WHITE, alike, colour

_BODIES = r"word/(?:document|header\d*|footer\d*|footnotes|endnotes)\.xml"
_TINY_HALF_POINTS = 4


@dataclass(frozen=True, slots=True)
class _RunLook:
    """How a run looks, as far as it matters for being seen."""

    vanished: bool = False
    white: bool = False
    tiny: bool = False
    shaded: bool = False

    @property
    def technique(self) -> str | None:
        if self.vanished:
            return "docx-vanish"
        if self.white and not self.shaded:
            return "docx-white-text"
        return "docx-tiny-font" if self.tiny else None


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """The hidden runs of a document, in order."""
    parts = Parts(data)
    styles = _styles(parts.root("word/styles.xml"))
    for name, body in parts.matching(_BODIES):
        where = name.removeprefix("word/").removesuffix(".xml")
        shaded = _shaded_cells(body)
        for number, paragraph in enumerate(body.iter(WORD + "p"), start=1):
            place = f"paragraph {number}" if where == "document" else f"{where}, paragraph {number}"
            yield from _in_paragraph(paragraph, styles, place, shaded)
    for _, comments in parts.matching(r"word/comments\.xml"):
        for number, comment in enumerate(comments.iter(WORD + "comment"), start=1):
            yield HiddenRun(technique="docx-comment", text=text_of(comment, WORD + "t"), place=f"comment {number}")


def _in_paragraph(
    paragraph: Element, styles: dict[str, _RunLook], place: str, shaded: frozenset[Element]
) -> Iterator[HiddenRun]:
    properties = paragraph.find(WORD + "pPr")
    base = replace(_looked_up(properties, "pStyle", styles), shaded=paragraph in shaded)
    base = _apply(base, properties)
    technique: str | None = None
    pending: list[str] = []
    for run in (*paragraph.iter(WORD + "r"), None):
        found, text = (None, "") if run is None else _of_run(run, base, styles)
        if run is not None and not text:
            continue
        if found != technique and pending:
            assert technique is not None
            yield HiddenRun(technique=technique, text="".join(pending), place=place)
            pending = []
        technique = found
        if found is not None:
            pending.append(text)


def _of_run(run: Element, base: _RunLook, styles: dict[str, _RunLook]) -> tuple[str | None, str]:
    if deleted := text_of(run, WORD + "delText"):
        return "docx-deleted", deleted
    properties = run.find(WORD + "rPr")
    style = _looked_up(properties, "rStyle", styles)
    look = _RunLook(
        vanished=base.vanished or style.vanished,
        white=base.white or style.white,
        tiny=base.tiny or style.tiny,
        shaded=base.shaded or style.shaded,
    )
    text = "".join(part.text or "" for part in run.iter(WORD + "t"))
    return _apply(look, properties).technique, text


def _apply(look: _RunLook, properties: Element | None) -> _RunLook:
    """`look` with what these properties say themselves."""
    if properties is None:
        return look
    for name in ("vanish", "specVanish"):
        if (switch := properties.find(WORD + name)) is not None:
            look = replace(look, vanished=on(switch))
    if (tint := properties.find(WORD + "color")) is not None:
        known = colour("#" + tint.get(WORD + "val", "").lower())
        look = replace(look, white=known is not None and alike(known, WHITE))
    if (size := properties.find(WORD + "sz")) is not None:
        look = replace(look, tiny=_integer(size.get(WORD + "val")) <= _TINY_HALF_POINTS)
    return replace(look, shaded=look.shaded or _is_shaded(properties))


def _is_shaded(properties: Element) -> bool:
    """Whether something dark may stand behind the text."""
    highlight = properties.find(WORD + "highlight")
    if highlight is not None and highlight.get(WORD + "val") not in ("none", "white"):
        return True
    shading = properties.find(WORD + "shd")
    if shading is None:
        return False
    fill = colour("#" + shading.get(WORD + "fill", "").lower())
    return shading.get(WORD + "themeFill") is not None or (fill is not None and not alike(fill, WHITE))


def _shaded_cells(body: Element) -> frozenset[Element]:
    """Paragraphs in table cells or tables with a background."""
    shaded: set[Element] = set()
    for container, kind in (("tc", "tcPr"), ("tbl", "tblPr")):
        for element in body.iter(WORD + container):
            properties = element.find(WORD + kind)
            styled = properties is not None and properties.find(WORD + "tblStyle") is not None
            if properties is not None and (styled or _is_shaded(properties)):
                shaded.update(element.iter(WORD + "p"))
    return frozenset(shaded)


def _looked_up(properties: Element | None, kind: str, styles: dict[str, _RunLook]) -> _RunLook:
    reference = properties.find(WORD + kind) if properties is not None else None
    return styles.get(reference.get(WORD + "val", ""), _RunLook()) if reference is not None else _RunLook()


def _styles(root: Element | None) -> dict[str, _RunLook]:
    """Every style with what it inherits."""
    if root is None:
        return {}
    raw = {style.get(WORD + "styleId", ""): style for style in root.iter(WORD + "style")}

    def resolved(name: str, depth: int = 0) -> _RunLook:
        style = raw.get(name)
        if style is None or depth > 20:
            return _RunLook()
        parent = style.find(WORD + "basedOn")
        look = resolved(parent.get(WORD + "val", ""), depth + 1) if parent is not None else _RunLook()
        return _apply(_apply(look, style.find(WORD + "pPr")), style.find(WORD + "rPr"))

    return {name: resolved(name) for name in raw}


def _integer(value: str | None) -> float:
    try:
        return float(value or "")
    except ValueError:
        return 99
