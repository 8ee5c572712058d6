"""Text boxes, pictures and shapes in Word files: where they stand and what is behind their text."""

import re

from pipeline.extraction.hidden.styles import colour
from pipeline.extraction.office.colours import RGB, Theme, of_drawing
from pipeline.extraction.office.parts import DRAWING, Element, integer

ANCHOR = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
SHAPE = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
VECTOR = "{urn:schemas-microsoft-com:vml}"

_PAGE_EMU = (7_772_400, 10_058_400)
"""Letter; a page is hardly ever much larger, and a box beyond twice its size is on no page."""
_MARGIN_EMU = 914_400
_TINY_EMU = 25_400
_POINTS_AWAY = 1200
_STYLE = re.compile(r"(margin-left|margin-top|left|top|width|height|visibility)\s*:\s*(-?[\d.]+|hidden)", re.IGNORECASE)


def technique_of(drawing: Element) -> str | None:
    """How a drawing or an old picture (`w:pict`) with all its text is kept from a reader; None if it is not."""
    for shape in drawing.iter():
        if str(shape.tag).startswith(VECTOR) and (technique := _old_shape(shape.get("style", ""))):
            return technique
    frame = next(iter(drawing.iter(ANCHOR + "anchor")), None)
    if frame is None:
        return None
    about = frame.find(ANCHOR + "docPr")
    if about is not None and about.get("hidden") in ("1", "true"):
        return "docx-vanish"
    extent = frame.find(ANCHOR + "extent")
    size = [integer(extent.get(side), _PAGE_EMU[0]) if extent is not None else _PAGE_EMU[0] for side in ("cx", "cy")]
    for at, name in enumerate(("positionH", "positionV")):
        position = frame.find(ANCHOR + name)
        offset = position.findtext(ANCHOR + "posOffset") if position is not None else None
        if position is None or offset is None:
            continue
        place = integer(offset.strip())
        before = 0 if position.get("relativeFrom") == "page" else _MARGIN_EMU
        paged = position.get("relativeFrom") in ("page", "margin", "column", "leftMargin", "topMargin")
        if (paged and place + size[at] <= -before) or place >= 2 * _PAGE_EMU[at] or place <= -2 * _PAGE_EMU[at]:
            return "docx-off-page"
    fits = next(iter(drawing.iter(DRAWING + "spAutoFit")), None) is not None
    return "docx-tiny-line" if min(size) <= _TINY_EMU and not fits else None


def background_of(box: Element, theme: Theme) -> RGB | None:
    """The colour behind the text of a shape; None when it is not known, such as a picture."""
    properties = box.find(SHAPE + "spPr")
    if properties is not None and (fill := properties.find(DRAWING + "solidFill")) is not None:
        return of_drawing(fill, theme)[0]
    style = box.find(SHAPE + "style")
    reference = style.find(DRAWING + "fillRef") if style is not None else None
    own = properties is not None and any(str(one.tag).endswith("Fill") for one in properties)
    if reference is not None and reference.get("idx") not in (None, "0") and not own:
        return of_drawing(reference, theme)[0]
    if box.tag.startswith(VECTOR) and box.get("filled", "t") not in ("f", "false"):
        return colour(box.get("fillcolor", "white").lower())
    return None


def _old_shape(style: str) -> str | None:
    for name, value in _STYLE.findall(style):
        if name.lower() == "visibility":
            return "docx-vanish"
        if name.lower() not in ("width", "height") and abs(float(value) if value.count(".") < 2 else 0) >= _POINTS_AWAY:
            return "docx-off-page"
    return None
