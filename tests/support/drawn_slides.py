"""Slides and OpenDocument texts that LibreOffice opens, with a passage that their readers do not see."""

import io
import zipfile

from tests.support.drawn_files import HIDDEN, SEEN
from tests.support.office_files import OFFICE, archive, frame, open_document, shape, slides

_TYPE = "application/vnd.openxmlformats-officedocument.presentationml."
_PLACE = frame(500_000, 2_000_000, 8_000_000, 600_000)
_AROUND = frame(400_000, 1_900_000, 8_300_000, 900_000)
_BOX = '<a:prstGeom prst="rect"/>'


def deck(shapes: str) -> bytes:
    """A presentation of one slide, with visible sentences around what is hidden."""
    above, below = (frame(500_000, top, 8_000_000, 600_000) for top in (300_000, 4_800_000))
    bare = slides(shape(SEEN[0], "", above) + shapes + shape(SEEN[1], "", below))
    with zipfile.ZipFile(io.BytesIO(bare)) as packed:
        members: dict[str, str | bytes] = {name: packed.read(name) for name in packed.namelist()}
    parts = {"/ppt/presentation.xml": "presentation.main", "/ppt/slides/slide1.xml": "slide"}
    listed = "".join(f'<Override PartName="{part}" ContentType="{_TYPE}{kind}+xml"/>' for part, kind in parts.items())
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    types = f"{OFFICE}/package/2006/content-types"
    return archive({**members, "[Content_Types].xml": f'<Types xmlns="{types}">{defaults}{listed}</Types>'})


def _fill(colour: str, more: str = "") -> str:
    return f'<a:solidFill><a:srgbClr val="{colour}">{more}</a:srgbClr></a:solidFill>'


SLIDE_WAYS = {
    "white": shape(HIDDEN, _fill("FFFFFF"), _PLACE),
    "nearly white": shape(HIDDEN, _fill("FDFDFD"), _PLACE),
    "transparent": shape(HIDDEN, _fill("000000", '<a:alpha val="0"/>'), _PLACE),
    "the colour of its shape": shape(HIDDEN, _fill("336699"), _PLACE, _BOX + _fill("336699")),
    "off the slide": shape(HIDDEN, "", frame(-9_900_000, 2_000_000, 8_000_000, 600_000)),
    "behind a shape": shape(HIDDEN, "", _PLACE) + shape("", "", _AROUND, _BOX + _fill("336699")),
    "a hidden shape": shape(HIDDEN, "", _PLACE).replace('name="x"', 'name="x" hidden="1"', 1),
}
"""Shapes that hide a passage on a slide."""
SLIDE_SHOWN = shape(HIDDEN, "", _PLACE)


def _styled(look: str, paragraph: str = "") -> bytes:
    properties = f"<style:text-properties {look}/>" if look else ""
    style = f'<style:style style:name="H" style:family="paragraph">{paragraph}{properties}</style:style>'
    return _text(f'<text:p text:style-name="H">{HIDDEN}</text:p>', style)


def _text(passage: str, styles: str = "") -> bytes:
    around = (f"<text:p>{sentence}</text:p>" for sentence in SEEN)
    return open_document("text", passage.join(around), styles)


TEXT_WAYS = {
    "white": _styled('fo:color="#ffffff"'),
    "the colour of its paragraph": _styled(
        'fo:color="#204060"', '<style:paragraph-properties fo:background-color="#204060"/>'
    ),
    "the colour behind it": _styled('fo:color="#ffff00" fo:background-color="#ffff00"'),
    "one point": _styled('fo:font-size="1pt"'),
    "not displayed": _styled('text:display="none"'),
    "indented off the page": _styled("", '<style:paragraph-properties fo:margin-left="-60cm" fo:margin-right="60cm"/>'),
    "a hidden section": _text(
        f'<text:section text:name="s" text:display="none"><text:p>{HIDDEN}</text:p></text:section>'
    ),
    "a hidden field": _text(
        f'<text:p><text:hidden-text text:string-value="{HIDDEN}" text:condition="ooow:1"'
        ' text:is-hidden="true"/></text:p>'
    ),
}
"""OpenDocument texts that hide a passage."""
TEXT_SHOWN = _styled('fo:font-weight="bold"')
