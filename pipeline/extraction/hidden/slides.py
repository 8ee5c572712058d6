"""Hidden text in PPTX: hidden slides, tiny text, shapes outside the slide, comments."""

from collections.abc import Iterator

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.office.parts import DRAWING, SLIDE, Element, Parts, text_of

_TINY_HUNDREDTHS = 200


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """The hidden runs of a presentation, in order."""
    parts = Parts(data)
    size = _slide_size(parts.root("ppt/presentation.xml"))
    for number, (_, slide) in enumerate(parts.matching(r"ppt/slides/slide\d+\.xml"), start=1):
        place = f"slide {number}"
        if slide.get("show") in ("0", "false"):
            yield HiddenRun(technique="pptx-hidden-slide", text=_text(slide), place=place)
            continue
        for shape in slide.iter(SLIDE + "sp"):
            if size is not None and _is_beside(shape, size):
                yield HiddenRun(technique="pptx-off-slide", text=_text(shape), place=place)
        for run in slide.iter(DRAWING + "r"):
            properties = run.find(DRAWING + "rPr")
            if properties is not None and _integer(properties.get("sz"), 1800) <= _TINY_HUNDREDTHS:
                yield HiddenRun(technique="pptx-tiny-font", text=_text(run), place=place)
    for _, comments in parts.matching(r"ppt/comments/[^/]+\.xml"):
        text = text_of(comments, SLIDE + "text") or _text(comments)
        yield HiddenRun(technique="pptx-comment", text=text, place="comments")


def _text(element: Element) -> str:
    return " ".join(part.text.strip() for part in element.iter(DRAWING + "t") if part.text)


def _slide_size(root: Element | None) -> tuple[int, int] | None:
    size = root.find(SLIDE + "sldSz") if root is not None else None
    return (_integer(size.get("cx"), 0), _integer(size.get("cy"), 0)) if size is not None else None


def _is_beside(shape: Element, size: tuple[int, int]) -> bool:
    frame = shape.find(f"{SLIDE}spPr/{DRAWING}xfrm")
    corner = frame.find(DRAWING + "off") if frame is not None else None
    extent = frame.find(DRAWING + "ext") if frame is not None else None
    if corner is None or extent is None:
        return False
    x, y = _integer(corner.get("x"), 0), _integer(corner.get("y"), 0)
    right, bottom = x + _integer(extent.get("cx"), 0), y + _integer(extent.get("cy"), 0)
    return right <= 0 or bottom <= 0 or x >= size[0] or y >= size[1]


def _integer(value: str | None, default: int) -> int:
    try:
        return int(value or "")
    except ValueError:
        return default
