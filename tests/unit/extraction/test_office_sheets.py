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
