"""The stretch that overlaps a place first is found as by looking at all of them, and the line as by counting."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.findings.line_numbers import LineNumbers
from pipeline.domain.findings.stretches import Stretches

SPANS = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda span: (span[0], sum(span)))


@given(st.lists(SPANS, max_size=12), SPANS)
def test_the_first_overlap_is_the_one_that_a_look_at_all_finds(
    spans: list[tuple[int, int]], place: tuple[int, int]
) -> None:
    start, end = place
    looked = next((span for span in sorted(spans) if span[0] < end and start < span[1]), None)
    assert Stretches(spans).first(start, end) == looked


@given(st.text("a\n", max_size=30), st.integers(0, 30))
def test_lines_are_counted_by_their_ends(text: str, place: int) -> None:
    assert LineNumbers(text).at(place) == text[:place].count("\n") + 1
