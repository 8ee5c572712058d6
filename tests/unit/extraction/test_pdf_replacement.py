"""Replacement text of a PDF: the words that a reader sees count, and a replacement that says others is reported."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction.hidden.pdf import hidden_runs
from pipeline.extraction.pdf.document import read
from tests.support.pdf_files import stream, written

_LETTERS = st.text("abcdefghij", min_size=4, max_size=9)
_SAID = st.lists(_LETTERS, min_size=1, max_size=5).map(" ".join)


def marked(replacement: str, *shown: str, y: int = 700) -> str:
    drawn = "".join(f"BT /F1 12 Tf 50 {y - 20 * at} Td ({text}) Tj ET\n" for at, text in enumerate(shown))
    return f"/Span <</ActualText ({replacement})>> BDC\n{drawn}EMC\n"


def replaced(content: str) -> tuple[str, list[str]]:
    found = read(written("BT /F1 12 Tf 50 760 Td (before) Tj ET\n" + content), 10_000)
    return found.text, [run.text for run in found.met if run.technique == "pdf-replacement"]


@given(shown=_SAID, said=_SAID)
@settings(max_examples=100, deadline=None)
def test_what_is_drawn_is_read_and_other_words_for_it_are_reported(shown: str, said: str) -> None:
    text, reported = replaced(marked(said, shown))
    if shown.replace(" ", "") == said.replace(" ", ""):
        assert reported == []
    else:
        assert reported == [said]
        assert text.split() == ["before", *shown.split()]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("office", ("office",)),
        ("Office", ("of-", "fice")),
        ("", ("seen",)),
        ("...", ("seen",)),
        ("total", ("total", "total")),
    ],
)
def test_a_replacement_of_the_same_letters_is_not_reported(said: str, shown: tuple[str, ...]) -> None:
    assert replaced(marked(said, *shown))[1] == []


def test_words_for_a_blank_are_reported_and_not_read() -> None:
    assert replaced(marked("the hidden words", " ")) == ("before", ["the hidden words"])


def test_a_changed_number_is_shown_as_it_is_drawn() -> None:
    text, reported = replaced(marked("The price is 10", "The price is 1000"))
    assert "1000" in text
    assert reported == ["The price is 10"]


@pytest.mark.parametrize("width", [0.05, 0.3, 1, 2])
@pytest.mark.parametrize("size", [8, 12, 30])
def test_text_of_next_to_no_width_is_hidden(width: float, size: int) -> None:
    squeezed = f"q BT {width} Tz /F1 {size} Tf 50 700 Td (words on a width of nothing) Tj ET Q"
    found = list(hidden_runs(written("BT /F1 12 Tf 50 760 Td (before) Tj ET\n" + squeezed)))
    assert [run.text for run in found] == ["words on a width of nothing"]


@pytest.mark.parametrize("turn", ["1 0 0 1", "0 1 -1 0", "0.7 0.7 -0.7 0.7"])
@pytest.mark.parametrize("width", [40, 100])
def test_narrow_and_turned_text_is_seen(width: int, turn: str) -> None:
    content = f"q BT {width} Tz /F1 12 Tf {turn} 300 300 Tm (words on a width of something) Tj ET Q"
    assert list(hidden_runs(written(content))) == []


FIELD = (
    "<</Type/Annot/Subtype/Widget/FT/Tx/T(note)/V(the words of the field)/Rect[{box}]/F 4/DA(/F1 12 Tf)"
    "/AP<</N 7 0 R>>>>"
)
LOOK = "BT /F1 12 Tf 2 5 Td (the words of the field) Tj ET"


@pytest.mark.parametrize(
    ("box", "is_seen"),
    [("72 600 300 620", True), ("-400 600 -100 620", False), ("0 0 0 0", False), ("72 900 300 920", False)],
)
def test_a_field_outside_the_page_or_without_room_is_hidden(box: str, is_seen: bool) -> None:
    form = stream(LOOK, "/Type/XObject/Subtype/Form/BBox[0 0 228 20]/Resources<</Font<</F1 5 0 R>>>>")
    data = written(
        "BT /F1 12 Tf 50 760 Td (before) Tj ET",
        catalogue="/AcroForm<</Fields[6 0 R]>>",
        page="/Annots[6 0 R]",
        more=[FIELD.format(box=box), form],
    )
    found = read(data, 10_000)
    assert ("the words of the field" in found.text) is is_seen
    assert [run.technique for run in found.met] == ([] if is_seen else ["pdf-hidden-annotation"])
