"""Every encoding in use comes out whole or is refused; no text comes out wrong."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction.decoding import REPLACEMENT, decode, is_ascii
from tests.support.sentences import ENCODINGS, SENTENCES, WIDE

READ_WHOLE = [
    (language, encoding)
    for language, encoding in [
        ("German", "cp1252"),
        ("French", "cp1252"),
        ("Spanish", "cp1252"),
        ("Portuguese", "cp1252"),
        ("Swedish", "cp1252"),
        ("Polish", "iso8859-2"),
        ("Czech", "cp1250"),
        ("Hungarian", "cp1250"),
        ("Turkish", "cp1254"),
        ("Russian", "cp1251"),
        ("Russian", "koi8-r"),
        ("Russian", "cp866"),
        ("Bulgarian", "cp1251"),
        ("Greek", "cp1253"),
        ("Hebrew", "cp1255"),
        ("Arabic", "cp1256"),
        ("Japanese", "cp932"),
        ("Japanese", "euc_jp"),
        ("Japanese", "iso2022_jp"),
        ("Korean", "cp949"),
        ("Korean", "iso2022_kr"),
        ("Chinese", "gb18030"),
        ("Taiwanese", "big5"),
    ]
]


def pieces(sentence: str) -> Iterator[str]:
    """The sentence, and parts of it of one to eight words, or as many characters if it has no words."""
    parts, join = (sentence.split(), " ") if " " in sentence[:20] else (list(sentence), "")
    for size in (1, 2, 3, 5, 8):
        for start in range(0, len(parts) - size + 1, size):
            piece = join.join(parts[start : start + size])
            yield piece
            yield f"name: {piece}\nstate: open\n"
    yield sentence
    yield f"The owner of this list wrote: {sentence} Please keep it on the desk.\n" * 3


def is_utf_8(data: bytes) -> bool:
    """Whether the bytes happen to be UTF-8 too, which nothing can tell from UTF-8."""
    try:
        return bool(data.decode("utf-8")) and not data.isascii()
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("language", SENTENCES)
def test_a_text_of_any_length_is_right_or_refused(language: str) -> None:
    for piece in pieces(SENTENCES[language]):
        for encoding in ENCODINGS[language]:
            data = piece.encode(encoding, "ignore")
            assert is_utf_8(data) or decode(data) in (data.decode(encoding), None), (encoding, piece)


@pytest.mark.parametrize(("language", "encoding"), READ_WHOLE)
def test_two_sentences_are_read(language: str, encoding: str) -> None:
    text = f"{SENTENCES[language]}\n{SENTENCES[language]}\n"
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("encoding", [*WIDE, "utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"])
def test_unicode_is_read_without_a_guess(language: str, encoding: str) -> None:
    text = f"{SENTENCES[language]}\n"
    if encoding != "gb18030":
        assert decode(text.encode(encoding)) == text
    else:
        assert decode(text.encode(encoding), charset="gb2312") == text


@pytest.mark.parametrize("text", ["café fermé", "Größe, Jörg", "Preis: 40 €", "It’s “closed”", "東京", "Łódź"])
def test_a_few_characters_leave_a_doubt(text: str) -> None:
    for encoding in ("cp1252", "cp1250", "cp932", "mac-roman"):
        data = text.encode(encoding, "ignore")
        assert data.isascii() or decode(data) is None


@pytest.mark.parametrize(
    "page",
    [
        '<meta charset="iso-8859-15"><p>Preis: 5 €</p>',
        '<html><meta http-equiv=Content-Type content="text/html; charset=iso-8859-15"><p>5 €</p>',
        '<?xml version="1.0" encoding="iso-8859-15"?><p>5 €</p>',
        "#!/bin/sh\n# -*- coding: iso-8859-15 -*-\n# 5 €",
        '"Content-Type: text/plain; charset=iso-8859-15\\n"\n5 €',
    ],
)
def test_a_declaration_is_believed_where_software_of_readers_looks_for_it(page: str) -> None:
    assert decode(page.encode("iso-8859-15")) == page


def test_a_browser_reads_latin_1_as_windows_1252() -> None:
    page = '<meta charset="latin1"><p>“5 €”</p>'
    assert decode(page.encode("cp1252")) == page


@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "rot13", "hex", "no such", ""])
def test_a_declaration_that_cannot_be_true_is_ignored(charset: str) -> None:
    page = f'<meta charset="{charset}"><p>{SENTENCES["German"]}</p>'
    assert decode(page.encode("cp1252")) == page


def test_words_about_an_encoding_in_a_text_declare_nothing() -> None:
    assert decode("encoding=cp1251 Größe".encode("cp1252")) is None


def test_a_declaration_cannot_talk_utf_8_into_something_else() -> None:
    page = '<meta charset="windows-1252"><p>naïve 東京</p>'
    assert decode(page.encode("utf-8")) == page


def test_a_mark_binds() -> None:
    assert decode(b"\xff\xfe\x00") is None  # UTF-16 by its mark, and half a character


def test_escape_sequences_of_japanese_mail_are_not_ascii() -> None:
    assert not is_ascii("東京".encode("iso2022_jp"))
    assert is_ascii(b"\x1b[31mred\x1b[0m")


@given(st.sampled_from(sorted(SENTENCES)), st.data())
def test_a_broken_byte_in_utf_8_is_replaced_and_nothing_else_changes(language: str, data: st.DataObject) -> None:
    sound = SENTENCES[language].encode()
    at = data.draw(st.sampled_from([0, *(at for at, byte in enumerate(sound) if byte < 0x80), len(sound)]))
    text = decode(sound[:at] + b"\xff" + sound[at:])
    assert text == sound[:at].decode() + REPLACEMENT + sound[at:].decode()


@given(st.sampled_from(sorted(SENTENCES)), st.integers(1, 30))
def test_utf_8_that_ends_too_early_is_read_up_to_its_end(language: str, cut: int) -> None:
    text = decode(SENTENCES[language].encode()[:-cut])
    assert text is not None
    assert SENTENCES[language].startswith(text.rstrip(REPLACEMENT))


def test_overlong_forms_are_not_utf_8() -> None:
    assert decode(b"the depot \xc0\xaf closes") is None


@given(st.text())
def test_utf_8_comes_back(text: str) -> None:
    if not text.startswith("\ufeff") and "\x00" not in text and is_ascii(text.encode()) == text.isascii():
        assert decode(text.encode("utf-8")) == text


@given(st.binary(max_size=60))
def test_any_bytes_give_text_or_none(data: bytes) -> None:
    text = decode(data)
    assert text is None or isinstance(text, str)


@pytest.mark.parametrize("control", ["\x1b", "\x07", "\x01"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_wide_text_with_controls_is_refused_and_not_read_with_zeros_in_it(encoding: str, control: str) -> None:
    data = f"---\nuntil: 2026-05-01\n---\nThe fer{control}ry leaves.\n".encode(encoding)
    assert decode(data) is None
    assert not is_ascii(data)


def test_ascii_with_zeros_behind_its_beginning_is_refused() -> None:
    assert decode(b"The ferry leaves at nine.\n" * 400 + "The ferry leaves.".encode("utf-16-le")) is None
