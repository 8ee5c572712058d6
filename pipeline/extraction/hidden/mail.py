"""Hidden text in a message: in its HTML parts, and in the alternative that a mail program does not show."""

import re
from collections.abc import Iterator
from email.message import Message

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import mail_parts
from pipeline.extraction.hidden import html, page_tree
from pipeline.extraction.mail_charsets import text_of

_WORD = re.compile(r"[^\W_]{2,}")
_LINK = re.compile(r"<?\bhttps?://\S+|\[\w+\]|<mailto:[^>]*>")
_FEWEST_WORDS = 4
"""Shorter lines are labels, which writers of newsletters word differently in each alternative."""
_SHOWN_SHARE = 0.9
"""Share of the words of one alternative that the other one must have for both to say the same."""


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """The hidden runs of every part, in order, without what is attached: that is searched as a file of its own."""
    for number, part in enumerate(mail_parts.own(mail_parts.parsed(data)), start=1):
        if part.get_content_type() == "text/html":
            for run in html.of_text(text_of(part) or ""):
                yield run.model_copy(update={"place": f"part {number}, {run.place}"})
        elif part.get_content_type() == "multipart/alternative":
            yield from _not_shown(part, number)


def as_shown(data: bytes) -> bytes:
    """The message without plain alternatives that leave out what the HTML one says; otherwise the same bytes."""
    message = mail_parts.parsed(data)
    dropped = False
    for part in message.walk():
        if part.get_content_type() != "multipart/alternative":
            continue
        pages, plain = _alternatives(part)
        said = {word for other in plain for word in _words(text_of(other) or "")}
        shown = [word for page in pages for word in _words(_visible(text_of(page) or ""))]
        if pages and plain and sum(word in said for word in shown) < _SHOWN_SHARE * len(shown):
            part.set_payload([child for child in part.get_payload() if child not in plain])
            dropped = True
    return mail_parts.written(message) if dropped else data


def _alternatives(part: Message) -> tuple[list[Message], list[Message]]:
    """The HTML and the plain alternatives in a part."""
    inside = list(part.walk())
    return (
        [child for child in inside if child.get_content_type() == "text/html"],
        [child for child in inside if child.get_content_type() == "text/plain"],
    )


def _not_shown(alternatives: Message, number: int) -> Iterator[HiddenRun]:
    """The lines of the plain alternative that the HTML one, which mail programs show, does not say."""
    pages, plain = _alternatives(alternatives)
    if not pages or not plain:
        return
    shown = {word for page in pages for word in _words(_visible(text_of(page) or ""))}
    lines = [line for part in plain for line in (text_of(part) or "").splitlines()]
    unseen = [line.strip() for line in lines if not _is_shown(_words(_LINK.sub(" ", line)), shown)]
    if unseen:
        yield HiddenRun(technique="mail-alternative", text="\n".join(unseen), place=f"part {number}")


def _is_shown(words: list[str], shown: set[str]) -> bool:
    return len(words) < _FEWEST_WORDS or sum(word in shown for word in words) >= _SHOWN_SHARE * len(words)


def _visible(page: str) -> str:
    hidden = {run.text for run in html.of_text(page)}
    items = page_tree.parsed(page).items
    texts = [item.text for item in items if isinstance(item, page_tree.Words)]
    return " ".join(text for text in texts if " ".join(text.split()) not in hidden)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
