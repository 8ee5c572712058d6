"""Office files are drawn by the real LibreOffice, and what no page shows is found by that alone."""

import io
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest

from pipeline.detectors.hidden_text import HiddenTextDetector
from pipeline.domain.errors import CanaryMissed, CorpusgateError
from pipeline.domain.findings.findings import Severity
from pipeline.extraction import media_types as kinds
from pipeline.extraction.extractor import Extractor
from pipeline.extraction.rendering import Renderer
from pipeline.extraction.seen import installed
from pipeline.extraction.seen.comparison import LookComparison
from pipeline.extraction.seen.converting import Converter
from pipeline.settings.extraction import ExtractionSettings, RenderingSettings
from tests.support.drawn_files import HIDDEN, SEEN, WAYS, word
from tests.support.drawn_slides import SLIDE_SHOWN, SLIDE_WAYS, TEXT_SHOWN, TEXT_WAYS, deck
from tests.support.office_files import paragraph, run
from tests.support.office_files import word as bare_word
from tests.support.programs import ROOT

_OPEN_TEXT = kinds.OPEN_DOCUMENT + "text"
SETTINGS = ExtractionSettings(rendering=RenderingSettings(office="installed"))


@pytest.fixture(scope="module", autouse=True)
def _program() -> None:
    if reason := installed.missing(SETTINGS.rendering):
        pytest.skip(f"{reason} (scripts/test_tools.sh office)")


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(SETTINGS) as one:
        yield one


def differences(extractor: Extractor, data: bytes, kind: str = kinds.DOCX) -> list[str]:
    """Passages that the comparison alone finds, with nothing known from the readers."""
    extracted, _, _, own = extractor._extract_in_child(data, kind)
    assert extracted.failure is None
    assert HIDDEN in extracted.text
    assert extractor._comparison is not None
    runs = extractor._comparison.of(data, extracted.model_copy(update={"hidden": ()}), own)
    assert not [run for run in runs if run.technique.endswith("-not-drawn")]
    return [run.text for run in runs if run.technique.endswith("-seen-differs")]


@pytest.mark.parametrize("way", sorted(WAYS))
def test_hidden_text_is_found_by_the_difference_alone(extractor: Extractor, way: str) -> None:
    assert HIDDEN in differences(extractor, word(WAYS[way]))


@pytest.mark.parametrize("way", sorted(SLIDE_WAYS))
def test_text_hidden_on_a_slide_is_found_by_the_difference_alone(extractor: Extractor, way: str) -> None:
    assert HIDDEN in differences(extractor, deck(SLIDE_WAYS[way]), kinds.PPTX)


@pytest.mark.parametrize("way", sorted(TEXT_WAYS))
def test_text_hidden_in_an_open_document_is_found_by_the_difference_alone(extractor: Extractor, way: str) -> None:
    assert HIDDEN in differences(extractor, TEXT_WAYS[way], _OPEN_TEXT)


def test_visible_text_differs_in_nothing(extractor: Extractor) -> None:
    assert differences(extractor, word(lambda document, text: document.add_paragraph(text) and None)) == []
    assert differences(extractor, deck(SLIDE_SHOWN), kinds.PPTX) == []
    assert differences(extractor, TEXT_SHOWN, _OPEN_TEXT) == []


def ordinary() -> bytes:
    document = docx.Document()
    section = document.sections[0]
    section.header.paragraphs[0].text = "Regulations of the harbour office"
    section.footer.paragraphs[0].text = "Approved by the clerk in spring"
    document.add_heading("The official coefficient of traffic", 1)
    line = document.add_paragraph(SEEN[0])
    for text, look in (("written in capitals by a style", "all_caps"), ("and in small capitals", "small_caps")):
        setattr(line.add_run(f" {text}").font, look, True)
    for number in range(4):
        document.add_paragraph(f"Step {number} of the procedure for visitors", style="List Number")
    table = document.add_table(4, 3, style="Light Shading Accent 1")
    for at, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"Quarter {at} of the budget for deliveries, with the answers of every supplier"
    document.add_page_break()
    noted = document.add_paragraph(SEEN[1])
    document.add_comment(noted.runs, "Is this form still in use anywhere?", author="Ada")
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_an_ordinary_document_raises_no_alarm(extractor: Extractor) -> None:
    extracted = extractor.extract(ordinary(), "a.docx")
    assert [run.technique for run in extracted.hidden if not run.technique.endswith(("-comment", "-seen"))] == []
    assert "LibreOffice" in extracted.extractor


def test_text_that_no_reader_of_the_format_knows_to_be_hidden_goes_to_a_reviewer(extractor: Extractor) -> None:
    extracted = extractor.extract(word(WAYS["a box behind a shape"]), "a.docx")
    findings = HiddenTextDetector(Path(ROOT) / "configs" / "detectors").scan(extracted)
    named = [extracted.text[one.start : one.end] for one in findings if one.entity == "SEEN_DIFFERS"]
    assert HIDDEN in named
    assert {one.severity for one in findings if one.entity == "SEEN_DIFFERS"} == {Severity.MEDIUM}
    assert all(HIDDEN not in one.reason for one in findings)


@pytest.mark.parametrize(("mode", "technique"), [("installed", "docx-not-drawn"), ("required", "docx-undrawable")])
def test_a_file_that_cannot_be_drawn_is_on_record(mode: str, technique: str) -> None:
    settings = ExtractionSettings(rendering=RenderingSettings.model_validate({"office": mode}))
    with Extractor(settings) as extractor:
        extracted = extractor.extract(bare_word(paragraph(run("Too bare a file"))), "a.docx")
    assert extracted.text == "Too bare a file"
    assert [run.technique for run in extracted.hidden] == [technique]


def test_a_program_that_draws_everything_alike_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    with Extractor(SETTINGS) as extractor:
        data = word()
        blank = extractor._converter
        assert blank is not None
        drawn = blank.pdf(data, kinds.DOCX)
        monkeypatch.setattr(Converter, "pdf", lambda *_: drawn)
        with pytest.raises(CanaryMissed, match="LibreOffice"):
            extractor.extract(data, "a.docx")


def test_a_required_program_that_is_absent_stops_the_run(tmp_path: Path) -> None:
    settings = ExtractionSettings(rendering=RenderingSettings(office="required", program=str(tmp_path)))
    with pytest.raises(CorpusgateError, match="required"):
        Extractor(settings)


def test_nothing_of_a_document_is_left_on_disk(extractor: Extractor) -> None:
    assert isinstance(extractor._comparison, LookComparison)
    assert extractor._converter is not None
    extractor.extract(word(), "a.docx")
    folder = extractor._converter._child._started
    assert folder is not None
    names = {path.name for path in Path(folder.scratch.name).rglob("*")}
    assert not [name for name in names if name.startswith("document")]


def test_the_pages_of_an_office_file_are_shown_with_values_covered(extractor: Extractor) -> None:
    data = word(WAYS["white"])
    text = extractor.extract(data, "a.docx").text
    renderer = Renderer(converter=extractor._converter)
    try:
        plain = renderer.render(data, "a.docx", text, {})
        hidden = renderer.render(data, "a.docx", text, {"yellow form": 1})
        absent = renderer.render(data, "a.docx", text, {"a value that is on no page": 1})
    finally:
        renderer.close()
    assert (plain.total, len(plain.pages), plain.html) == (1, 1, None)
    assert plain.pages[0].png != hidden.pages[0].png
    assert (absent.pages, absent.html) == ((), None)
