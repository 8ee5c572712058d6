"""Drawings on sheets: text boxes that cannot be read, and cells that pictures and shapes cover, are reported."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction import media_types as kinds
from pipeline.extraction.office.readers import read
from pipeline.extraction.office.writing import Writing
from tests.support.office_files import OFFICE, archive, relations

_SHEET = f'xmlns="{OFFICE}/spreadsheetml/2006/main" xmlns:r="{OFFICE}/officeDocument/2006/relationships"'
_DRAWING = (
    f'xmlns:xdr="{OFFICE}/drawingml/2006/spreadsheetDrawing" xmlns:a="{OFFICE}/drawingml/2006/main" '
    f'xmlns:r="{OFFICE}/officeDocument/2006/relationships"'
)
MARK = "words that are in question"


def fill(colour: str) -> str:
    return f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>' if colour else "<a:noFill/>"


def anchored(inner: str, place: tuple[int, int, int, int]) -> str:
    left, top, right, bottom = place

    def corner(name: str, column: int, row: int) -> str:
        cells = (
            f"<xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row><xdr:rowOff>0</xdr:rowOff>"
        )
        return f"<xdr:{name}>{cells}</xdr:{name}>"

    return f"<xdr:twoCellAnchor>{corner('from', left, top)}{corner('to', right, bottom)}{inner}</xdr:twoCellAnchor>"


def box(text: str, *, behind: str, look: str = "", hidden: bool = False) -> str:
    switch = ' hidden="1"' if hidden else ""
    words = f"<a:p><a:r><a:rPr>{look}</a:rPr><a:t>{text}</a:t></a:r></a:p>" if text else "<a:p/>"
    return (
        f'<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="x"{switch}/></xdr:nvSpPr><xdr:spPr>{fill(behind)}</xdr:spPr>'
        f"<xdr:txBody><a:bodyPr/>{words}</xdr:txBody></xdr:sp>"
    )


PICTURE = '<xdr:pic><xdr:blipFill><a:blip r:embed="i"/></xdr:blipFill><xdr:spPr/></xdr:pic>'


def show(*anchors: str, cells: str = "", styles: str = "") -> Writing:
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml", False)),
        "xl/workbook.xml": f'<workbook {_SHEET}><sheets><sheet name="S" r:id="s"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(("s", "worksheet", "worksheets/s.xml", False)),
        "xl/styles.xml": f"<styleSheet {_SHEET}>{styles}</styleSheet>",
        "xl/worksheets/s.xml": f"<worksheet {_SHEET}><sheetData>{cells}</sheetData></worksheet>",
        "xl/worksheets/_rels/s.xml.rels": relations(("d", "drawing", "../drawings/d.xml", False)),
        "xl/drawings/d.xml": f"<xdr:wsDr {_DRAWING}>{''.join(anchors)}</xdr:wsDr>",
        "xl/drawings/_rels/d.xml.rels": relations(("i", "image", "../media/i.jpg", False)),
        "xl/media/i.jpg": b"\xff\xd8\xff\xe0 a photograph",
    }
    return read(archive(members), kinds.XLSX).writing


COLOURS = st.sampled_from(["", "FFFFFF", "FDFDFD", "203040", "C00000"])


@given(ink=st.sampled_from(["FFFFFF", "203040"]), behind=COLOURS, filled=st.booleans())
@settings(max_examples=60)
def test_the_fill_of_a_text_box_decides_about_its_text(ink: str, behind: str, filled: bool) -> None:
    styles = (
        '<fills><fill/><fill><patternFill patternType="solid"><fgColor rgb="FF203040"/></patternFill></fill></fills>'
    )
    styles += '<cellXfs><xf/><xf fillId="1"/></cellXfs>'
    cells = f'<row r="1"><c r="A1" s="{int(filled)}" t="str"><v>a head</v></c></row>'
    found = show(anchored(box(MARK, behind=behind, look=fill(ink)), (0, 4, 5, 8)), cells=cells, styles=styles)
    white = behind in ("FFFFFF", "FDFDFD") or (not behind and not filled)
    is_hidden = (ink == "FFFFFF" and white) or ink == behind
    assert [one.text for one in found.hidden] == ([MARK] if is_hidden else [])
    assert f"Text box:\n{MARK}" in found.text


@pytest.mark.parametrize(
    ("anchors", "technique"),
    [
        ([anchored(box(MARK, behind="FFFFFF"), (2, 4, 2, 4))], "xlsx-tiny-line"),
        ([anchored(box(MARK, behind="FFFFFF", hidden=True), (2, 4, 5, 8))], "xlsx-hidden-shape"),
        ([anchored(box(MARK, behind="FFFFFF", look=fill("").replace("/>", "/>")), (2, 4, 5, 8))], "xlsx-transparent"),
        ([anchored(box(MARK, behind=""), (2, 4, 5, 8)), anchored(PICTURE, (1, 4, 6, 8))], "xlsx-under-shape"),
        ([anchored(box(MARK, behind=""), (2, 4, 5, 8)), anchored(box("", behind="FFFFFF"), (2, 4, 5, 8))],
         "xlsx-under-shape"),
        ([anchored(box(MARK, behind=""), (2, 4, 5, 8)), anchored(box("", behind=""), (2, 4, 5, 8))], None),
        ([anchored(box(MARK, behind=""), (2, 4, 5, 8)), anchored(PICTURE, (3, 4, 6, 8))], None),
        ([anchored(PICTURE, (1, 4, 6, 8)), anchored(box(MARK, behind=""), (2, 4, 5, 8))], None),
    ],
)  # fmt: skip
def test_boxes_without_room_or_under_something_are_reported(anchors: list[str], technique: str | None) -> None:
    found = show(*anchors)
    assert [(one.technique, one.text) for one in found.hidden] == ([(technique, MARK)] if technique else [])
    assert MARK in found.text


@pytest.mark.parametrize(
    ("place", "text", "is_hidden"),
    [
        ((1, 4, 9, 8), MARK, True),
        ((1, 4, 3, 8), MARK, False),
        ((2, 4, 9, 8), MARK, False),
        ((1, 5, 9, 8), MARK, False),
        ((1, 4, 9, 8), "1204", False),
    ],
)
def test_a_sentence_in_cells_under_a_picture_is_reported(
    place: tuple[int, int, int, int], text: str, is_hidden: bool
) -> None:
    cells = f'<row r="5"><c r="B5" t="str"><v>{text}</v></c></row>'
    found = show(anchored(PICTURE, place), cells=cells)
    assert [(one.technique, one.text) for one in found.hidden] == ([("xlsx-under-shape", text)] if is_hidden else [])
