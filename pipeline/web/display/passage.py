"""A passage as people read it: Markdown and tables drawn, the words of the question marked.

Invariants: no word of the text is left out, because a reader sees the text that was scanned (law 14): links, pictures,
references and HTML stand as they were written, and a passage that would lose a word is not drawn. Only plain elements
come out.
"""

import html as entities
import re
from collections import Counter
from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from pipeline.web.display.plain_html import plain
from pipeline.web.display.wording import reflowed

_MARKDOWN_NAME = re.compile(r"\.(md|markdown|mdown)$", re.IGNORECASE)
_TABLE = re.compile(r"^\s*\|[^\n]*\|\s*\n\s*\|\s*:?-{3,}", re.MULTILINE)
_PARTS = re.compile(r"(<[^>]*>|&[#a-zA-Z0-9]+;)")
_WORD = re.compile(r"[^\W_]+")
_LIST_NUMBER = re.compile(r"^([\s>]*)\d{1,9}[.)](?=\s)", re.MULTILINE)
_TAG = re.compile(r"<[^>]*>")
_LEFT_AS_WRITTEN = ("link", "image", "autolink", "reference", "code", "entity")
"""Rules that hide a part of the text, such as the address of a link, or take an indented line for code."""
_SHORTEST_MARKED = 3
_ENDING = 3
"""Letters that a marked word may have after the asked one, such as the s of a plural."""
_COMMON_WORDS = """
about all and any are can does for from had has have how its may much must not our out shall should that the their them
there they this was were what when where which who whom whose why will with would you your
"""
_COMMON = frozenset(_COMMON_WORDS.split())


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(list(_LEFT_AS_WRITTEN))


def is_markdown(document: str, text: str) -> bool:
    """Whether a passage is drawn: its document is Markdown by name, or it holds a table."""
    return bool(_MARKDOWN_NAME.search(document) or _TABLE.search(text))


def drawn(document: str, text: str, question: str = "") -> Markup:
    """The passage as HTML of plain elements, with the words of the question in `mark`."""
    html = str(plain(_markdown().render(text))) if is_markdown(document, text) else ""
    if not html or _loses_words(text, html):
        html = "".join(f"<p>{escape(one)}</p>" for one in reflowed(text).split("\n\n"))
    return Markup(_marked(html, question))  # noqa: S704 - plain elements, escaped text and `mark`


def _loses_words(text: str, html: str) -> bool:
    """Whether the drawing lacks a word, such as a cell of a table without a heading or the language of a code block."""
    written = Counter(_WORD.findall(_LIST_NUMBER.sub(r"\1", text)))
    shown = Counter(_WORD.findall(entities.unescape(_TAG.sub(" ", html))))
    return bool(written - shown)


def _marked(html: str, question: str) -> str:
    words = sorted({word for word in _WORD.findall(question.casefold()) if _worth_marking(word)}, key=len, reverse=True)
    if not words:
        return html
    asked = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\w{{0,{_ENDING}}}\b", re.IGNORECASE)
    parts = _PARTS.split(html)
    # Every second part is a tag or an entity.
    parts[::2] = [asked.sub(lambda found: f"<mark>{found[0]}</mark>", part) for part in parts[::2]]
    return "".join(parts)


def _worth_marking(word: str) -> bool:
    return len(word) >= _SHORTEST_MARKED and word not in _COMMON
