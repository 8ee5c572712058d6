"""PDFs through the real child process: what is inside them, what they do and what was not read."""

from collections.abc import Iterator

import pytest
from reportlab.pdfgen.canvas import Canvas

from pipeline.domain.documents.documents import ExtractedText
from pipeline.extraction.extractor import Extractor
from pipeline.settings.extraction import ExtractionSettings
from tests.support.pdf_files import lines_at, pdf_of, picture, with_catalogue, with_files
from tests.support.scans import without_ocr

LINE = lines_at(40, 700, ["What a reader sees"])
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(57)


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(without_ocr()) as one:
        yield one


def _notes(extracted: ExtractedText) -> list[tuple[str, str]]:
    return [(run.technique, run.place) for run in extracted.hidden]


def test_files_inside_are_read_after_the_pages(extractor: Extractor) -> None:
    inner = with_files(pdf_of(lines_at(40, 700, ["The second level"])), {"third.txt": b"The third level"})
    extracted = extractor.extract(with_files(pdf_of(LINE), {"second.pdf": inner}), "a.pdf")
    assert extracted.text == "What a reader sees\n\nThe second level\n\nThe third level"
    assert _notes(extracted) == []


def test_a_file_inside_that_cannot_be_read_is_named(extractor: Extractor) -> None:
    extracted = extractor.extract(with_files(pdf_of(LINE), {"more": PROGRAM}), "a.pdf")
    assert extracted.text == "What a reader sees"
    assert _notes(extracted) == [("pdf-embedded", "embedded file, unsupported")]
    assert extracted.hidden[0].text == "more"


def test_hidden_text_of_a_file_inside_is_reported(extractor: Extractor) -> None:
    page = b"<html><body><p>Shown</p><p style='display:none'>Not shown</p></body></html>"
    extracted = extractor.extract(with_files(pdf_of(LINE), {"page.html": page}), "a.pdf")
    assert ("html-display-none", "Not shown") in [(run.technique, run.text) for run in extracted.hidden]


def test_files_deeper_than_allowed_are_a_failure() -> None:
    inner = with_files(pdf_of(LINE), {"third.txt": b"The third level"})
    with Extractor(ExtractionSettings(max_depth=1)) as extractor:
        assert extractor.extract(with_files(pdf_of(LINE), {"b.pdf": inner}), "a.pdf").failure == "nesting"


@pytest.mark.parametrize(
    ("entries", "techniques"),
    [
        ("/OpenAction<</S/JavaScript/JS(app.alert(1))>>", ["pdf-javascript"]),
        ("/OpenAction<</S/#4AavaScript/JS(app.alert(1))>>", ["pdf-javascript"]),
        ("/Names<</JavaScript<</Names[(a)<</S/JavaScript/JS(x)>>]>>>>", ["pdf-javascript"]),
        ("/OpenAction<</S/Launch/F(run.exe)>>", ["pdf-launch"]),
        ("/OpenAction<</S/URI/URI(https://example.org/)>>", ["pdf-external-link"]),
        ("/OpenAction<</S/SubmitForm/F(https://example.org/)>>", ["pdf-external-link"]),
        ("/OpenAction<</S/GoToR/F(other.pdf)/D[0/Fit]>>", ["pdf-external-link"]),
        ("/OpenAction[3 0 R/Fit]", []),
        ("/Lang(en)", []),
    ],
)
def test_actions_are_reported(extractor: Extractor, entries: str, techniques: list[str]) -> None:
    extracted = extractor.extract(with_catalogue(entries), "a.pdf")
    assert extracted.text == "What a reader sees"
    assert [run.technique for run in extracted.hidden] == techniques


def test_scanned_pages_among_others_are_named(extractor: Extractor) -> None:
    extracted = extractor.extract(pdf_of(LINE, picture, picture, LINE, picture), "a.pdf")
    assert extracted.text == "What a reader sees\n\nWhat a reader sees"
    assert _notes(extracted) == [("pdf-unread-page", "pages 2-3, 5")]


def test_a_scan_without_any_text_is_refused(extractor: Extractor) -> None:
    assert extractor.extract(pdf_of(picture, picture), "a.pdf").failure == "no-ocr"


@pytest.mark.parametrize("flags", ["hidden", "noview", "invisible"])
def test_a_field_that_is_not_shown_is_hidden_text(extractor: Extractor, flags: str) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(40, 740, "What a reader sees")
        canvas.acroForm.textfield(name="note", value="not shown", x=40, y=700, annotationFlags=flags)

    extracted = extractor.extract(pdf_of(draw), "a.pdf")
    assert extracted.text == "What a reader sees"
    assert [(run.technique, run.text) for run in extracted.hidden] == [
        ("pdf-hidden-annotation", "[Field note: not shown]")
    ]
