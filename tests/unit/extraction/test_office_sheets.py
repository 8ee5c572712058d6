"""Workbooks: each shown value is in the text once, under its sheet; what is hidden is reported."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.office.number_formats import shown
from pipeline.extraction.office.readers import read
from pipeline.extraction.office.writing import Writing
from tests.support.office_files import WORDS, assert_once_in_order, book

STYLES = (
    '<numFmts><numFmt numFmtId="170" formatCode=";;;"/></numFmts>'
    '<fonts><font><color theme="1"/></font><font><color rgb="FFFFFFFF"/></font><font><color theme="0"/></font>'
    '<font><color rgb="FF203040"/></font><font><sz val="1"/></font></fonts>'
    '<fills><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FF203040"/></patternFill></fill></fills>'
    '<cellXfs><xf/><xf fontId="1"/><xf fontId="2"/><xf fontId="3" fillId="1"/><xf fontId="4"/>'
    '<xf numFmtId="170"/><xf fontId="1" fillId="1"/></cellXfs>'
)


def cell(text: str, at: str = "", style: int = 0) -> str:
    inner = f'<is><t xml:space="preserve">{escape(text)}</t></is>'
    return f'<c r="{at}" t="inlineStr" s="{style}">{inner}</c>'


def rows(*cells: str) -> str:
    return (
        "<sheetData>" + "".join(f'<row r="{at}">{one}</row>' for at, one in enumerate(cells, start=1)) + "</sheetData>"
    )


def shades(*looks: str, conditions: str = "") -> str:
    """Styles with a format of cells for each font and fill, numbers of formats from 170 on, and looks of conditions."""
    codes = "".join(f'<numFmt numFmtId="{170 + at}" formatCode="{escape(one)}"/>' for at, one in enumerate(looks))
    formats = "".join(f'<xf numFmtId="{170 + at}"/>' for at in range(len(looks)))
    return f"<numFmts>{codes}</numFmts><cellXfs><xf/>{formats}</cellXfs><dxfs>{conditions}</dxfs>"


def writing(*sheets: tuple[str, str, str], strings: tuple[str, ...] = ()) -> Writing:
    return read(book(*sheets, styles=STYLES, strings=strings), kinds.XLSX).writing


@given(texts=st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=5), shared=st.booleans())
@settings(max_examples=150)
def test_visible_text_is_there_once_in_order_and_unchanged(texts: list[list[str]], shared: bool) -> None:
    numbered = [[f"{x}.{y}{text}{x}.{y}" for y, text in enumerate(row)] for x, row in enumerate(texts)]
    flat = [text for row in numbered for text in row]
    if shared:
        made = ["".join(f'<c t="s"><v>{flat.index(text)}</v></c>' for text in row) for row in numbered]
    else:
        made = ["".join(map(cell, row)) for row in numbered]
    halves = [f'<r><t xml:space="preserve">{escape(t[:3])}</t></r><r><t>{escape(t[3:])}</t></r>' for t in flat]
    reading = "<rPh><t>read otherwise</t></rPh>"
    found = writing(("A & B", "visible", rows(*made)), strings=tuple(half + reading for half in halves))
    assert found.hidden == []
    assert found.text.startswith("## A & B\n\n| ")
    assert_once_in_order(found.text, flat)


@pytest.mark.parametrize(
    ("content", "technique"),
    [
        (rows(cell("MARK", style=1)), "xlsx-white-text"),
        (rows(cell("MARK", style=2)), "xlsx-white-text"),
        (rows(cell("MARK", style=3)), "xlsx-same-colour"),
        (rows(cell("MARK", style=4)), "xlsx-tiny-font"),
        (rows(cell("MARK", style=5)), "xlsx-hidden-format"),
        (rows(cell("MARK")).replace("<row ", '<row hidden="1" '), "xlsx-hidden-row"),
        (rows(cell("MARK")).replace("<row ", '<row ht="0.1" customHeight="1" '), "xlsx-hidden-row"),
        ('<cols><col min="2" max="3" hidden="1"/></cols>' + rows(cell("MARK", "C1")), "xlsx-hidden-column"),
        ('<cols><col min="1" max="1" width="0.1"/></cols>' + rows(cell("MARK")), "xlsx-hidden-column"),
    ],
)
def test_hidden_cells_are_reported(content: str, technique: str) -> None:
    found = writing(("One", "visible", content))
    assert [(one.technique, one.text) for one in found.hidden] == [(technique, "MARK")]
    assert "MARK" in found.text


def test_values_that_a_merged_cell_keeps_are_reported() -> None:
    merge = '<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>'
    found = writing(("One", "visible", rows(cell("seen", "A1") + cell("MARK", "B1") + cell("beside", "C1")) + merge))
    assert [(one.technique, one.text) for one in found.hidden] == [("xlsx-merged-cell", "MARK")]


def test_white_on_dark_is_seen_and_a_hidden_sheet_is_not() -> None:
    found = writing(("One", "visible", rows(cell("seen", style=6))), ("Two", "veryHidden", rows(cell("unseen"))))
    assert [(one.technique, one.text, one.place) for one in found.hidden] == [
        ("xlsx-hidden-sheet", "unseen", "sheet 2")
    ]


def test_columns_stay_under_their_heads() -> None:
    found = writing(("S", "visible", rows(cell("name", "A1") + cell("key", "C1"), cell("only key", "C2"))))
    assert found.text == "## S\n\n| name | key |\n| --- | --- |\n|  | only key |"


def test_formulas_are_left_out_and_those_that_reach_out_are_reported() -> None:
    content = rows(
        '<c><f>1+1</f><v>2</v></c><c><f>"a"&amp;"b"</f></c><c><f>cmd|\'/c calc\'!A0</f><v>x</v></c>'
        '<c><f>WEBSERVICE("https://far.example")</f><v>y</v></c>'
    )
    found = writing(("S", "visible", content))
    assert found.text == "## S\n\n| 2 | x | y |\n| --- | --- | --- |"
    assert sorted((one.technique, one.text) for one in found.hidden) == [
        ("xlsx-dde", "cmd|'/c calc'!A0"),
        ("xlsx-external-link", 'WEBSERVICE("https://far.example")'),
        ("xlsx-formula", '"a"&"b"'),
    ]


def test_far_cells_do_not_blow_up_the_text() -> None:
    found = writing(("S", "visible", rows(cell("a", "A1"), cell("b", "XFD2"))))
    assert found.text == "## S\n\n| a |  |\n| --- | --- |\n|  | b |"
    diagonal = "".join(f'<row><c r="{_letters(at)}1"><v>1</v></c></row>' for at in range(1, 2100))
    with pytest.raises(Refused) as refused:
        writing(("S", "visible", f"<sheetData>{diagonal}</sheetData>"))
    assert refused.value.word == "output-size"


def _letters(number: int) -> str:
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        ("1234567.5", '#,##0.00 "EUR"', "1,234,567.50 EUR"),
        ("-1234.5", "#,##0.00;(#,##0.00)", "(1,234.50)"),
        ("-0.2", "0", "0"),
        ("0.125", "0.0%", "12.5%"),
        ("123", "00000", "00123"),
        ("536228", "000-00-0", "536-22-8"),
        ("4155550", "(000) 0000", "(415) 5550"),
        ("5", "0.##", "5."),
        ("0.5", "#.0#", ".5"),
        ("12000", "0,", "12"),
        ("12345", "0.00E+00", "1.23E+04"),
        ("46082", "yyyy-mm-dd", "2026-03-01"),
        ("46082.395833333336", "d mmm yyyy h:mm", "1 Mar 2026 9:30"),
        ("0.75", "h:mm AM/PM", "6:00 PM"),
        ("1.5", "[h]:mm:ss", "36:00:00"),
        ("59", "yyyy-mm-dd", "1900-02-28"),
        ("0", "yyyy-mm-dd", "1899-12-31"),
        ("0.30000000000000004", "General", "0.3"),
        ("4539578763621486", "General", "4539578763621486"),
        ("7", '[Red]"no. "0', "no. 7"),
        ("7", "[>5]0.0;0", "7.0"),
        ("3", "[>5]0.0;0", "3"),
        ("7", "[$€-407] 0.00", "€ 7.00"),
        ("2.5", "# ?/?", "2 1/2"),
        ("0.5", "# ?/?", "1/2"),
        ("-1.25", "# ??/??", "-1 1/4"),
        ("3", "# ?/?", "3"),
        ("0", "# ?/?", "0"),
        ("2.5", "?/?", "5/2"),
        ("0.3", "# ?/8", "2/8"),
        ("1.99", "# ?/8", "2"),
        ("3.14159", "# ???/???", "3 16/113"),
        ("5.75", '# ?/?" in"', "5 3/4 in"),
        ("7.5", '"about "# ?/10', "about 7 5/10"),
        ("12345678", "##0.0E+0", "12.3E+6"),
        ("0.00012", "##0.0E+0", "120.0E-6"),
        ("999960", "##0.0E+0", "1.0E+6"),
        ("0", "##0.0E+0", "0.0E+0"),
        ("1.5", "[mm]", "2160"),
        ("46082", "[$-407]d. mmmm yyyy", "1. March 2026"),
        ("0.2575", "0.0 %", "25.8 %"),
        ("-5", "[Red]-0;[Blue]0", "5"),
        ("1500", '[>=1000]0.0,"k";0', "1.5k"),
        ("900", '[>=1000]0.0,"k";0', "900"),
        ("oops", "0.00", "oops"),
        ("NaN", "0.00", "NaN"),
    ],
)
def test_numbers_are_as_their_format_shows_them(value: str, code: str, expected: str) -> None:
    assert shown(value, code) == expected


def test_days_can_be_counted_from_1904() -> None:
    assert shown("0", "yyyy-mm-dd", from_1904=True) == "1904-01-01"


@given(
    value=st.one_of(st.floats(), st.integers(), st.text()).map(str),
    code=st.text(st.sampled_from('0#?.,;%"\\ymdhsAMP/E+-[]$_*@a')),
)
@settings(max_examples=500)
def test_any_format_gives_some_text(value: str, code: str) -> None:
    assert isinstance(shown(value, code), str)


@given(number=st.integers(-(10**12), 10**12), cents=st.integers(0, 99))
def test_no_digit_is_lost(number: int, cents: int) -> None:
    value = f"{number}.{cents:02}"
    assert shown(value, "#,##0.00").replace(",", "").removeprefix("-") == value.removeprefix("-")


MARK = "words that are in question"
_WHITE, _DARK = '<color rgb="FFFEFEFE"/>', '<color rgb="FF203040"/>'


@given(
    parts=st.lists(
        st.tuples(st.sampled_from(["", _WHITE, _DARK, '<sz val="1"/>', '<sz val="9"/>']), st.integers(0, 99)),
        min_size=1,
        max_size=5,
    ),
    format_=st.sampled_from([(0, False, False), (1, True, False), (6, True, True), (3, False, True)]),
    shared=st.booleans(),
)
@settings(max_examples=150)
def test_each_part_of_a_text_is_judged_by_its_own_look(
    parts: list[tuple[str, int]], format_: tuple[int, bool, bool], shared: bool
) -> None:
    at, white_font, dark_fill = format_
    named = [(look, f"part{place}q{number}") for place, (look, number) in enumerate(parts)]
    runs = "".join(f"<r><rPr>{look}</rPr><t>{text}</t></r>" for look, text in named)
    content = f'<c t="s" s="{at}"><v>0</v></c>' if shared else f'<c t="inlineStr" s="{at}"><is>{runs}</is></c>'
    found = writing(("S", "visible", rows(content)), strings=(runs,))

    def is_hidden(look: str) -> bool:
        if 'val="1"' in look:
            return True
        font = "white" if look == _WHITE or (look != _DARK and white_font) else "dark"
        if look not in (_WHITE, _DARK) and at == 0:
            font = "black"
        return font == ("dark" if dark_fill else "white")

    reported = " ".join(one.text for one in found.hidden)
    assert [text in reported for _, text in named] == [is_hidden(look) for look, _ in named]
    assert "".join(text for _, text in named) in found.text


@pytest.mark.parametrize(
    ("code", "value", "is_hidden"),
    [
        ("[White]@", MARK, True),
        ("[White]0;[White]0;0;@", MARK, False),
        ("0;0;0;[White]@", MARK, True),
        ("0;0;0;[Color 2]@", MARK, True),
        ("0;0;0;[Color 10]@", MARK, False),
        ("[Red]@", MARK, False),
        ("[White]0;[Red]-0", "12345", True),
        ("[White]0;[Red]-0", "-12345", False),
        ("[<100][White]0;0", "99", True),
        ("[<100][White]0;0", "100", False),
    ],
)
def test_a_format_can_colour_its_values(code: str, value: str, is_hidden: bool) -> None:
    made = cell(value, style=1) if value == MARK else f'<c s="1"><v>{value}</v></c>'
    found = read(book(("S", "visible", rows(made)), styles=shades(code)), kinds.XLSX).writing
    assert [one.technique for one in found.hidden] == (["xlsx-white-text"] if is_hidden else [])


_HIDES = f"<dxf><font>{_WHITE}</font></dxf><dxf><numFmt numFmtId='9' formatCode=';;;'/></dxf>"
_HIDES += f"<dxf><font>{_WHITE}</font><fill><patternFill><bgColor rgb='FF900000'/></patternFill></fill></dxf>"


@pytest.mark.parametrize(
    ("rule", "is_hidden"),
    [
        ('type="expression" dxfId="0"><formula>TRUE</formula>', True),
        ('type="notContainsBlanks" dxfId="1"><formula>LEN(A1)&gt;0</formula>', True),
        ('type="containsText" text="Question" dxfId="0"><formula>1</formula>', True),
        ('type="containsText" text="answer" dxfId="0"><formula>1</formula>', False),
        ('type="beginsWith" text="words" dxfId="0"><formula>1</formula>', True),
        ('type="expression" dxfId="2"><formula>TRUE</formula>', False),
        ('type="expression" dxfId="0"><formula>A2=A1</formula>', False),
        ('type="expression" dxfId="0"><formula>ISERROR(A1)</formula>', False),
        ('type="containsErrors" dxfId="0"><formula>ISERROR(A1)</formula>', False),
        ('type="cellIs" operator="equal" dxfId="0"><formula>0</formula>', False),
        ('type="expression" dxfId="9"><formula>TRUE</formula>', False),
    ],
)
def test_a_conditional_format_that_hides_text_is_reported(rule: str, is_hidden: bool) -> None:
    made = rows(cell(MARK, "B1") + cell("beside", "C1") + "<c r='D1'><v>0</v></c>")
    made += f'<conditionalFormatting sqref="A1:B9 D1"><cfRule {rule}</cfRule></conditionalFormatting>'
    found = read(book(("S", "visible", made), styles=shades(conditions=_HIDES)), kinds.XLSX).writing
    expected = [("xlsx-conditional-format", MARK)] if is_hidden else []
    assert [(one.technique, one.text) for one in found.hidden] == expected


@pytest.mark.parametrize("width", [0.5, 1, 8, 60])
def test_text_that_shrinks_into_a_narrow_column_is_tiny(width: float) -> None:
    styles = '<cellXfs><xf/><xf><alignment shrinkToFit="1"/></xf></cellXfs>'
    made = f'<cols><col min="1" max="1" width="{width}"/></cols>' + rows(cell(MARK, "A1", 1))
    found = read(book(("S", "visible", made), styles=styles), kinds.XLSX).writing
    assert [one.technique for one in found.hidden] == (["xlsx-tiny-font"] if 11 * width / len(MARK) <= 2 else [])


@pytest.mark.parametrize(("height", "is_hidden"), [("0", True), ("1.5", True), ("8", False)])
def test_rows_without_a_height_take_that_of_the_sheet(height: str, is_hidden: bool) -> None:
    made = rows(cell(MARK, "A1"), cell("seen", "A2")).replace('<row r="2"', '<row r="2" ht="15"')
    found = writing(("S", "visible", f'<sheetFormatPr defaultRowHeight="{height}" customHeight="1"/>' + made))
    assert [one.technique for one in found.hidden] == (["xlsx-hidden-row"] if is_hidden else [])
