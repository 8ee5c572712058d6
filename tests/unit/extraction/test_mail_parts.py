"""A message is taken apart: its own text, what is attached, and what holds no text; nothing is lost or doubled."""

from base64 import b64encode
from contextlib import suppress
from email.message import EmailMessage, Message
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction import mail_parts
from pipeline.extraction.containers import Refused
from tests.support.sentences import SENTENCES

PNG = b"\x89PNG\r\n\x1a\n"


def letter(text: str = "The depot closes at nine.") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ann@example.org", "bob@example.org", "Handover"
    message.set_content(text)
    return message


def _leaf(kind: str, word: str) -> Message:
    """A part whose word stands in its text, or in its name if it holds no text."""
    part: Message
    if kind in ("plain", "html", "calendar"):
        part = MIMEText(f"say {word}", kind)
    elif kind == "file":
        part = MIMEText(f"say {word}", "plain")
        part.add_header("Content-Disposition", "attachment", filename="note.txt")
    elif kind == "picture":
        part = MIMEImage(PNG, "png", name=f"{word}.png")
        part["Content-ID"] = f"<{word}@x>"
    elif kind == "program":
        part = MIMEApplication(b"\x00\x01" * 9, name=f"{word}.bin")
    elif kind == "signature":
        part = MIMEApplication(b"\x30\x82\x00\x01", "pkcs7-signature", name=f"{word}.p7s")
    else:
        part = MIMEMessage(MIMEText(f"say {word}", "plain"))
    return part


KINDS = ("plain", "html", "calendar", "file", "picture", "program", "signature", "message")
LEAVES = st.sampled_from(KINDS)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.tuples(st.sampled_from(("mixed", "related", "alternative")), st.lists(inner, max_size=4)),
    max_leaves=12,
)


def _built(tree: object, words: list[str]) -> Message:
    if isinstance(tree, str):
        words.append(f"wordof{len(words)}end")
        return _leaf(tree, words[-1])
    assert isinstance(tree, tuple)
    whole = MIMEMultipart(tree[0])
    for child in tree[1]:
        whole.attach(_built(child, words))
    return whole


def _texts(data: bytes) -> str:
    """The names and decoded texts of the parts of a message that are left in it."""
    out = []
    for part in mail_parts.parsed(data).walk():
        content = part.get_payload(decode=True)
        out.append(content.decode("utf-8", "replace") if isinstance(content, bytes) else "")
        out.append(str(part.get_filename() or ""))
    return "\n".join(out)


@given(TREES)
def test_every_part_of_any_message_is_in_one_place(tree: object) -> None:
    words: list[str] = []
    message = _built(tree, words)
    message["Subject"] = "Handover"
    parts = mail_parts.split(message.as_bytes())
    places = [_texts(parts.body), *(f"{name}\n{_texts(content)}" for name, content in parts.files)]
    places += [name for name, _ in parts.pictures]
    places += [run.text for run in parts.unread]
    assert [sum(word in place for place in places) for word in words] == [1] * len(words)
    assert "Subject: Handover" in parts.body.decode()
    assert len({run.technique for run in parts.unread}) == len(parts.unread)


def test_a_message_without_attachments_stays_as_it_is() -> None:
    message = letter()
    message.add_alternative("<p>The depot closes at nine.</p>", subtype="html")
    data = message.as_bytes()
    assert mail_parts.split(data).body is data


def test_pictures_are_kept_apart_in_their_order() -> None:
    message = letter()
    for number in range(3):
        message.add_attachment(PNG, maintype="image", subtype="png", filename=f"{number}.png")
    parts = mail_parts.split(message.as_bytes())
    assert (parts.pictures, parts.unread) == ([(f"{number}.png", PNG) for number in range(3)], [])
    (run,) = mail_parts.unread_run("picture", [name for name, _ in parts.pictures])
    assert (run.technique, run.text, run.place) == ("mail-picture", "0.png\n1.png\n2.png", "parts: 3")


@pytest.mark.parametrize("declared", ["image/png", "application/pkcs7-signature", "text/css", "text/x-amp-html"])
def test_a_document_that_is_declared_as_something_without_text_is_a_file(declared: str) -> None:
    maintype, subtype = declared.split("/")
    message = letter()
    message.add_attachment(b"%PDF-1.4 and more", maintype=maintype, subtype=subtype, filename="x.png")
    parts = mail_parts.split(message.as_bytes())
    assert ([content for _, content in parts.files], parts.unread) == ([b"%PDF-1.4 and more"], [])


@pytest.mark.parametrize("charset", ["utf-8", "koi8-r", "windows-1251", "iso-8859-5"])
def test_an_attached_text_is_read_in_its_charset(charset: str) -> None:
    message = letter()
    message.add_attachment(SENTENCES["Russian"], charset=charset, filename="note.txt")
    ((_, content),) = mail_parts.split(message.as_bytes()).files
    assert content.decode("utf-8").strip() == SENTENCES["Russian"]


def test_an_attached_message_in_base64_is_decoded() -> None:
    inner = letter("The gate opens at six.").as_bytes()
    head = (
        b"Subject: a\r\nMIME-Version: 1.0\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    ((name, content),) = mail_parts.split(head + b64encode(inner)).files
    assert (name.endswith(".eml"), content) == (True, inner)


def test_a_part_without_a_name_is_named_by_its_number_and_type() -> None:
    message = letter()
    message.add_attachment(b"\x00\x01\x02", maintype="application", subtype="x-odd")
    assert mail_parts.split(message.as_bytes()).files == [("part 1 (application/x-odd)", b"\x00\x01\x02")]


@pytest.mark.parametrize(
    "header", [b"Subject: With\nplan\n", b"X-Odd: a\n b:\n c: d\n", b"X-Odd: \xff\xfe\n", b"X: " + b"y " * 300 + b"\n"]
)
def test_odd_headers_are_kept_as_they_are(header: bytes) -> None:
    message = letter()
    message.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="a.bin")
    parts = mail_parts.split(header + message.as_bytes())
    assert (parts.body.startswith(header.partition(b"\n")[0]), len(parts.files) <= 1) == (True, True)


@given(st.binary(max_size=60), st.integers(0, 900), st.integers(0, 60))
def test_a_broken_message_is_taken_apart_or_refused(noise: bytes, place: int, length: int) -> None:
    message = letter()
    message.add_attachment(letter("The gate opens at six."))
    message.add_attachment(PNG, maintype="image", subtype="png", filename="a.png")
    data = message.as_bytes()
    with suppress(Refused):
        parts = mail_parts.split(data[:place] + noise + data[place + length :])
        assert mail_parts.split(parts.body).files == []
