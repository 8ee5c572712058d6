"""The words of a page are those that Chromium shows, in its order and with its gaps."""

from itertools import zip_longest
from pathlib import Path

from playwright.sync_api import Browser

from pipeline.extraction.pages import reading
from tests.support.random_pages import RandomPage
from tests.support.shown_pages import blank_page, shown_words, words

PAGES = 200
MOST_WRONG = PAGES // 50
"""Pages on which formatting elements around unclosed blocks may still be repaired in another way."""


def test_the_words_of_random_pages_are_those_that_a_browser_shows(chromium: Browser, tmp_path: Path) -> None:
    page = blank_page(chromium)
    wrong = []
    for seed in range(PAGES):
        mark_up = RandomPage(seed).written()
        file = tmp_path / "page.html"
        file.write_text(mark_up, encoding="utf-8")
        shown = shown_words(page, file)
        extracted = words(reading.read(mark_up).seen.replace("[Image: ", ""))
        ours = [word for word in extracted if not word.isdecimal() and word not in ("x",)]
        if ours != shown:
            at = next(n for n, (one, other) in enumerate(zip_longest(shown, ours)) if one != other)
            wrong.append((seed, shown[at : at + 4], ours[at : at + 4]))
    assert len(wrong) <= MOST_WRONG, wrong
