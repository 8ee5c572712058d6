"""Every encoding in use comes out whole; what fits none is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction.decoding import decode

GERMAN = "Die Prüfung der Anträge für das nächste Jahr läuft, schöne Grüße an alle Kollegen in Österreich."
RUSSIAN = "Проверка заявок на следующий год продолжается, привет всем коллегам и друзьям в городе."
JAPANESE = "来年度の申請書の審査が進んでいます。同僚の皆様によろしくお伝えください。東京の事務所より。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-32"),
        (GERMAN, "cp1252"),
        (RUSSIAN, "utf-8"),
        (RUSSIAN, "cp1251"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "utf-16"),
    ],
)
def test_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_declared_encoding_is_believed_when_it_is_not_utf_8() -> None:
    page = '<meta charset="iso-8859-15"><p>Preis: 5 €</p>'
    assert decode(page.encode("iso-8859-15")) == page


def test_a_declaration_cannot_talk_utf_8_into_something_else() -> None:
    page = '<meta charset="windows-1252"><p>naïve 東京</p>'
    assert decode(page.encode("utf-8")) == page


def test_a_declared_codec_that_is_no_text_encoding_is_ignored() -> None:
    assert decode(b"charset=rot13 " + "Grüße aus Köln und schöne Tage".encode("cp1252")) is not None


def test_a_mark_binds() -> None:
    assert decode(b"\xff\xfe\x00") is None  # UTF-16 by its mark, and half a character


@given(st.text())
def test_utf_8_comes_back(text: str) -> None:
    if not text.startswith("﻿"):
        assert decode(text.encode("utf-8")) == text or "\x00" in text
