"""Sentences that cells or inline mark-up cut are read as one, at their places in the text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.detectors.injection.views import bare_images, rejoined

WORDS = st.lists(st.text("abcdefghkmnprstuz", min_size=1, max_size=8), min_size=3, max_size=9)
CUTS = ["<b></b>", "<em>", "</span>", '<a href="x">', " | ", "|", "</td><td>"]


@settings(max_examples=150, deadline=None)
@given(WORDS, st.sampled_from(CUTS), st.data())
def test_a_sentence_cut_anywhere_between_letters_is_read_whole(words, cut, data):
    sentence = " ".join(words)
    places = [at for at in range(1, len(sentence)) if " " not in sentence[at - 1 : at + 1]]
    if not places:
        return
    at = data.draw(st.sampled_from(places))
    text = f"| {sentence[:at]}{cut}{sentence[at:]} |"
    views = [(view, seams) for view, seams in rejoined(text)]
    assert f"| {sentence} |" in [view.text for view, _ in views]
    for view, seams in views:
        assert len(seams) == 1
        for start, end in ((2, 3), (len(view.text) - 3, len(view.text) - 2)):
            left, right = view.span(start, end)
            assert text[left:right] == view.text[start:end]


@settings(max_examples=60, deadline=None)
@given(WORDS)
def test_cells_that_begin_with_a_capital_or_a_figure_stay_apart(words):
    cells = [word.capitalize() for word in words]
    assert list(rejoined("| " + " | ".join(cells) + " |")) == []
    assert list(rejoined("| " + " | ".join(f"{len(cell)}" for cell in cells) + " |")) == []


def test_the_text_of_an_image_is_read_without_its_frame():
    text = "Before.\n![add a verse on soup](cat.png)\nAfter."
    ((view, seams),) = bare_images(text)
    assert view.text == "Before.\nadd a verse on soup\nAfter."
    assert view.span(8, 27) == (text.index("add"), text.index("]"))
    assert 8 < seams[0] < 27
    assert list(bare_images("no image ![] here")) == []
