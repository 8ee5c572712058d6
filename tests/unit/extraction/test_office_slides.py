"""Presentations: what a reader sees is in the text once and in order; what is hidden is reported."""

from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused
from pipeline.extraction.office.readers import read
from pipeline.extraction.office.writing import Writing
from tests.support.office_files import SLIDE_SIZE, WORDS, assert_once_in_order, frame, shape, slides

WIDTH, HEIGHT = SLIDE_SIZE
MARK = "q<&hidden words>z"
INSIDE = frame(1_000_000, 1_000_000, 2_000_000, 500_000)


def plain(colour: str) -> str:
    return f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'


def theme(name: str) -> str:
    return f'<a:solidFill><a:schemeClr val="{name}"/></a:solidFill>'


def group(content: str, at: int = 0) -> str:
    outer = f'<a:off x="{at}" y="0"/><a:ext cx="{WIDTH}" cy="{HEIGHT}"/>'
    inner = f'<a:chOff x="0" y="0"/><a:chExt cx="{WIDTH}" cy="{HEIGHT}"/>'
    return f"<p:grpSp><p:grpSpPr><a:xfrm>{outer}{inner}</a:xfrm></p:grpSpPr>{content}</p:grpSp>"


def table(text: str) -> str:
    def cell(words: str) -> str:
        return f"<a:tc><a:txBody><a:p><a:r><a:t>{escape(words)}</a:t></a:r></a:p></a:txBody></a:tc>"

    rows = f"<a:tr>{cell(text)}{cell('beside')}</a:tr>"
    return (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{rows}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )


HIDDEN_GROUP = '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="9" name="g" hidden="1"/></p:nvGrpSpPr>'
SHOWN: dict[str, Callable[[str], str]] = {
    "shape": shape,
    "placed": lambda text: shape(text, frame=INSIDE),
    "group": lambda text: group(group(shape(text, frame=INSIDE))),
    "table": table,
    "white on dark": lambda text: shape(text, plain("FFFFFF"), INSIDE, plain("203040")),
    "above a box": lambda text: shape("", frame=INSIDE, fill=plain("FFFFFF")) + shape(text, frame=INSIDE),
    "body": lambda text: shape(text, kind="body"),
}
FILLED = ("white on dark", "above a box")
"""Those that would cover what is on the slide already."""
HIDDEN: dict[str, tuple[str, Callable[[str], str]]] = {
    "group": (
        "pptx-hidden-shape",
        lambda text: group(group(shape(text, frame=INSIDE))).replace("<p:grpSp>", HIDDEN_GROUP, 1),
    ),
    "white": ("pptx-white-text", lambda text: shape(text, plain("FEFEFE"))),
    "theme": ("pptx-white-text", lambda text: shape(text, theme("bg1"))),
    "of its box": ("pptx-same-colour", lambda text: shape(text, plain("203040"), INSIDE, plain("213141"))),
    "tiny": ("pptx-tiny-font", lambda text: shape(text).replace("<a:rPr>", '<a:rPr sz="100">')),
    "clear": (
        "pptx-transparent",
        lambda text: shape(text, '<a:solidFill><a:srgbClr val="000000"><a:alpha val="0"/></a:srgbClr></a:solidFill>'),
    ),
    "left of the slide": ("pptx-off-slide", lambda text: shape(text, frame=frame(-3_000_000, 0, 2_000_000, 9))),
    "below the slide": ("pptx-off-slide", lambda text: shape(text, frame=frame(0, HEIGHT, 2_000_000, 9))),
    "group off the slide": ("pptx-off-slide", lambda text: group(shape(text, frame=INSIDE), at=WIDTH)),
    "under a box": (
        "pptx-under-shape",
        lambda text: shape(text, frame=INSIDE) + shape("", frame=frame(0, 0, WIDTH, HEIGHT), fill=plain("FFFFFF")),
    ),
    "hidden shape": (
        "pptx-hidden-shape",
        lambda text: shape(text).replace('name="x"', 'name="x" hidden="1"'),
    ),
}


def writing(data: bytes) -> Writing:
    return read(data, kinds.PPTX).writing


@given(pieces=st.lists(st.tuples(st.sampled_from(sorted(SHOWN)), WORDS, st.booleans()), min_size=1, max_size=8))
@settings(max_examples=200)
def test_visible_text_is_there_once_in_order_and_unchanged(pieces: list[tuple[str, str, bool]]) -> None:
    made: list[str] = [""]
    numbered = [f"{number}{text}{number}" for number, (_, text, _) in enumerate(pieces)]
    for (how, _, next_slide), text in zip(pieces, numbered, strict=True):
        made += [""] if next_slide or how in FILLED else []
        made[-1] += SHOWN[how](text)
    found = writing(slides(*made))
    assert found.hidden == []
    assert_once_in_order(found.text, numbered)


@pytest.mark.parametrize("how", sorted(HIDDEN))
def test_hidden_text_is_reported_and_its_neighbours_are_not(how: str) -> None:
    technique, hide = HIDDEN[how]
    beside = shape("before", frame=frame(0, 0, WIDTH, 9))
    found = writing(slides(shape("Title", kind="title") + hide(MARK), beside))
    assert [(one.technique, one.text) for one in found.hidden] == [(technique, MARK)]
    assert found.text == f"## Title\n\n{MARK}\n\nbefore"


def test_the_background_of_a_slide_decides_about_its_text() -> None:
    night = f"<p:bg><p:bgPr>{plain('102030')}</p:bgPr></p:bg>"
    text = shape("white", plain("FFFFFF")) + shape("night", plain("102030"))
    found = writing(slides(text, background=night))
    assert [(one.technique, one.text) for one in found.hidden] == [("pptx-same-colour", "night")]


def test_shapes_behind_a_text_decide_about_it() -> None:
    dark = shape("", frame=frame(0, 0, WIDTH, HEIGHT // 2), fill=plain("203040"))
    above = frame(1_000_000, 1_000_000, 2_000_000, 500_000)
    below = frame(1_000_000, HEIGHT - 500_000, 2_000_000, 400_000)
    across = frame(1_000_000, HEIGHT // 2 - 1000, 2_000_000, 500_000)
    white = plain("FFFFFF")
    shapes = dark + shape("on the dark", white, above) + shape("apart", white, below) + shape("half", white, across)
    found = writing(slides(shapes + shape("dark", plain("203040"), above)))
    assert [(one.technique, one.text) for one in found.hidden] == [
        ("pptx-white-text", "apart"),
        ("pptx-same-colour", "dark"),
    ]


def test_titles_notes_and_hidden_slides() -> None:
    body, heading = shape("body", kind="body"), shape("Two\nlines", kind="title")
    notes = shape("7", kind="sldNum") + shape("remember\nthis", kind="body")
    found = writing(slides(body + heading, shape("away"), shape("last"), notes=notes, hidden=(2,)))
    assert found.text == "## Two lines\n\nbody\n\nSpeaker notes:\nremember\nthis\n\naway\n\nlast"
    assert [(one.technique, one.text, one.place) for one in found.hidden] == [("pptx-hidden-slide", "away", "slide 2")]


def test_groups_nested_too_deep_are_refused() -> None:
    with pytest.raises(Refused) as refused:
        writing(slides("<p:grpSp>" * 500 + shape("deep") + "</p:grpSp>" * 500))
    assert refused.value.word == "nesting"
