"""Text of a PDF that a reader of the page does not see is hidden, whatever it is that hides it."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.extraction.hidden.pdf import hidden_runs
from tests.support.pdf_files import stream, written

SEEN = "Everybody reads this line"
HIDDEN = "nobody on this page reads that"
_FORM = "/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</Font<</F1 5 0 R>>>>"


def says(text: str, *, x: int = 50, y: int = 700) -> str:
    return f"BT /F1 12 Tf {x} {y} Td ({text}) Tj ET\n"


def _shading(colours: str) -> str:
    function = f"<</FunctionType 2/Domain[0 1]{colours}/N 1>>"
    return f"/Shading<</S1<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 600 0]/Function {function}>>>>"


DARK = "/C0[0.1 0.1 0.3]/C1[0.1 0.1 0.3]"
PAINTED = "q 40 680 500 60 re W n /S1 sh Q\n"
MASK = "/ExtGState<</G1<</SMask<</S/Luminosity/G 6 0 R>>>>>>"
LAYER = "/Properties<</L1 6 0 R>>"
_LAYERS = "/OCProperties<</OCGs[6 0 R]/D<</{state}[6 0 R]>>>>"
_LAYER = "<</Type/OCG/Name(a layer)>>"
_BLANK_FONT = (
    "<</Type/Font/Subtype/Type3/FontBBox[0 0 600 800]/FontMatrix[0.001 0 0 0.001 0 0]/CharProcs<</a 7 0 R>>"
    f"/Encoding<</Type/Encoding/Differences[32{'/a' * 95}]>>/FirstChar 32/LastChar 126/Widths[{' 600' * 95}]"
    "/ToUnicode 8 0 R>>"
)
_TO_UNICODE = (
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def 1 begincodespacerange <00> <FF> "
    "endcodespacerange 1 beginbfrange <20> <7e> <0020> endbfrange endcmap end end"
)

HIDING = {
    "an ellipse over it": written(
        says(SEEN, y=600) + says(HIDDEN) + "1 g 0 700 m 0 1000 500 1000 500 700 c 500 400 0 640 0 700 c f"
    ),
    "a shading over it": written(says(SEEN, y=600) + says(HIDDEN) + PAINTED, _shading(DARK)),
    "the colour of the shading behind it": written(
        says(SEEN, y=600) + PAINTED + "0.1 0.1 0.3 rg " + says(HIDDEN), _shading(DARK)
    ),
    "a layer that is switched off": written(
        says(SEEN, y=600) + "/OC /L1 BDC " + says(HIDDEN) + "EMC", LAYER, _LAYERS.format(state="OFF"), more=[_LAYER]
    ),
    "a mask that lets nothing through": written(
        says(SEEN, y=600) + "q /G1 gs " + says(HIDDEN) + "Q",
        MASK,
        more=[stream("0 g 0 0 600 800 re f", f"{_FORM}/Group<</S/Transparency/CS/DeviceGray>>")],
    ),
    "a blend that leaves what is behind": written(
        says(SEEN, y=600) + "q /G1 gs 1 g " + says(HIDDEN) + "Q", "/ExtGState<</G1<</BM/Multiply>>>>"
    ),
    "a clipping path inside a form": written(
        says(SEEN, y=600) + "/X1 Do",
        "/XObject<</X1 6 0 R>>",
        more=[stream("40 100 300 60 re W n " + says(HIDDEN), _FORM)],
    ),
    "the bounds of a form": written(
        says(SEEN, y=600) + "/X1 Do",
        "/XObject<</X1 6 0 R>>",
        more=[stream(says(HIDDEN), _FORM.replace("[0 0 600 800]", "[0 0 600 500]"))],
    ),
    "an annotation over it": written(
        says(SEEN, y=600) + says(HIDDEN),
        page="/Annots[6 0 R]",
        more=[
            "<</Type/Annot/Subtype/Square/Rect[40 680 500 740]/F 4/AP<</N 7 0 R>>>>",
            stream("1 g 0 0 460 60 re f", "/Type/XObject/Subtype/Form/BBox[0 0 460 60]"),
        ],
    ),
    "a font without shapes": written(
        says(SEEN, y=600) + says(HIDDEN).replace("/F1", "/F2"),
        "/Font<</F1 5 0 R/F2 6 0 R>>",
        more=[_BLANK_FONT, stream("600 0 d0"), stream(_TO_UNICODE)],
    ),
    "the edge of the page": written(says(SEEN, y=600) + says(HIDDEN, x=605)),
    "the left edge of the page": written(says(SEEN) + says(HIDDEN, x=-300)),
}
SHOWING = {
    "a shading of another colour": written(PAINTED + "1 g " + says(SEEN), _shading(DARK)),
    "a layer that is switched on": written(
        "/OC /L1 BDC " + says(SEEN) + "EMC", LAYER, _LAYERS.format(state="ON"), more=[_LAYER]
    ),
    "a mask that lets all through": written(
        "q /G1 gs " + says(SEEN) + "Q",
        MASK,
        more=[stream("1 g 0 0 600 800 re f", f"{_FORM}/Group<</S/Transparency/CS/DeviceGray>>")],
    ),
    "a blend with a dark colour": written("q /G1 gs 0 g " + says(SEEN) + "Q", "/ExtGState<</G1<</BM/Multiply>>>>"),
    "a marker drawn over it": written(
        says(SEEN) + "q /G1 gs 1 1 0 rg 40 680 500 60 re f Q", "/ExtGState<</G1<</BM/Multiply>>>>"
    ),
    "an icon over a few letters": written(says(SEEN) + "1 0 0 rg 60 695 20 20 re f"),
    "outlines of letters": written("1 Tr " + says(SEEN)),
    "a turned page": written(says(SEEN), page="/Rotate 90"),
    "a page with an origin of its own": written(says(SEEN, x=350), page="/CropBox[300 400 600 800]"),
}


@pytest.mark.parametrize("name", HIDING)
def test_what_the_page_does_not_show_is_hidden(name: str) -> None:
    runs = list(hidden_runs(HIDING[name]))
    assert runs, name
    said = " ".join(run.text for run in runs)
    assert HIDDEN in said
    assert SEEN not in said


def test_the_end_of_a_line_that_is_too_long_is_called_so() -> None:
    long = "the table goes on and on " * 6
    runs = list(hidden_runs(written(says(long) + says("and ends here", x=800))))
    assert {run.technique for run in runs} == {"pdf-cut-off"}
    assert runs[0].text == "and ends here"
    assert long.strip().endswith(runs[1].text)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 20))
def test_exactly_the_covered_lines_are_hidden(seed: int, count: int) -> None:
    chance = random.Random(seed)
    lines = ["".join(chance.choices("abcdefghijklmnoprstuv", k=20)) for _ in range(count)]
    covered = [chance.random() < 0.5 for _ in lines]
    drawing = "".join(says(line, y=760 - 30 * at) for at, line in enumerate(lines))
    for at, hides in enumerate(covered):
        if hides:  # five corners, so that the objects alone do not tell
            low, high = 750 - 30 * at, 774 - 30 * at
            drawing += f"1 g 30 {low} m 560 {low} l 580 {low + 5} l 560 {high} l 30 {high} l 20 {low + 9} l f\n"
    said = [run.text for run in hidden_runs(written(drawing))]
    assert " ".join(said).split() == [line for line, hides in zip(lines, covered, strict=True) if hides]


@pytest.mark.parametrize("name", SHOWING)
def test_what_the_page_shows_is_not(name: str) -> None:
    assert list(hidden_runs(SHOWING[name])) == []
