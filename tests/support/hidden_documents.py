"""Documents of every kind with one passage that a reader sees and one that a reader does not see, by technique.

The techniques are those of the tests of each reader, put into whole documents with other words and neighbours.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from reportlab.pdfgen.canvas import Canvas

from tests.support import hidden_pages
from tests.support.office_files import open_document, paragraph, run, shape, slides, word
from tests.support.pdf_files import pdf_of
from tests.unit.extraction import test_office_odf as odf
from tests.unit.extraction import test_office_rtf as rtf
from tests.unit.extraction import test_office_slides as pptx
from tests.unit.extraction import test_office_word as docx

PLACES = 4
"""Documents of each technique: alone, first, last and between other passages."""


@dataclass(frozen=True)
class HiddenDocument:
    """A document, and its passages."""

    name: str
    technique: str
    data: bytes = field(repr=False)
    seen: str
    hidden: str
    """Empty for an ordinary document."""


def _pdf(hide: Callable[[Canvas, str], None]) -> Callable[[str], Callable[[Canvas], None]]:
    return lambda text: lambda canvas: hide(canvas, text)


def _mode_3(canvas: Canvas, text: str) -> None:
    line = canvas.beginText(50, 500)
    line.setTextRenderMode(3)
    line.textOut(text)
    canvas.drawText(line)


def _white(canvas: Canvas, text: str) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(50, 500, text)
    canvas.setFillColorRGB(0, 0, 0)


def _same(canvas: Canvas, text: str) -> None:
    canvas.setFillColorRGB(0.2, 0.3, 0.4)
    canvas.rect(40, 480, 500, 60, fill=1, stroke=0)
    canvas.drawString(50, 500, text)
    canvas.setFillColorRGB(0, 0, 0)


def _off_page(canvas: Canvas, text: str) -> None:
    canvas.drawString(50, 2000, text)


def _tiny(canvas: Canvas, text: str) -> None:
    canvas.saveState()
    canvas.setFont("Helvetica", 0.5)
    canvas.drawString(50, 500, text)
    canvas.restoreState()


def _clear(canvas: Canvas, text: str) -> None:
    canvas.saveState()
    canvas.setFillAlpha(0)
    canvas.drawString(50, 500, text)
    canvas.restoreState()


def _covered(canvas: Canvas, text: str) -> None:
    canvas.drawString(50, 500, text)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(40, 480, 500, 60, fill=1, stroke=0)
    canvas.setFillColorRGB(0, 0, 0)


def _clipped(canvas: Canvas, text: str) -> None:
    canvas.saveState()
    path = canvas.beginPath()
    path.rect(40, 100, 300, 60)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawString(50, 500, text)
    canvas.restoreState()


PDF: dict[str, Callable[[Canvas, str], None]] = {
    "render mode 3": _mode_3,
    "white": _white,
    "of its box": _same,
    "off the page": _off_page,
    "tiny": _tiny,
    "transparent": _clear,
    "under a box": _covered,
    "clipped": _clipped,
}
TEXT: dict[str, Callable[[str], str]] = {
    "display": lambda text: f"<span style='display:none'>{text}</span>",
    "size": lambda text: f"<p style='font-size:0'>{text}</p>",
    "colour": lambda text: f"<font color='white'>{text}</font>",
    "attribute": lambda text: f"<div hidden>{text}</div>",
    "tags": lambda text: "".join(chr(0xE0000 + ord(character)) for character in text),
    "selectors": lambda text: "x" + "".join(chr(0xE0100 + ord(one) - 16) for one in text if one != " "),
}


def sentence(chance: Random) -> str:
    """A few invented words."""
    return " ".join(hidden_pages.words(chance).split() + hidden_pages.words(chance).split())


def documents(chance: Random) -> Iterator[HiddenDocument]:
    """Several documents of each technique and kind."""
    for technique, hide in docx.HIDDEN.items():
        for before, after, seen, hidden in _neighbours(chance, lambda text: paragraph(run(text))):
            data = word(before + hide[1](hidden) + after, styles=docx.STYLES)
            yield HiddenDocument("a.docx", technique, data, seen, hidden)
    for technique, hide in pptx.HIDDEN.items():
        for before, _, seen, hidden in _neighbours(chance, shape):
            yield HiddenDocument("a.pptx", technique, slides(before + hide[1](hidden)), seen, hidden)
    for technique, hide in odf.HIDDEN.items():
        for before, after, seen, hidden in _neighbours(chance, odf.paragraph):
            data = open_document("text", before + hide[1](hidden) + after, odf.STYLES)
            yield HiddenDocument("a.odt", technique, data, seen, hidden)
    for technique, hide in rtf.HIDDEN.items():
        for before, after, seen, hidden in _neighbours(chance, rtf.paragraph):
            data = f"{rtf.HEAD}{before}{hide[1](hidden)}{after}}}".encode("ascii")
            yield HiddenDocument("a.rtf", technique, data, seen, hidden)
    for technique, draw in PDF.items():
        for _, _, seen, hidden in _neighbours(chance, str):
            page = _page(seen, lambda canvas, draw=draw, hidden=hidden: draw(canvas, hidden))
            yield HiddenDocument("a.pdf", technique, pdf_of(page), seen, hidden)
    for technique, write in TEXT.items():
        for before, after, seen, hidden in _neighbours(chance, lambda text: f"{text}\n\n"):
            data = f"{before}{write(hidden)}\n\n{after}".encode()
            yield HiddenDocument("a.md", technique, data, seen, hidden)
    for technique, page_text, seen, hidden in hidden_pages.pages(chance):
        name = technique.partition(",")[0]
        yield HiddenDocument("a.html", name, page_text.encode(), seen, hidden)


def ordinary(chance: Random, count: int) -> Iterator[HiddenDocument]:
    """Documents of the visible ways of each kind, in any mixture."""
    kinds: list[tuple[str, dict[str, Callable[[str], str]], Callable[[str], bytes]]] = [
        ("a.docx", docx.SHOWN, lambda body: word(body, styles=docx.STYLES)),
        ("a.odt", odf.SHOWN, lambda body: open_document("text", body, odf.STYLES)),
        ("a.rtf", rtf.SHOWN, lambda body: f"{rtf.HEAD}{body}}}".encode("ascii")),
        ("a.pptx", {way: how for way, how in pptx.SHOWN.items() if way not in pptx.FILLED}, slides),
    ]
    for number in range(count):
        name, ways, make = kinds[number % len(kinds)]
        chosen = [chance.choice(sorted(ways)) for _ in range(6)]
        body = "".join(ways[way](sentence(chance)) for way in chosen)
        yield HiddenDocument(name, "ordinary", make(body), "", "")


def _neighbours(chance: Random, write: Callable[[str], str]) -> Iterator[tuple[str, str, str, str]]:
    """Passages before and after, a sentence of them, and the sentence to hide."""
    for place in range(PLACES):
        seen, hidden = sentence(chance), sentence(chance)
        before = write(sentence(chance)) if place in (1, 3) else ""
        after = write(sentence(chance)) if place in (2, 3) else ""
        yield write(seen) + before, after, seen, hidden


def _page(seen: str, hide: Callable[[Canvas], None]) -> Callable[[Canvas], None]:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 11)
        canvas.drawString(50, 700, seen)
        hide(canvas)

    return draw
