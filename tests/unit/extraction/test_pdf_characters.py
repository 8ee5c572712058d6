"""Code points and boxes of a page read at once are those that the library gives for each character."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction.pdf import characters
from pipeline.extraction.pdfium import api, pdfium
from tests.support.pdf_files import lines_at, pdf_of

LINES = st.lists(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), min_size=1, max_size=40), max_size=8)


@settings(max_examples=60, deadline=None)
@given(LINES, st.sampled_from([0, 2, 6]))
def test_all_at_once_equals_one_by_one(lines: list[str], spacing: float) -> None:
    with pdfium.PdfDocument(pdf_of(lines_at(30, 700, lines, spacing=spacing))) as document:
        words = document[0].get_textpage()
        count = words.count_chars()
        points = [api.FPDFText_GetUnicode(words, number) for number in range(count)]
        boxes = [words.get_charbox(number, loose=True) for number in range(count)]
        assert [_plain(point) for point in characters.points_of(words, count)] == [_plain(point) for point in points]
        assert list(zip(*characters.boxes_of(words, count), strict=True)) == boxes


def _plain(point: int) -> int:
    """A hyphen at a line end has two code points in the library."""
    return 0x2 if point == 0xFFFE else point
