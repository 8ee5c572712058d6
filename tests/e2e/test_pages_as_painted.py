"""Pixels that Chromium paints show what a page hides: only a passage without any is reported."""

from random import Random

from playwright.sync_api import Browser

from pipeline.extraction.pages import reading
from tests.support.painted_pages import PASSAGE, pages, painted

_HIDDEN, _SEEN = 0.02, 0.4
"""Shares of the pixels of a passage below which nothing of it, and from which on enough of it, can be seen."""


def test_a_passage_is_reported_if_chromium_paints_nothing_of_it_and_only_then(chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 400})
    whole = painted(page, f"<p data-m>{PASSAGE}</p>")
    wrong: list[tuple[str, float]] = []
    verdicts: list[bool] = []
    for body in pages(Random(5)):
        share = painted(page, body) / whole
        if _HIDDEN <= share < _SEEN:
            continue
        runs = reading.read(f"<!doctype html><body style='font:16px sans-serif'>{body}").hidden
        is_reported = PASSAGE in " ".join(run.text for run in runs)
        verdicts.append(is_reported)
        if is_reported != (share < _HIDDEN):
            wrong.append((body, share))
    page.close()
    assert not wrong, "\n".join(f"{s:.2f} {b}" for b, s in wrong)
    assert min(verdicts.count(True), verdicts.count(False)) > 60
