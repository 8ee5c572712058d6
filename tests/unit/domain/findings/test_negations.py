"""Sentences that an edit turned into their opposite."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.findings.negations import negations_flipped

PAIRS = [
    ("Staff must not share the form with visitors.", "Staff may share the form with visitors."),
    ("Visitors are allowed on the pontoon.", "Visitors are forbidden on the pontoon."),
    ("Close the valve before opening the hatch.", "Close the valve after opening the hatch."),
    ("Don't reply to callers who ask for a code.", "Do reply to callers who ask for a code."),
    ("Backups are never kept on the shared drive.", "Backups are always kept on the shared drive."),
    ("A second signature is required for transfers.", "A second signature is optional for transfers."),
    ("Keep at least two lamps lit.", "Keep at most two lamps lit."),
    ("Enable the alarm at the pump house.", "Disable the alarm at the pump house."),
    ("No one can open the archive alone.", "Anyone can open the archive alone."),
]
FILLER = st.lists(
    st.sampled_from(
        [
            "The tide table hangs in the hall.", "Lunch is served in the canteen.", "Not every boat has a bell.",
            "Never mind the gulls on the roof.", "Ropes are dried in the loft.",
        ]
    ),
    max_size=8,
)  # fmt: skip


@pytest.mark.parametrize(("old", "new"), PAIRS)
@given(before=FILLER, after=FILLER)
def test_an_opposite_is_found_in_both_directions_and_wherever_it_stands(
    old: str, new: str, before: list[str], after: list[str]
) -> None:
    one, other = " ".join([*before, old, *after]), " ".join([*after, new, *before])
    assert negations_flipped(one, other) == 1
    assert negations_flipped(other, one) == 1


def test_a_flip_with_other_words_changed_is_found() -> None:
    old = "Contractors must not store patient files on a private laptop or phone."
    new = "Contractors may store patient files on a private laptop or mobile phone."
    assert negations_flipped(old, new) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Staff must not share the form.", "Staff shall not share the form."),
        ("Staff must not share the form.", "Staff must never share the form."),
        ("Do not open the hatch at sea.", "Don't open the hatch at sea."),
        ("The form is at https://desk.example/not/valid today.", "The form is at https://desk.example/valid today."),
        ("Ropes are dried in the loft.", "Visitors never enter the archive."),
    ],
)
def test_the_same_meaning_or_another_sentence_does_not_count(old: str, new: str) -> None:
    assert negations_flipped(old, new) == 0


@given(st.text(max_size=300), st.text(max_size=300))
def test_equal_texts_flip_nothing_and_every_pair_of_texts_has_an_answer(old: str, new: str) -> None:
    assert negations_flipped(old, old) == 0
    assert negations_flipped(old, new) == negations_flipped(new, old) >= 0


@given(FILLER)
def test_sentences_that_only_moved_flip_nothing(sentences: list[str]) -> None:
    moved = sorted(sentences, reverse=True)
    assert negations_flipped(" ".join(sentences), " ".join(moved)) == 0
