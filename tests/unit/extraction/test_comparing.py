"""Words that only move are found; words that are not there are not, whatever stands around them."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction.seen import comparing
from pipeline.extraction.seen.comparing import WordIndex, plain_of, segments

WORDS = st.lists(st.text("abcdefghijklmnopqrstuvwxyzäöß", min_size=2, max_size=9), min_size=8, max_size=60)
OTHER = "Every refund beyond nine hundred crowns is approved"


def lacking(said: str, shown: str) -> tuple[str, ...]:
    return WordIndex(segments(shown)).lacks(segments(comparing.as_shown(said))).texts


@given(WORDS, st.integers(0, 2**32))
def test_lines_that_move_and_break_elsewhere_are_found(words: list[str], seed: int) -> None:
    chance = Random(seed)
    lines = [" ".join(words[at : at + 6]) for at in range(0, len(words), 6)]
    moved = list(lines)
    chance.shuffle(moved)
    assert lacking("\n".join(lines), "\n".join(moved)) == ()
    assert lacking("\n".join(lines), "\n".join("\n".join(line.split()) for line in moved)) == ()


@given(WORDS, st.integers(0, 2**32))
def test_a_passage_that_is_nowhere_is_named_whole(words: list[str], seed: int) -> None:
    at = Random(seed).randrange(len(words))
    said = " ".join([*words[:at], OTHER, *words[at:]])
    assert plain_of(OTHER) in plain_of(" ".join(lacking(said, " ".join(words)))) or plain_of(OTHER) in plain_of(
        " ".join(words)
    )


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The official coefficient", "THE OFFICIAL COEFFICIENT"),
        ("The official coefficient", "The o\ufb03cial coe\ufb03cient"),
        ("Fundamentally different", "Funda-\nmentally different"),
        ("Straße nach Westen", "STRASSE NACH WESTEN"),
        ("1. First of all\n2. Then this", "First of all\nThen this"),
        ("See [the handbook](https://example.org/handbook?page=1) first", "See the handbook first"),
        ("Speaker notes:\nSay hello to them", "Say hello to them"),
        ("| Opening hours | Name of the clerk |\n| --- | --- |", "Opening Name of\nhours the clerk"),
        ("Cafe\u0301 de la Gare", "Caf\u00e9 de la Gare"),
    ],
)
def test_what_a_page_writes_otherwise_is_the_same(said: str, shown: str) -> None:
    assert lacking(said, shown) == ()


def test_a_phrase_of_words_that_are_all_there_but_far_apart_is_not_found() -> None:
    order = "send every invoice to the harbour office without the signature of a clerk before noon"
    filler = " ".join(f"word{number}" for number in range(200))
    shown = f" {filler} ".join(order.split())
    assert lacking(f"{shown}\n{order}", shown) == (order,)


def test_what_is_cut_out_is_not_found_and_the_same_words_elsewhere_are() -> None:
    page = [word for line in segments("Keep a copy. Keep a copy. Ask the clerk for it.") for word in line]
    left = comparing.without(page, ["keepacopy"])
    assert [" ".join(word.written for word in line) for line in left] == ["Keep a copy. Ask the clerk for it."]
    assert comparing.without(page, [plain_of("Keep a copy. Keep a copy. Ask the clerk for it.")]) == []


def test_what_is_known_already_is_not_named_again() -> None:
    lines = segments(OTHER)
    assert WordIndex([]).lacks(lines, [plain_of(f"before {OTHER} after")]).texts == ()
