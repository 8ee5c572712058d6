"""Real files of every format through the real child process."""

import io
from collections.abc import Iterator
from email.message import EmailMessage

import docx
import openpyxl
import pytest
from reportlab.pdfgen import canvas

from pipeline.domain.documents.normalised import normalise_text
from pipeline.extraction.extractor import FAILURES, Extractor
from pipeline.settings.extraction import ExtractionSettings
from tests.support.scans import without_ocr
from tests.support.sentences import SENTENCES

LINE = 'access_key_v2 = "aK*9_zz*_Q" and [x](y) #tag | pipe ~t~ https://a_b.example/q'


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(without_ocr()) as one:
        yield one


def pdf(*lines: str) -> bytes:
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, invariant=True)
    for number, line in enumerate(lines):
        page.drawString(20, 800 - 20 * number, line)
    page.save()
    return buffer.getvalue()


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    document.add_heading("Handover", 1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left_cell", LINE
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def sheet() -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["name", "value"])
    book.active.append(["row_one", LINE])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def mail(attachment: EmailMessage | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ann@example.org", "bob@example.org", "Handover"
    message.set_content("Dear Bob, see " + LINE)
    message.add_attachment("the attached words", filename="note.txt")
    if attachment is not None:
        message.add_attachment(attachment)
    return message


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", pdf(LINE)),
        ("a.docx", word(LINE)),
        ("a.xlsx", sheet()),
        ("a.eml", mail().as_bytes()),
        ("a.html", f"<h1>Handover</h1><p>{LINE}</p><table><tr><td>{LINE}</td></tr></table>".encode()),
        ("a.md", LINE.encode()),
        ("a.txt", (SENTENCES["German"] + LINE).encode("cp1252")),
    ],
)
def test_a_value_survives_extraction_unbroken(extractor: Extractor, name: str, data: bytes) -> None:
    extracted = extractor.extract(data, name)
    assert extracted.failure is None
    assert 'access_key_v2 = "aK*9_zz*_Q"' in extracted.text
    assert "https://a_b.example/q" in extracted.text


def told(*lines: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ann@example.org", "bob@example.org", "Handover"
    message.set_content("\n".join(lines), cte="base64")
    return message


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", pdf("---", "classification: confidential", "---", "The lock opens at nine.")),
        ("a.docx", word("---", "Classification: Confidential", "---", "The lock opens at nine.")),
        ("a.eml", told("---", "classification: confidential", "---", "The lock opens at nine.").as_bytes()),
        ("a.rtf", rb"{\rtf1\ansi Classification: Confidential\par\par The lock opens at nine.}"),
        ("a.html", b"<html><body><p>Classification: Confidential</p><p>The lock opens at nine.</p></body></html>"),
    ],
)
def test_law_02_what_a_parsed_format_says_of_its_readers_is_reported(
    extractor: Extractor, name: str, data: bytes
) -> None:
    extracted = extractor.extract(data, name)
    assert [(tag.key, tag.level) for tag in extracted.stated] == [("classification", "confidential")]


def test_headings_and_tables_are_kept(extractor: Extractor) -> None:
    text = extractor.extract(word("first"), "a.docx").text
    assert "# Handover" in text
    assert "| left_cell |" in text


def test_content_beats_the_name(extractor: Extractor) -> None:
    extracted = extractor.extract(pdf("in a pdf"), "readme.md", "text/markdown")
    assert (extracted.media_type, extracted.text.strip()) == ("application/pdf", "in a pdf")


def test_attachments_are_part_of_the_text(extractor: Extractor) -> None:
    inner = mail()
    inner.replace_header("Subject", "Inner matter")
    text = extractor.extract(mail(inner).as_bytes(), "a.eml").text
    assert "the attached words" in text
    assert "Inner matter" in text


def test_messages_inside_messages_have_a_bound() -> None:
    deep = mail()
    for _ in range(4):
        deep = mail(deep)
    with Extractor(ExtractionSettings(max_depth=2)) as extractor:
        assert extractor.extract(deep.as_bytes(), "a.eml").failure == "nesting"


def test_text_is_normalised_once(extractor: Extractor) -> None:
    data = "Cafe\u0301\r\nnext\rlast".encode()
    assert extractor.extract(data, "a.txt").text == "Café\nnext\nlast"
    assert extractor.extract(b"a\r\nb", "a.txt").text == "a\nb"
    for name, document in (("a.docx", word("x")), ("a.eml", mail().as_bytes())):
        text = extractor.extract(document, name).text
        assert normalise_text(text) == text


def test_front_matter_stays(extractor: Extractor) -> None:
    page = "---\nowner: ann\n---\n# Title\n"
    assert extractor.extract(page.encode(), "a.md").text == page


def test_the_same_bytes_give_the_same_text(extractor: Extractor) -> None:
    data = word(LINE)
    first = extractor.extract(data, "a.docx")
    with Extractor() as other:
        assert other.extract(data, "a.docx") == first


@pytest.mark.parametrize(
    ("name", "data", "failure"),
    [
        ("a.zip", b"PK\x05\x06" + bytes(18), "empty"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(90), "unsupported"),
        ("a.exe", b"MZ\x90\x00\x03" + bytes(100), "unsupported"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(40), "no-ocr"),
        ("a.pdf", b"%PDF-1.7\n" + b"garbage" * 40, "corrupt"),
        ("a.docx", word("x")[:900], "corrupt"),
        ("blank.pdf", pdf(""), "empty"),
        ("no-pages.pdf", pdf(), "corrupt"),
        ("a.rtf", b"{\\rtf1}", "empty"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + bytes(600), "corrupt"),
        ("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("odd.txt", b"\xff\xfe\x41", "encoding-doubtful"),
    ],
)
def test_what_cannot_be_read_is_a_word_and_no_text(extractor: Extractor, name: str, data: bytes, failure: str) -> None:
    extracted = extractor.extract(data, name)
    assert (extracted.failure, extracted.text) == (failure, "")
    assert extracted.failure in FAILURES


def test_an_encrypted_pdf_is_called_so(extractor: Extractor) -> None:
    buffer = io.BytesIO()
    page = canvas.Canvas(buffer, encrypt="sesame")
    page.drawString(20, 800, "secret")
    page.save()
    assert extractor.extract(buffer.getvalue(), "a.pdf").failure == "encrypted"


def test_too_much_text_is_refused_and_not_cut() -> None:
    with Extractor(ExtractionSettings(max_characters=1000)) as extractor:
        assert extractor.extract(b"x" * 1001, "a.txt").failure == "output-size"
        assert extractor.extract("é".encode() * 1001, "a.txt").failure == "output-size"
        assert extractor.extract(b"<html><p>" + b"x " * 1001, "a.html").failure == "output-size"
        assert extractor.extract(b"x" * 1000, "a.txt").failure is None


def test_an_empty_text_file_is_no_failure(extractor: Extractor) -> None:
    assert extractor.extract(b"", "a.md").failure is None
