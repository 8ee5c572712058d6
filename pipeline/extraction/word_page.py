"""A Word document as clean HTML with values covered. Runs in the child process only.

Invariants: only harmless elements and no attribute are left, so no link, picture, style or script is. Values and words
that no detector read are replaced by blocks before the HTML leaves the process (law 4).
"""

import html
import io
from collections.abc import Sequence
from html.parser import HTMLParser

import mammoth

from pipeline.domain.clean_html import clean
from pipeline.extraction.covering import covered, missing, words_of

BLOCK = "\u2588"
_APART = frozenset(["p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "li", "tr", "th", "td", "blockquote", "pre"])


def render(data: bytes, text: str, wanted: Sequence[tuple[str, int]]) -> str | None:
    """The document as HTML; None when a value of `wanted` was not found in it as often as in its text."""
    raw = mammoth.convert_to_html(io.BytesIO(data), convert_image=mammoth.images.img_element(lambda _: {})).value
    parts = _Parts()
    parts.feed(clean(raw))
    parts.close()
    shown = "".join(piece for is_text, piece in parts.pieces if is_text)
    cover, found = covered(shown, [value for value, _ in wanted], words_of(text))
    if missing(wanted, [found]):
        return None
    done: list[str] = []
    at = 0
    for is_text, piece in parts.pieces:
        if not is_text:
            done.append(piece)
            continue
        visible = "".join(BLOCK if at + n in cover and not c.isspace() else c for n, c in enumerate(piece))
        done.append(html.escape(visible))
        at += len(piece)
    return "".join(done)


class _Parts(HTMLParser):
    """Elements and texts in order; elements that stand apart are separated by a line end among the texts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[tuple[bool, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._element(tag, f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        self._element(tag, f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.pieces.append((True, data))

    def _element(self, tag: str, written: str) -> None:
        if tag in _APART:
            self.pieces.append((True, "\n"))
        self.pieces.append((False, written))
