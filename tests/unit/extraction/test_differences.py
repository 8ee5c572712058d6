"""A text layer against its picture: mistakes of reading are ignored, other sentences are not."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.extraction.pdf.differences import unmatched
from tests.support.scans import WORDS

WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=9)
TEXTS = st.lists(WORD, min_size=12, max_size=60)
ADDED = ["ZEBRA", "QUARTZ", "WIZARD", "JUNGLE", "VORTEX"]
"""Upper case keeps them apart from every generated word; comparing ignores it, so their letters are rare ones."""


@given(TEXTS)
def test_the_same_words_differ_in_nothing(words: list[str]) -> None:
    assert unmatched(words, words) == ""


@given(TEXTS, st.integers(0, 1 << 30))
def test_a_misread_letter_in_every_eighth_word_is_ignored(words: list[str], seed: int) -> None:
    chance = Random(seed)
    read = list(words)
    for at in range(chance.randrange(8), len(read), 8):
        word = read[at]
        place = chance.randrange(len(word))
        read[at] = word[:place] + chance.choice("qxz10") + word[place + 1 :]
    assert unmatched(words, read) == ""


@given(TEXTS, st.data())
def test_words_that_are_joined_or_parted_are_ignored(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words) - 2))
    assert unmatched(words, [*words[:at], words[at] + words[at + 1], *words[at + 2 :]]) == ""
    assert unmatched([*words[:at], words[at] + words[at + 1], *words[at + 2 :]], words) == ""


@given(st.lists(st.text(alphabet="abcdef", min_size=3, max_size=9), min_size=12, max_size=60), st.data())
def test_a_sentence_that_only_one_side_has_is_a_difference(words: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(words)))
    found = unmatched([*words[:at], *ADDED, *words[at:]], words).split()
    assert set(ADDED) <= set(found)


@given(st.permutations(WORDS))
def test_the_same_words_in_another_order_are_a_difference(words: list[str]) -> None:
    assert unmatched(words, words[::-1]) != ""
