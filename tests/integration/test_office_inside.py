"""Files inside office files, and hostile office files, through the real child process."""

import io
import zipfile
from collections.abc import Iterator

import pytest

from pipeline.extraction.extractor import Extractor
from pipeline.settings.extraction import ExtractionSettings
from tests.support.office_files import archive, book, open_document, paragraph, run, word

GONE = run("kept from readers", "<w:vanish/>")


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(ExtractionSettings(max_depth=2)) as one:
        yield one


def holding(data: bytes, name: str) -> bytes:
    """A Word file with another file inside it."""
    buffer = io.BytesIO(word(paragraph(run("outer"))))
    with zipfile.ZipFile(buffer, "a") as packed:
        packed.writestr(f"word/embeddings/{name}", data)
    return buffer.getvalue()


def test_a_file_inside_is_read_and_so_is_its_hidden_text(extractor: Extractor) -> None:
    inner = word(paragraph(run("inner") + GONE))
    found = extractor.extract(holding(inner, "a.docx"), "a.docx")
    assert found.text == "outer\n\ninnerkept from readers"
    assert [(one.technique, one.text, one.place) for one in found.hidden] == [
        ("docx-vanish", "kept from readers", "embedded file, paragraph 1")
    ]


@pytest.mark.parametrize(("name", "data"), [("a.docx", b"PK\x03\x04 broken"), ("oleObject1.bin", b"\xd0\xcf\x11\xe0")])
def test_a_file_inside_that_cannot_be_read_is_named(extractor: Extractor, name: str, data: bytes) -> None:
    found = extractor.extract(holding(data, name), "a.docx")
    assert (found.failure, found.text) == (None, "outer")
    assert [(one.technique.partition("-")[2], one.text) for one in found.hidden] == [
        ("embedded", f"word/embeddings/{name}")
    ]


def test_files_inside_files_have_a_bound(extractor: Extractor) -> None:
    data = word(paragraph(run("innermost")))
    for _ in range(2):
        data = holding(data, "a.docx")
    assert "innermost" in extractor.extract(data, "a.docx").text
    assert extractor.extract(holding(data, "a.docx"), "a.docx").failure == "nesting"


LAUGHS = '<!ENTITY e0 "ha">' + "".join(f"<!ENTITY e{at} '{10 * f'&e{at - 1};'}'>" for at in range(1, 10))


@pytest.mark.parametrize(
    ("name", "data", "failure"),
    [
        (
            "laughs.docx",
            archive({"[Content_Types].xml": "<Types/>", "word/document.xml": f"<!DOCTYPE w [{LAUGHS}]><w>&e9;</w>"}),
            "corrupt",
        ),
        ("empty.odt", open_document("text", ""), "empty"),
        ("deep.docx", word("<w:ins>" * 100_000 + "</w:ins>" * 100_000), "nesting"),
        ("blanks.odt", open_document("text", '<text:p>x<text:s text:c="999999999"/></text:p>' * 3000), "output-size"),
        ("empty.xlsx", book(("S", "visible", "<sheetData/>")), "empty"),
        ("deep.rtf", b"{\\rtf1" + b"{" * 100_000, "nesting"),
    ],
)
def test_a_hostile_file_gets_one_verdict_and_the_next_is_read(
    extractor: Extractor, name: str, data: bytes, failure: str
) -> None:
    assert extractor.extract(data, name).failure == failure
    assert extractor.extract(word(paragraph(run("sound"))), "a.docx").text == "sound"
