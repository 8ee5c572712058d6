"""A version without text is told from one with little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.emptiness import is_blank


@pytest.mark.parametrize(
    "text",
    ["", "\n", " \t\u00a0\u3000", "\u200b\u200d\ufeff", "---\n", "***\n\n---", "---\ntitle: Plan\n---\n", "---\n---\n",
     "---\ntitle: Plan\n---\n\n \u200b\n", "\u0301", "…"],
)  # fmt: skip
def test_a_text_without_letters_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "計", "7", "€", "😀", "---\ntitle: Plan\n---\nx", "---\nfirst\n\nsecond"])
def test_a_text_with_anything_to_read_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@given(st.text(), st.characters(categories=["L", "N"]), st.text())
def test_one_letter_behind_the_front_matter_is_enough(before: str, letter: str, after: str) -> None:
    assert not is_blank(f"x{before}{letter}{after}")
