"""The text of a PDF is what a reader sees: each word once, whole, in reading order."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from pipeline.extraction.pdf import document
from tests.support.pdf_files import Draw, lines_at, pdf_of, stream, together, written

WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=6)
LINES = st.lists(st.lists(WORDS, min_size=4, max_size=7).map(" ".join), min_size=3, max_size=12)


def _text(*pages: Draw) -> str:
    return document.read(pdf_of(*pages), 1_000_000).text


def _words(text: str) -> list[str]:
    return text.split()


def _of(lines: list[str]) -> list[str]:
    return " ".join(lines).split()


@settings(max_examples=40, deadline=None)
@given(LINES, st.sampled_from([0, 0.5, 1, 2, 3, 4, 6]), st.integers(0, 2))
def test_words_stand_whole_at_any_letter_spacing(lines: list[str], spacing: float, copies: int) -> None:
    lines = [" ".join(line.split()[:4]) for line in lines]
    drawing = lines_at(30, 700, lines, spacing=spacing, leading=20)
    shadows = [lines_at(30 + 0.4 * (n + 1), 700, lines, spacing=spacing, leading=20) for n in range(copies)]
    assert _words(_text(together(drawing, *shadows))) == _of(lines)


@settings(max_examples=40, deadline=None)
@given(LINES, LINES, st.integers(0, 2**32))
def test_columns_come_one_after_the_other_in_whatever_order_they_are_drawn(
    left: list[str], right: list[str], seed: int
) -> None:
    size = min(len(left), len(right))
    sides = [[" ".join(line.split()[:4]) + " column" for line in side[:size]] for side in (left, right)]
    parts = [
        lines_at(x, 700 - 14 * number, [line])
        for x, side in ((30, sides[0]), (330, sides[1]))
        for number, line in enumerate(side)
    ]
    random.Random(seed).shuffle(parts)
    heading = lines_at(30, 740, ["One heading that stands over both of the columns and is as wide as the page is"])
    words = _words(_text(together(*parts, heading)))
    assert words[-len(_of(sides[0]) + _of(sides[1])) :] == _of(sides[0]) + _of(sides[1])
    assert words[0] == "One"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(WORDS, st.integers(0, 99999), WORDS), min_size=2, max_size=10))
def test_a_table_is_read_row_by_row(table: list[tuple[str, int, str]]) -> None:
    columns = [lines_at(x, 700, [str(row[n]) for row in table]) for n, x in ((0, 40), (1, 220), (2, 420))]
    rows = [
        together(*(lines_at(x, 700 - 14 * r, [str(row[n])]) for n, x in ((0, 40), (1, 220), (2, 420))))
        for r, row in enumerate(table)
    ]
    assert [line.split("\t") for line in _text(together(*rows)).split("\n") if line] == [
        list(map(str, r)) for r in table
    ]
    assert sorted(_words(_text(together(*columns)))) == sorted(str(cell) for row in table for cell in row)


def test_a_wrapped_cell_stands_whole() -> None:
    cells = [
        (40, 700, ["Name"]),
        (200, 700, ["Account"]),
        (420, 700, ["Sum"]),
        (40, 680, ["Adams"]),
        (200, 680, ["GB29 NWBK 6016", "1331 9268 19"]),
        (420, 680, ["12"]),
        (40, 640, ["Baker"]),
        (200, 640, ["none"]),
        (420, 640, ["7"]),
    ]
    rows = together(*(lines_at(left, top, texts, leading=13) for left, top, texts in cells))
    lines = [line for line in _text(rows).split("\n") if line]
    assert lines == ["Name\tAccount\tSum", "Adams\tGB29 NWBK 6016 1331 9268 19\t12", "Baker\tnone\t7"]


@pytest.mark.parametrize("pitch", [14, 18, 22, 24])
@pytest.mark.parametrize("value", ["4111111111111111", "GB29NWBK60161331926819", "K7QW-88ZX"])
def test_characters_in_boxes_are_one_word(value: str, pitch: int) -> None:
    boxes = [lines_at(40 + pitch * n, 600, [character]) for n, character in enumerate(value)]
    assert value in _words(_text(together(lines_at(40, 640, ["Write one figure in each box."]), *boxes)))


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (["the meeting was post-", "poned to the next week"], "postponed"),
        (["a well-known rule and the well-", "known reason for it"], "well-known reason"),
        (["the part is called 4471-", "8820-AB in the list"], "4471-8820-AB"),
        (["a book by Lloyd-", "Webber was read aloud"], "Lloyd-Webber"),
        (
            ["The key of the depot is: xq_Zb7Kp2Rw9", "Tn4Yc8Lm1Vd6 and it is old, or so I was told"],
            "xq_Zb7Kp2Rw9Tn4Yc8Lm1Vd6",
        ),
    ],
)
def test_line_ends_do_not_break_words_or_keys(lines: list[str], whole: str) -> None:
    assert whole in _text(lines_at(40, 700, lines))


@pytest.mark.parametrize(
    "lines", [["a list of the", "words in it"], ["order 12345678", "87654321 pieces"], ["items -", "one of them"]]
)
def test_line_ends_that_break_nothing_stay(lines: list[str]) -> None:
    assert _text(lines_at(40, 700, lines)) == "\n".join(lines)


@pytest.mark.parametrize("angle", [0, 90, 180, 270, 45])
def test_turned_text_is_read(angle: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(300, 400)
        canvas.rotate(angle)
        canvas.drawString(0, 0, "The depot closes at nine")
        canvas.drawString(0, -16, "and opens at six")

    assert _words(_text(draw)) == _of(["The depot closes at nine", "and opens at six"])


def test_fields_stand_at_their_places_with_their_names() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(40, 705, "Surname")
        canvas.acroForm.textfield(name="surname", value="Quimby", x=120, y=700, width=200, height=18)
        canvas.drawString(40, 665, "Town")
        canvas.acroForm.textfield(name="town", value="Ashcombe", x=120, y=660, width=200, height=18)
        canvas.drawString(40, 625, "Agreed")
        canvas.acroForm.checkbox(name="agreed", checked=True, x=120, y=620, size=16)

    lines = [line.replace("\t", " ") for line in _text(draw).split("\n") if line]
    assert lines == ["Surname [Field surname: Quimby]", "Town [Field town: Ashcombe]", "Agreed [Field agreed: Yes]"]


def test_pages_follow_each_other_and_blank_ones_add_nothing() -> None:
    text = _text(lines_at(40, 700, ["first"]), lambda _: None, lines_at(40, 700, ["second"]))
    assert text == "first\n\nsecond"


def test_an_encrypted_file_is_read_if_it_opens_without_a_password() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, encrypt=StandardEncryption("", ownerPassword="owner", canPrint=0))
    canvas.drawString(50, 700, "Anyone may read this")
    canvas.save()
    assert document.read(buffer.getvalue(), 1000).text == "Anyone may read this"


_LIGATURES = ("ff", "ffi", "ffl", "fi", "tt", "fff")


@pytest.mark.parametrize("letters", _LIGATURES)
def test_every_letter_of_a_ligature_is_kept(letters: str) -> None:
    """One shape stands for the letters, so that all have one place; the map of the font says which they are."""
    codes = "".join(f"{ord(letter):04x}" for letter in letters)
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def 1 begincodespacerange <00> <FF> "
        "endcodespacerange 2 beginbfrange <20> <3f> <0020> <41> <7e> <0041> endbfrange "
        f"1 beginbfchar <40> <{codes}> endbfchar endcmap end end"
    )
    drawn = written("BT /F1 12 Tf 50 700 Td (di@erent words) Tj ET", more=[stream(table)])
    mapped = drawn.replace(b"/BaseFont/Helvetica>>", b"/BaseFont/Helvetica/ToUnicode 6 0 R>>")
    assert document.read(mapped, 1000).text == f"di{letters}erent words"


@pytest.mark.parametrize("letters", ["f", "ff", "letter"])
def test_a_letter_that_is_drawn_twice_in_one_place_counts_once(letters: str) -> None:
    """A bold face is often made so, letter by letter; each copy is a text of its own."""
    placed = [f"1 0 0 1 {50 + 12 * at} 700 Tm ({letter}) Tj " * 2 for at, letter in enumerate(letters)]
    drawn = written(f"BT /F1 12 Tf {''.join(placed)} ET")
    assert document.read(drawn, 1000).text.replace(" ", "") == letters
