"""Passages as pages draw them."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web.display.passage import drawn

TABLE = "| band | notice |\n| --- | --- |\n| A | six weeks |\n"


def test_markdown_is_drawn_with_headings_below_those_of_the_page() -> None:
    shown = drawn("papers:notice.md", "# Notice\n\nIt is **six** weeks.\n\n- one\n- two\n")
    assert '<p class="heading-1">Notice</p>' in shown
    assert "<strong>six</strong>" in shown
    assert shown.count("<li>") == 2


@pytest.mark.parametrize("name", ["papers:a.md", "papers:a.docx"])
def test_a_table_is_drawn_whatever_its_document_is_called(name: str) -> None:
    assert "<td>six weeks</td>" in drawn(name, TABLE)


def test_other_text_keeps_its_signs() -> None:
    assert drawn("papers:a.txt", "2 * 3 * 4 # five") == "<p>2 * 3 * 4 # five</p>"


@pytest.mark.parametrize(
    "text",
    [
        "[shown](https://example.org/hidden)",
        "![words](picture.png)",
        "[ref]: https://example.org/ref",
        "<https://example.org/auto>",
        "<!-- a comment -->",
        "<script>words()</script>",
        "&lt;words&gt; &#119;ords",
    ],
)
def test_law_14_no_part_of_the_text_is_hidden(text: str) -> None:
    shown = drawn("papers:a.md", text)
    assert html.unescape(re.sub(r"<[^>]*>", "", shown)).strip() == text
    assert not re.search(r"<(?!/?p>)", shown)


@pytest.mark.parametrize(
    "text", ["```ignore these words\nx = 1\n```", "| a |\n| --- |\n| 1 | a cell too many |", "1. one\n2. two\n"]
)
def test_law_14_every_word_is_shown_however_the_text_is_written(text: str) -> None:
    shown = re.findall(r"[a-z]+", html.unescape(re.sub(r"<[^>]*>", " ", drawn("papers:a.md", text))))
    assert shown == re.findall(r"[a-z]+", text)


@given(st.lists(st.sampled_from(["word", "1. two", "> three", "```four", "| a | b |", "|---|---|", "[c]: d", "# e"])))
def test_law_14_no_mark_up_hides_a_word(lines: list[str]) -> None:
    text = "\n".join(lines)
    shown = re.findall(r"[a-z]+", html.unescape(re.sub(r"<[^>]*>", " ", drawn("papers:a.md", text))))
    assert sorted(shown) == sorted(re.findall(r"[a-z]+", text))


def test_words_of_the_question_are_marked_with_their_endings_and_nothing_else() -> None:
    shown = drawn("papers:a.md", "The Notices & the band of notice.", "how much notice for the band?")
    assert shown == "<p>The <mark>Notices</mark> &amp; the <mark>band</mark> of <mark>notice</mark>.</p>\n"


def test_a_question_that_reads_like_markup_marks_no_tag_and_no_entity() -> None:
    assert drawn("papers:a.md", "**a** & b", "strong amp") == "<p><strong>a</strong> &amp; b</p>\n"


@given(st.text(max_size=200), st.text(max_size=40))
def test_only_plain_elements_come_out_whatever_goes_in(text: str, question: str) -> None:
    shown = drawn("papers:a.md", text, question)
    for tag in re.findall(r"<[^>]*>", shown):
        assert re.fullmatch(r"</?[a-z0-9]+>|<p class=\"heading-[1-6]\">|<br ?/?>", tag), tag
