"""Slides: what a placeholder inherits from its layout and master decides whether its text can be seen."""

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction import media_types as kinds
from pipeline.extraction.office.parts import Parts
from pipeline.extraction.office.readers import read
from pipeline.extraction.office.writing import Writing
from tests.support.office_files import OFFICE, archive, frame, relations

NAMESPACES = (
    f'xmlns:a="{OFFICE}/drawingml/2006/main" xmlns:p="{OFFICE}/presentationml/2006/main" '
    f'xmlns:r="{OFFICE}/officeDocument/2006/relationships"'
)
PLACE = frame(1_000_000, 1_000_000, 2_000_000, 500_000)
MARK = "the words in question"


def fill(colour: str) -> str:
    return f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'


def levels(colour: str | None) -> str:
    return f"<a:lvl1pPr><a:defRPr>{fill(colour)}</a:defRPr></a:lvl1pPr>" if colour else ""


def holder(text: str, kind: str, *, run: str | None = None, own: str | None = None, place: str = "") -> str:
    look = f"<a:rPr>{fill(run) if run else ''}</a:rPr>"
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="x"/><p:nvPr><p:ph type="{kind}" idx="1"/></p:nvPr></p:nvSpPr>'
        f"<p:spPr>{place}</p:spPr><p:txBody><a:bodyPr/><a:lstStyle>{levels(own)}</a:lstStyle>"
        f"<a:p><a:r>{look}<a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def part(name: str, shapes: str, more: str = "") -> str:
    return f"<p:{name} {NAMESPACES}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>{more}</p:{name}>"


def show(slide: str, layout: str = "", master: str = "", styles: str = "", picture: bytes = b"") -> Writing:
    inside = "ppt/slides/slide1.xml"
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "ppt/presentation.xml", False)),
        "ppt/presentation.xml": f'<p:presentation {NAMESPACES}><p:sldIdLst><p:sldId r:id="s"/></p:sldIdLst>'
        '<p:sldSz cx="9000000" cy="6000000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(("s", "slide", "slides/slide1.xml", False)),
        inside: part("sld", slide),
        "ppt/slides/_rels/slide1.xml.rels": relations(
            ("l", "slideLayout", "../slideLayouts/l.xml", False), ("i", "image", "../media/i.png", False)
        ),
        "ppt/slideLayouts/l.xml": part("sldLayout", layout),
        "ppt/slideLayouts/_rels/l.xml.rels": relations(("m", "slideMaster", "../slideMasters/m.xml", False)),
        "ppt/slideMasters/m.xml": part("sldMaster", master, f"<p:txStyles>{styles}</p:txStyles>"),
        "ppt/media/i.png": picture,
    }
    return read(archive(members), kinds.PPTX).writing


COLOURS = st.sampled_from([None, "FFFFFF", "FEFEFE", "203040", "C00000"])


@given(run=COLOURS, own=COLOURS, layout=COLOURS, master=COLOURS, style=COLOURS, kind=st.sampled_from(["title", "body"]))
@settings(max_examples=200)
def test_the_nearest_colour_decides(
    run: str | None, own: str | None, layout: str | None, master: str | None, style: str | None, kind: str
) -> None:
    names = {"title": "titleStyle", "body": "bodyStyle"}
    found = show(
        holder(MARK, kind, run=run, own=own),
        holder("a prompt", kind, own=layout, place=PLACE),
        holder("another prompt", kind, own=master, place=PLACE),
        f"<p:{names[kind]}>{levels(style)}</p:{names[kind]}>",
    )
    nearest = next((one for one in (run, own, layout, master, style) if one), None)
    expected = [MARK] if nearest in ("FFFFFF", "FEFEFE") else []
    assert [one.text for one in found.hidden] == expected
    assert MARK in found.text
    assert "prompt" not in found.text


def test_a_placeholder_takes_its_place_from_its_layout() -> None:
    away = holder("a prompt", "body", place=frame(9_500_000, 0, 2_000_000, 500_000))
    found = show(holder(MARK, "body"), away)
    assert [(one.technique, one.text) for one in found.hidden] == [("pptx-off-slide", MARK)]


def test_white_text_on_the_fill_of_a_placeholder_of_the_layout_is_seen() -> None:
    dark = holder("a prompt", "title", own="FFFFFF", place=PLACE + fill("203040"))
    assert show(holder(MARK, "title"), dark).hidden == []


def png(colour_type: int, *, transparent: bool = False) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, colour_type, 0, 0, 0))
    clear = chunk(b"tRNS", b"\0\0\0\0\0\0") if transparent else b""
    return b"\x89PNG\r\n\x1a\n" + header + clear + chunk(b"IDAT", zlib.compress(b"\0\0\0\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "hides"),
    [
        (png(2), True),
        (png(0), True),
        (png(2, transparent=True), False),
        (png(6), False),
        (png(3), False),
        (b"\xff\xd8\xff\xe0 a photograph", True),
        (b"GIF89a", False),
        (b"\x89PNG", False),
    ],
)
def test_a_picture_hides_text_if_it_cannot_be_transparent(content: bytes, hides: bool) -> None:
    text = holder(MARK, "body", place=PLACE)
    over = (
        '<p:pic><p:nvPicPr><p:cNvPr id="3" name="p"/><p:nvPr/></p:nvPicPr>'
        f'<p:blipFill><a:blip r:embed="i"/></p:blipFill><p:spPr>{frame(0, 0, 9_000_000, 6_000_000)}</p:spPr></p:pic>'
    )
    found = show(text + over, picture=content)
    assert [one.technique for one in found.hidden] == (["pptx-under-shape"] if hides else [])
    assert not Parts(archive({"a": b""})).is_opaque_picture("b")


CELL = "<a:tc><a:txBody><a:p/></a:txBody><a:tcPr>{fill}</a:tcPr></a:tc>"
TABLE = (
    "<p:graphicFrame><p:xfrm>{at}</p:xfrm><a:graphic><a:graphicData><a:tbl><a:tr>{cells}</a:tr></a:tbl>"
    "</a:graphicData></a:graphic></p:graphicFrame>"
)
AT = '<a:off x="0" y="0"/><a:ext cx="9000000" cy="6000000"/>'
STYLED = (
    '<p:sp><p:nvSpPr><p:cNvPr id="3" name="s"/><p:nvPr/></p:nvSpPr>'
    f"<p:spPr>{frame(0, 0, 9_000_000, 6_000_000)}{{form}}</p:spPr>"
    '<p:style><a:fillRef idx="{fill}"><a:srgbClr val="4477AA">{alpha}</a:srgbClr></a:fillRef></p:style></p:sp>'
)


@pytest.mark.parametrize(
    ("over", "hides"),
    [
        (TABLE.format(at=AT, cells=CELL.format(fill=fill("C8E6C8")) * 2), True),
        (TABLE.format(at=AT, cells=CELL.format(fill=fill("C8E6C8")) + CELL.format(fill="<a:noFill/>")), False),
        (STYLED.format(form="", fill=3, alpha=""), True),
        (STYLED.format(form="", fill=0, alpha=""), False),
        (STYLED.format(form="<a:noFill/>", fill=3, alpha=""), False),
        (STYLED.format(form="", fill=1, alpha='<a:alpha val="40000"/>'), False),
        (STYLED.format(form='<a:prstGeom prst="ellipse"/>', fill=3, alpha=""), False),
    ],
)
def test_tables_and_shapes_of_a_style_hide_what_they_cover(over: str, hides: bool) -> None:
    found = show(holder(MARK, "body", place=PLACE) + over)
    assert [one.technique for one in found.hidden] == (["pptx-under-shape"] if hides else [])
    assert MARK in found.text
