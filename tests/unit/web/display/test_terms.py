"""Words of the pages and their explanations."""

import re
from pathlib import Path

from pipeline.web.display import page
from pipeline.web.display.terms import TERMS

TEMPLATES = sorted((Path(page.__file__).parent.parent / "templates").rglob("*.html"))
USED = {
    template.name: re.findall(r"ui\.term\(\"([^\"]+)\"", template.read_text(encoding="utf-8")) for template in TEMPLATES
}


def test_every_word_that_a_page_explains_has_an_explanation_and_every_explanation_a_page() -> None:
    assert {word for words in USED.values() for word in words} == set(TERMS)


def test_a_page_explains_a_word_once() -> None:
    assert {name: words for name, words in USED.items() if len(words) != len(set(words))} == {}


def test_an_explanation_is_one_or_two_sentences() -> None:
    for word, sentence in TERMS.items():
        assert sentence.endswith("."), word
        assert len(sentence) < 170, word
