"""Words with places → lines, whatever they are, and how sure they are."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction.ocr.reading import PictureText
from pipeline.extraction.ocr.words import Word

SIDE = st.integers(0, 2000)


@st.composite
def words(draw: st.DrawFn) -> Word:
    left, top = draw(SIDE), draw(SIDE)
    return Word(
        draw(st.text(alphabet="abcdefgh0123-", min_size=1, max_size=8)),
        left,
        top,
        left + draw(st.integers(0, 300)),
        top + draw(st.integers(0, 80)),
        draw(st.floats(0, 100)),
        (str(draw(st.integers(0, 5))),),
    )


@given(st.lists(words(), max_size=25))
def test_every_sure_word_is_in_the_text(found: list[Word]) -> None:
    reading = PictureText(tuple(found), 2000)
    said = reading.text.replace("\n", " ").replace("-", "")
    assert all(word.text.replace("-", "") in said for word in found if word.confidence >= 20)
    assert 0 <= reading.confidence <= 100
    assert reading.turned_by in (0, 90, 180, 270)


def line(*texts: str, left: int = 100, step: int = 200, top: int = 100, down: int = 0) -> tuple[Word, ...]:
    return tuple(
        Word(
            text,
            left + number * step,
            top + number * down,
            left + number * step + 150,
            top + number * down + 40,
            90,
            ("1",),
        )
        for number, text in enumerate(texts)
    )


def test_the_direction_of_lines_says_how_a_picture_must_be_turned() -> None:
    assert PictureText(line("a", "b", "c"), 500).turned_by == 0
    assert PictureText(line("a", "b", "c", left=900, step=-200), 500).turned_by == 180
    assert PictureText(line("a", "b", "c", step=0, down=200), 900).turned_by == 90
    assert PictureText(line("a", "b", "c", step=0, top=700, down=-200), 900).turned_by == 270


def test_long_words_count_more_for_the_confidence() -> None:
    sure = Word("harbourmaster", 0, 0, 200, 40, 90, ("1",))
    doubtful = Word("a", 210, 0, 230, 40, 20, ("1",))
    assert PictureText((sure, doubtful), 100).confidence == (13 * 90 + 20) / 14
    assert PictureText((), 100).confidence == 100
