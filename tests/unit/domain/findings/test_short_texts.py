"""Short texts are compared word by word, in a form that hides how they are drawn and what they say."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.folded import folded
from pipeline.domain.findings.resemblance import sketch
from pipeline.domain.findings.short_texts import (
    MOST_WORDS,
    NEAR,
    NearTexts,
    Words,
    differ_in_numbers,
    likeness,
    word_sketch,
    words_of,
)

KEY = b"a key of this test"
NOTE = "The spare anchor of the pilot boat lies under the third bench of the shed"
WORDS = st.lists(st.sampled_from([f"word{letter}" for letter in "abcdefghijklmnop"]), min_size=1, max_size=20)


def words(text: str) -> Words:
    made = word_sketch(text, KEY)
    assert made is not None
    return words_of(made)


@pytest.mark.parametrize(
    "drawn",
    [
        NOTE.upper(),
        NOTE.replace(" ", "\n"),
        f"{NOTE}.\n",
        NOTE.replace("e", "e\u200b"),
        NOTE.replace("o", "\u043e"),
        NOTE.replace("a", "a\u0301"),
        unicodedata.normalize("NFD", NOTE.replace("e", "\u00e9")),
        "".join(chr(ord(letter) + 0xFEE0) if letter.isalpha() else letter for letter in NOTE),
    ],
)
def test_case_layout_widths_accents_and_look_alike_letters_make_no_difference(drawn: str) -> None:
    assert likeness(words(NOTE), words(drawn)) == 1.0
    long = " ".join(f"{NOTE} on day {number}" for number in range(9))
    assert sketch(long) == sketch(long.replace(NOTE, drawn.removesuffix("\n").removesuffix(".")))


@pytest.mark.parametrize(
    ("newer", "near"),
    [
        (NOTE.replace("third", "second"), True),
        (NOTE.replace("third", "second").replace("pilot", "mail"), True),
        (f"{NOTE} and is green", True),
        (NOTE.partition(" lies")[0] + " lies there", False),
        (f"Note for the crew: {NOTE}, and the rope for it hangs behind the door", True),
        (
            NOTE.replace("anchor", "wheel").replace("third", "second").replace("shed", "yard").replace("pilot", "x"),
            False,
        ),
        ("The spare wheel of the mail cart lies behind the first door of the barn", False),
        ("A rope hangs there", False),
    ],
)
def test_few_other_or_more_words_are_nearly_the_same_text(newer: str, near: bool) -> None:
    assert (likeness(words(NOTE), words(newer)) >= NEAR) is near


@pytest.mark.parametrize(("newer", "near"), [("Lunch is at NOON", True), ("Lunch is at one", False)])
def test_of_very_short_texts_every_word_counts(newer: str, near: bool) -> None:
    assert (likeness(words("Lunch is at noon"), words(newer)) > 0) is near


def test_forms_that_differ_in_numbers_alone_are_told_apart_from_other_edits() -> None:
    form = words("Berth 7 was paid on 3 May 2031 by the harbour office")
    assert differ_in_numbers(form, words("Berth 9 was paid on 14 May 2033 by the harbour office"))
    assert not differ_in_numbers(form, words("Berth 7 was paid on 3 May 2031 by the market office"))
    assert not differ_in_numbers(form, form)


@given(WORDS, WORDS)
def test_an_edit_of_one_word_in_five_is_always_found_and_by_the_index_too(older: list[str], newer: list[str]) -> None:
    one, other = words(" ".join(older)), words(" ".join(newer))
    share = likeness(one, other)
    assert likeness(one, one) == 1.0
    assert 0.0 <= share <= 1.0
    index = NearTexts({"newer": other, "elsewhere": words("quite another note about boats")})
    assert dict(index.near(one)) == ({"newer": share} if share else {})


@given(st.sets(st.integers(0, 999), min_size=8, max_size=30), st.sets(st.integers(1000, 1999), max_size=30))
def test_a_text_out_of_which_something_was_taken_is_found_by_the_index_too(kept: set[int], taken: set[int]) -> None:
    """The words of the front matter are the case that counts: they deny somebody."""
    newer = words(" ".join(f"kept{number}" for number in kept))
    older = words(" ".join([*(f"taken{number}" for number in taken), *(f"kept{number}" for number in kept)]))
    others = {f"other-{number}": words(f"kept{number} among quite other words") for number in range(1000)}
    assert ("newer" in dict(NearTexts({**others, "newer": newer}).near(older))) is (len(taken) <= len(kept))


def test_words_that_hundreds_of_texts_hold_lead_nowhere_and_rare_ones_still_do() -> None:
    forms = {f"form-{n}": words(f"the visitor of room R{n} came in and left by the door") for n in range(500)}
    index = NearTexts({**forms, "note": words(NOTE)})
    assert [name for name, _ in index.near(words(NOTE.replace("third", "second")))] == ["note"]
    assert len(list(index.near(forms["form-3"]))) == 1


def test_without_the_key_a_word_sketch_says_nothing_and_long_texts_have_none() -> None:
    assert word_sketch(NOTE, KEY) != word_sketch(NOTE, b"another key")
    assert word_sketch("word " * MOST_WORDS, KEY) is not None
    assert word_sketch("word " * (MOST_WORDS + 1), KEY) is None
    assert word_sketch("…!?", KEY) is None


@given(st.text())
def test_folding_twice_changes_nothing_more_for_what_is_compared(text: str) -> None:
    assert folded(folded(text)) == folded(folded(folded(text)))
