"""Words around a match: as a plain search finds them, and at a cost in proportion to the text."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.detectors.pii.context import ContextWords, whole_words

WORDS = ("phone", "phone number", "tel", "kimlik", "numéro", "adı", "d.o.b.", "전화", "pass-nr")
PIECES = st.sampled_from(
    [*WORDS, "Phone", "KİMLİK", "ADI", "Tel", "microphone", "phone\u00a0number", "homePhone", "pa\u017fs-nr", "x", "42"]
)
GAPS = st.sampled_from([" ", "", "_", "-", "\n", "\u2003", "é", "; "])


@settings(derandomize=True, deadline=None, max_examples=400)
@given(
    parts=st.lists(st.tuples(PIECES, GAPS), max_size=20),
    place=st.integers(0, 200),
    size=st.integers(0, 9),
    before=st.integers(0, 40),
    after=st.integers(0, 20),
)
def test_a_word_is_near_exactly_where_a_search_of_the_stretch_finds_it(parts, place, size, before, after):
    text = "".join(piece + gap for piece, gap in parts)
    start = min(place, len(text))
    end = min(start + size, len(text))
    pattern = re.compile(whole_words(WORDS), re.IGNORECASE)
    left = max(0, start - before - 1)
    plain = any(found.start() > left or left == 0 for found in pattern.finditer(text, left, start))
    plain = plain or pattern.search(text, end, end + after) is not None
    assert ContextWords(WORDS, before, after).near(text, start, end) is plain


def test_a_header_far_above_costs_its_column_one_search_of_the_text():
    text = "phone;amount\n" + "\n".join(f"{row};12.50" for row in range(10_000, 12_000)) + "\nphone"
    context = ContextWords(WORDS, 64, 40)
    searched = []
    context._pattern = _Counting(context._pattern, searched)
    places = [found.span() for found in re.finditer(r"1\d{4}", text)]
    assert [context.near(text, *place) for place in places].count(True) < len(places) / 50
    assert len(searched) < len(places) / 50


class _Counting:
    def __init__(self, pattern, searched):
        self._pattern, self._searched = pattern, searched

    def finditer(self, *arguments):
        self._searched.append(arguments[1:])
        return self._pattern.finditer(*arguments)

    def search(self, *arguments):
        self._searched.append(arguments[1:])
        return self._pattern.search(*arguments)
