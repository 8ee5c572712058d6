"""Rows of glyphs become words in the order in which they are read, whatever the script."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction.pdf.glyphs import Glyph
from pipeline.extraction.pdf.rows import run_of
from pipeline.extraction.pdf.words import text_of

HEBREW = st.text("\u05d0\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6\u05d7", min_size=2, max_size=7)
LATIN = st.text("abcdefgh", min_size=2, max_size=7)


def _drawn(shown: str) -> str:
    """The text of a row whose glyphs stand in the order of `shown`, from left to right."""
    glyphs = [Glyph(7.0 * n, 0.0, 7.0 * n + 7, 12.0, character, n) for n, character in enumerate(shown)]
    return text_of([run_of(glyphs)])


@settings(max_examples=60, deadline=None)
@given(st.lists(HEBREW, min_size=1, max_size=6))
def test_words_from_right_to_left_come_in_reading_order(words: list[str]) -> None:
    line = " ".join(words)
    assert _drawn(line[::-1]) == line


@settings(max_examples=60, deadline=None)
@given(st.lists(HEBREW, min_size=3, max_size=6), st.lists(LATIN, min_size=1, max_size=2), st.integers(1, 2))
def test_latin_words_in_a_hebrew_line_keep_their_order(words: list[str], latin: list[str], place: int) -> None:
    before, after = words[:place], words[place:]
    shown = [*(word[::-1] for word in reversed(after)), *latin, *(word[::-1] for word in reversed(before))]
    assert _drawn(" ".join(shown)) == " ".join([*before, *latin, *after])


@settings(max_examples=60, deadline=None)
@given(st.lists(LATIN, min_size=3, max_size=6), st.lists(HEBREW, min_size=1, max_size=2), st.integers(1, 2))
def test_hebrew_words_in_a_latin_line_are_turned(words: list[str], hebrew: list[str], place: int) -> None:
    shown = [*words[:place], *(word[::-1] for word in reversed(hebrew)), *words[place:]]
    assert _drawn(" ".join(shown)) == " ".join([*words[:place], *hebrew, *words[place:]])


@pytest.mark.parametrize("number", ["2026", "14:30", "1,250.75"])
def test_numbers_in_a_hebrew_line_stay_as_they_are(number: str) -> None:
    assert _drawn(f"\u05d3\u05d2 {number} \u05d1\u05d0") == f"\u05d0\u05d1 {number} \u05d2\u05d3"


@pytest.mark.parametrize("height", [0.0, 12.0])
def test_letters_without_a_height_are_words_too(height: float) -> None:
    glyphs = [Glyph(7.0 * n, 0.0, 7.0 * n + 7, height, character, n) for n, character in enumerate("word")]
    assert text_of([run_of(glyphs)]) == "word"
