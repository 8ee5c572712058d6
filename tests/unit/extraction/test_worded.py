"""Short texts are read by the words in them: most of them right, and none of them wrong."""

from collections.abc import Iterable, Iterator
from random import Random

import pytest

from pipeline.extraction.decoding import decode
from pipeline.extraction.guessing import guessed
from tests.support.short_texts import MORE, WESTERN, named, plain

_LONG = 40
"""Characters from which on most texts must be read."""
_MOST = 0.75
_ALMOST_ALL = 0.95


def encoded(texts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    for text, encoding in texts:
        try:
            data = text.encode(encoding)
            data.decode("utf-8")
        except UnicodeEncodeError:
            continue
        except UnicodeDecodeError:
            yield text, data


@pytest.mark.parametrize("language", MORE)
def test_a_short_text_is_right_or_refused(language: str) -> None:
    texts = list(encoded([*plain(Random(3), language), *named(Random(3), language)]))
    assert len(texts) > 20
    assert [(text, wrong) for text, data in texts if (wrong := decode(data)) not in (text, None)] == []


def test_most_western_texts_of_forty_characters_are_read() -> None:
    for language in WESTERN:
        texts = [one for one in encoded(plain(Random(4), language)) if len(one[0]) >= _LONG]
        right = sum(decode(data) == text for text, data in texts)
        assert right >= _MOST * len(texts), (language, right, len(texts))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("The key is “under” the mat, and it’s for all of you.", "cp1252"),
        ("The room costs £50 for each of the nights – that is all.", "cp1252"),
        ("Die Tür ist auf, und der Schlüssel liegt auf dem Tisch.", "cp850"),
        ("Wir müssen noch über den Plan sprechen, den es für die Tür gibt.", "mac-roman"),
        ("¿Dónde está la llave de la puerta? No la he visto.", "cp850"),
    ],
)
def test_signs_and_letters_of_a_language_are_read(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Le voyage de Dubček est dans le journal de la semaine.", "cp1250"),
        ("La casa de Gdańsk es la más grande de las que vimos.", "cp1250"),
        ("The letter from Łódź is on the desk in the hall.", "cp1257"),
        ("The price of it is 5 ¤ or 5 § and that is all.", "cp1252"),
        ("Die Stadt und das Land, der Fluss Øresund und die See.", "cp850"),
    ],
)
def test_a_name_or_sign_that_could_be_another_leaves_a_doubt(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) in (None, text)


def test_letters_in_the_wrong_case_or_place_are_not_read() -> None:
    for word in (b"h\xc4user", b"\xe4\xf6\xfc", b"ta\xa4t", b"x\x80y"):
        assert decode(b"Das ist der Weg und die " + word + b" sind nicht auf dem Berg.") is None


@pytest.mark.parametrize("language", ["Czech", "Hungarian", "Polish", "Turkish"])
def test_texts_that_statistics_read_right_are_not_refused_because_of_their_words(language: str) -> None:
    texts = [data for text, data in encoded(plain(Random(6), language)) if len(text) >= _LONG]
    refused = [data for data in texts if guessed(data) is not None and decode(data) is None]
    assert len(refused) <= (1 - _ALMOST_ALL) * len(texts)


def test_words_of_no_language_are_left_to_statistics() -> None:
    assert decode("qwrt zxcv bnmü qqwe rrty".encode("cp1252")) is None
