"""Sentences in which names of keys are set as code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from pipeline.web.display.wording import coded


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("write `deny`.", "write <code>deny</code>."),
        ("`a` and `<b>`", "<code>a</code> and <code>&lt;b&gt;</code>"),
        ("one ` alone & no code", "one ` alone &amp; no code"),
        ("", ""),
    ],
)
def test_parts_between_backticks_become_code(words: str, shown: str) -> None:
    assert coded(words) == Markup(shown)


@given(st.text(alphabet="ab<>&`'\" ", max_size=30))
def test_nothing_that_was_written_becomes_markup(words: str) -> None:
    shown = str(coded(words))
    assert shown.replace("<code>", "`").replace("</code>", "`") == str(escape(words))
