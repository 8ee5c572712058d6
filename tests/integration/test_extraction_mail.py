"""Files attached to a mail are read once, as if each stood alone, or named as not read, by the real child."""

import io
from collections.abc import Iterator
from email.message import EmailMessage

import docx
import pytest

from pipeline.extraction.extractor import Extractor
from pipeline.settings.extraction import ExtractionSettings
from tests.support.classified_files import mailbox
from tests.support.office_files import archive
from tests.support.scans import without_ocr

SEEN, HIDDEN = "The attached plan is ready", "words that nobody sees in it"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(without_ocr()) as one:
        yield one


def letter(subject: str = "Handover", text: str = "The depot closes at nine.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ann@example.org", "bob@example.org", subject
    message.set_content(text)
    return message


def with_file(content: bytes, name: str, message: EmailMessage | None = None) -> EmailMessage:
    message = message or letter()
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def word() -> bytes:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Head of the page"
    document.add_paragraph(f"{SEEN}: A&B <5>")
    document.add_paragraph().add_run(HIDDEN).font.hidden = True
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def seven_zip() -> bytes:
    """An archive of a kind that is not read."""
    return b"7z\xbc\xaf\x27\x1c" + bytes(90)


def test_an_attached_word_file_is_read_as_one_that_stands_alone(extractor: Extractor) -> None:
    alone = extractor.extract(word(), "a.docx")
    extracted = extractor.extract(with_file(word(), "plan.docx").as_bytes(), "a.eml")
    assert extracted.text.endswith(alone.text)
    assert "A&B <5>" in extracted.text
    assert "Head of the page" in extracted.text
    assert [(run.technique, run.text) for run in extracted.hidden] == [("docx-vanish", HIDDEN)]


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.7z", seven_zip(), "unsupported"),
        ("a.bin", bytes(range(200)), "unsupported"),
        ("a.docx", word()[:900], "corrupt"),
        ("a.pdf", b"%PDF-1.4\nbroken", "corrupt"),
    ],
    ids=["archive", "unknown", "half a document", "broken page"],
)
@pytest.mark.parametrize("in_mailbox", [False, True])
def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_read(
    extractor: Extractor, name: str, content: bytes, word: str, in_mailbox: bool
) -> None:
    message = with_file(SEEN.encode(), "plan.txt", with_file(content, name))
    data = mailbox(letter(), message) if in_mailbox else message.as_bytes()
    extracted = extractor.extract(data, "a.mbox" if in_mailbox else "a.eml")
    assert extracted.failure is None
    assert SEEN in extracted.text
    place = f"mail 2, embedded file, {word}" if in_mailbox else f"embedded file, {word}"
    assert [(run.technique, run.text, run.place) for run in extracted.hidden] == [("mail-embedded", name, place)]


def test_a_message_in_a_message_is_read_once(extractor: Extractor) -> None:
    inner = letter("Inner matter", "The gate opens at six.")
    inner.add_alternative("<p>The gate opens at six.</p>", subtype="html")
    middle, outer = letter("Middle matter"), letter("Outer matter")
    middle.add_attachment(inner)
    outer.add_attachment(middle)
    text = extractor.extract(outer.as_bytes(), "a.eml").text
    assert [text.count(words) for words in ("Inner matter", "Middle matter", "The gate opens at six.")] == [1, 1, 1]
    assert "Content-Type" not in text


def test_a_page_that_is_attached_is_searched_for_hidden_text_once(extractor: Extractor) -> None:
    page = f"<html><p>{SEEN}</p><p style='display:none'>{HIDDEN}</p></html>"
    message = letter()
    message.add_attachment(page, subtype="html", filename="plan.html")
    extracted = extractor.extract(message.as_bytes(), "a.eml")
    assert [(run.technique, run.text) for run in extracted.hidden] == [("html-display-none", HIDDEN)]


def test_hidden_text_in_a_mailbox_is_found_in_each_message(extractor: Extractor) -> None:
    message = letter()
    message.set_content(f"<p>{SEEN}</p><p style='display:none'>{HIDDEN}</p>", subtype="html")
    (run,) = extractor.extract(mailbox(letter(), message), "a.mbox").hidden
    assert (run.technique, run.text, run.place) == ("html-display-none", HIDDEN, "mail 2, part 1, line 1")


def test_pictures_of_a_page_are_one_finding(extractor: Extractor) -> None:
    message = letter()
    message.add_alternative("<p>The depot closes at nine.</p><img src='cid:0'><img src='cid:1'>", subtype="html")
    (page,) = (part for part in message.iter_parts() if part.get_content_type() == "text/html")
    for number in range(2):
        page.add_related(PNG, maintype="image", subtype="png", cid=f"<{number}>")
    (run,) = extractor.extract(message.as_bytes(), "a.eml").hidden
    assert (run.technique, run.place) == ("mail-picture", "parts: 2")


def test_a_mail_that_is_nothing_but_a_file_is_read(extractor: Extractor) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "ann@example.org", "Plan"
    message.set_content(word(), maintype="application", subtype="octet-stream", filename="plan.docx")
    text = extractor.extract(message.as_bytes(), "a.eml").text
    assert "Subject: Plan" in text
    assert SEEN in text


@pytest.mark.parametrize(
    ("content", "failure"),
    [(SEEN.encode(), "nesting"), (PNG, None), (seven_zip(), None)],
    ids=["text", "picture", "archive"],
)
def test_only_what_would_be_read_is_nested_too_deep(content: bytes, failure: str | None) -> None:
    deep = with_file(content, "plan")
    for _ in range(2):
        outer = letter()
        outer.add_attachment(deep)
        deep = outer
    with Extractor(ExtractionSettings(max_depth=2)) as shallow:
        extracted = shallow.extract(deep.as_bytes(), "a.eml")
    assert extracted.failure == failure
    assert failure or len(extracted.hidden) == 1


@pytest.mark.parametrize("name", ["plan.zip", "plan.md", "plan.html"])
@pytest.mark.parametrize(
    "forwarded",
    [
        "---------- Forwarded message ---------\nFrom: Jon <jon@example.org>\nDate: Tue, 12 Mar\nSubject: Tides\n\n{}",
        "From: Jon <jon@example.org>\nTo: Ann <ann@example.org>\nSubject: Tides\n\n{}",
        "From jon Mon Jan  1 00:00:00 2024\nFrom: jon@example.org\nSubject: Tides\n\n{}",
    ],
)
def test_a_forwarded_text_next_to_a_file_is_read_once(extractor: Extractor, forwarded: str, name: str) -> None:
    content = b"The gate opens at six."
    message = letter(text=forwarded.format(forwarded.format("The water rises.")))
    extracted = extractor.extract(
        with_file(archive({"plan.md": content}) if name == "plan.zip" else content, name, message).as_bytes(), "a.eml"
    )
    assert extracted.failure is None
    assert extracted.text.count("The water rises.") == 1
    assert "The gate opens at six." in extracted.text
