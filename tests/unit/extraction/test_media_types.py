"""The content decides; the name only chooses between kinds of text."""

import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction import containers
from pipeline.extraction import media_types as kinds

MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Lunch\r\n\r\nAt noon?\r\n"


@pytest.mark.parametrize(
    ("data", "uri", "expected"),
    [
        (b"# Title\n\ntext", "notes/a.md", "text/markdown"),
        (b"plain words", "README", "text/plain"),
        (b"print(1)", "tool.py", "text/plain"),
        (b'{"a": 1}', "a.json", "application/json"),
        (b"%PDF-1.7\n...", "a.md", kinds.PDF),
        (b"junk before\n%PDF-1.4", "a.txt", kinds.PDF),
        (b"<!DOCTYPE html><p>x", "a.txt", kinds.HTML),
        (b"\n<!-- hello -->\n<html lang='en'>", "a.md", kinds.HTML),
        (b"<p>a fragment</p>", "a.html", kinds.HTML),
        (b"<p>a fragment</p>", "a.md", "text/markdown"),
        (b"{\\rtf1 hello}", "a.doc", kinds.RTF),
        (MAIL, "inbox/1234", kinds.EMAIL),
        (MAIL, "a.md", "text/markdown"),
        (b"From a@example.org Mon Jan 1\n" + MAIL, "inbox/all", kinds.MAILBOX),
        (b"Date: today\n\nNote: this is no mail", "diary", "text/plain"),
        (b"\x7fELF\x02\x01", "a.txt", "application/x-elf"),
        (b"\x89PNG\r\n\x1a\n\x00", "a.md", "image/png"),
        (b"ab\x00cd", "a.txt", kinds.UNKNOWN),
        (b"\xff\xfea\x00b\x00", "a.txt", "text/plain"),
        ("Grüße aus Köln, ihr Lieben".encode("utf-16-le"), "a.txt", "text/plain"),
        (b"words", "feed.csv#12", "text/csv"),
        (b"", "empty.md", "text/markdown"),
    ],
)
def test_kind(data: bytes, uri: str, expected: str) -> None:
    assert kinds.sniff(data, uri) == expected


def test_a_declared_type_chooses_between_texts_only() -> None:
    assert kinds.sniff(b"# x", "record", "text/markdown; charset=utf-8") == "text/markdown"
    assert kinds.sniff(b"# x", "record", "application/pdf") == "text/plain"
    assert kinds.sniff(b"%PDF-1.7", "record", "text/markdown") == kinds.PDF


def packed(names: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"[Content_Types].xml": b"", "word/document.xml": b""}, kinds.DOCX),
        ({"[Content_Types].xml": b"", "xl/workbook.xml": b""}, kinds.XLSX),
        ({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}, kinds.PPTX),
        ({"mimetype": b"application/epub+zip"}, kinds.EPUB),
        ({"mimetype": b"application/vnd.oasis.opendocument.text"}, kinds.OPEN_DOCUMENT + "text"),
        (
            {
                "mimetype": b"application/vnd.oasis.opendocument.text",
                "META-INF/manifest.xml": b"<x:encryption-data/>",
            },
            kinds.ENCRYPTED,
        ),
        ({"mimetype": b"application/pdf"}, kinds.ZIP),
        ({"word/document.xml": b"no content types"}, kinds.ZIP),
        ({"a.txt": b"hello"}, kinds.ZIP),
    ],
)
def test_container(members: dict[str, bytes], expected: str) -> None:
    data = packed(members)
    assert kinds.sniff(data, "a.txt") == kinds.ZIP
    assert containers.refine(kinds.ZIP, data) == expected


def test_a_broken_container_is_refused() -> None:
    data = packed({"[Content_Types].xml": b"", "word/document.xml": b"x" * 100})
    with pytest.raises(containers.Refused, match="corrupt"):
        containers.refine(kinds.ZIP, data[:-8])


def test_an_overfull_container_stays_an_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed({"[Content_Types].xml": b"", "word/document.xml": b"x" * 100})
    monkeypatch.setattr(containers, "MAX_UNPACKED_BYTES", 50)
    assert containers.refine(kinds.ZIP, data) == kinds.ZIP


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ("WordDocument", kinds.DOC),
        ("Workbook", kinds.XLS),
        ("PowerPoint Document", kinds.PPT),
        ("__substg1.0_001A001F", kinds.MSG),
        ("EncryptedPackage", kinds.ENCRYPTED),
        ("Something", kinds.OLE),
    ],
)
def test_ole(stream: str, expected: str) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + stream.encode("utf-16-le")
    assert containers.refine(kinds.sniff(data, "x"), data) == expected


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_have_a_kind(data: bytes, uri: str) -> None:
    kind = kinds.sniff(data, uri)
    assert re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", kind), "a media type, whatever the bytes and the name are"
    try:
        refined = containers.refine(kind, data)
    except containers.Refused:
        assert kind == kinds.ZIP, "only an archive can be refused before it is parsed"
    else:
        assert refined == kind or kind in {kinds.ZIP, kinds.OLE}


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0xFFF), min_size=1, max_size=300))
def test_ordinary_text_is_never_taken_for_a_program(text: str) -> None:
    assert not kinds.looks_binary(text.encode("utf-8"))
