"""The text of a message: its headers, then what a mail program shows of its body, and what it does not show.

A mail program shows the HTML alternative of a text. The plain one stands for it if both say the same.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import decoding, flowed_mail, mail_parts
from pipeline.extraction.containers import Refused
from pipeline.extraction.pages import reading as pages
from pipeline.extraction.pages.reading import PageText

_HEADERS = ("Subject", "From", "To", "Cc", "Bcc", "Date")
_WORD = re.compile(r"[^\W_]{2,}")
_LINK = re.compile(r"<?\bhttps?://\S+|\[\w+\]|<mailto:[^>]*>")
_FEWEST_WORDS = 4
"""Shorter lines are labels, which writers of newsletters word differently in each alternative."""
_SHOWN_SHARE = 0.9
"""Share of the words of one alternative that the other one must have for both to say the same."""


@dataclass(slots=True)
class MailText:
    """The text of one message and its hidden runs."""

    text: str
    hidden: list[HiddenRun] = field(default_factory=list)


def read(data: bytes, sheets: Mapping[str, str] | None = None) -> MailText:
    """Read a message without what is attached to it.

    Args:
        data: The message.
        sheets: Style sheets of a saved page by their addresses.

    Raises:
        Refused: Its text has no certain encoding, or it cannot be parsed.

    """
    try:
        return _MessageBody(mail_parts.parsed(data), sheets or {}).read()
    except (MemoryError, Refused):
        raise
    except Exception:  # a parser's doubt, and its message may quote the document
        raise Refused("corrupt") from None


class _MessageBody:
    """The parts of one message, each page read once."""

    def __init__(self, message: Message, sheets: Mapping[str, str]) -> None:
        self._message = message
        self._sheets = sheets
        self._pages: dict[int, PageText] = {}
        self._parts = list(mail_parts.own(message))

    def read(self) -> MailText:
        texts, hidden = [], []
        left_out: set[int] = set()
        for number, part in enumerate(self._parts, start=1):
            kind = part.get_content_type()
            if kind == "multipart/alternative":
                pages, plain = self._alternatives(part)
                left_out |= {
                    id(one) for one in (plain if self._pages_say_more(pages, plain) else pages if plain else [])
                }
                hidden += list(self._not_shown(pages, plain, number))
            elif kind == "text/html":
                page = self._page(part)
                hidden += [run.model_copy(update={"place": f"part {number}, {run.place}"}) for run in page.hidden]
                texts.append("" if id(part) in left_out else page.text)
            elif kind == "text/plain" and id(part) not in left_out:
                texts.append(_text_of(part).strip("\r\n"))
        head = "\n".join(_headers(self._message))
        return MailText("\n\n".join(text for text in (head, *texts) if text.strip()), hidden)

    def _page(self, part: Message) -> PageText:
        if id(part) not in self._pages:
            self._pages[id(part)] = pages.read(
                _text_of(part), linked=self._sheets.get, with_addresses=False, with_title=False
            )
        return self._pages[id(part)]

    def _alternatives(self, part: Message) -> tuple[list[Message], list[Message]]:
        """The HTML and the plain alternatives in a part."""
        own = {id(one) for one in self._parts}
        inside = [child for child in part.walk() if id(child) in own]
        return (
            [child for child in inside if child.get_content_type() == "text/html"],
            [child for child in inside if child.get_content_type() == "text/plain"],
        )

    def _pages_say_more(self, pages: list[Message], plain: list[Message]) -> bool:
        said = {word for other in plain for word in _words(_text_of(other))}
        shown = [word for page in pages for word in _words(self._page(page).seen)]
        return bool(pages) and sum(word in said for word in shown) < _SHOWN_SHARE * len(shown)

    def _not_shown(self, pages: list[Message], plain: list[Message], number: int) -> Iterator[HiddenRun]:
        """The lines of the plain alternative that the HTML one does not say."""
        if not pages or not plain:
            return
        shown = {word for page in pages for word in _words(self._page(page).seen)}
        lines = [line for part in plain for line in _text_of(part).splitlines()]
        unseen = [line.strip() for line in lines if not _is_shown(_words(_LINK.sub(" ", line)), shown)]
        if unseen:
            yield HiddenRun(technique="mail-alternative", text="\n".join(unseen), place=f"part {number}")


def _text_of(part: Message) -> str:
    """The characters of a text part. Raises `Refused` if its encoding is doubtful."""
    content = part.get_payload(decode=True)
    text = decoding.decode_part(content, part.get_content_charset()) if isinstance(content, bytes) else ""
    if text is None:
        raise Refused("encoding-doubtful")
    if part.get_content_type() == "text/plain" and _parameter(part, "format") == "flowed":
        return flowed_mail.joined(text, deletes_blank=_parameter(part, "delsp") == "yes")
    return text


def _parameter(part: Message, name: str) -> str:
    value = part.get_param(name, "")
    return value.strip().lower() if isinstance(value, str) else ""


def _headers(message: Message) -> Iterator[str]:
    written = list(message.raw_items())
    for name in _HEADERS:
        for key, value in written:
            if key.lower() == name.lower() and (text := " ".join(_decoded(str(value)).split())):
                yield f"{name}: {text}"


def _decoded(value: str) -> str:
    raw = value.encode("utf-8", "surrogateescape")
    value = decoding.decode(raw) or raw.decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, UnicodeError):
        return value


def _is_shown(words: list[str], shown: set[str]) -> bool:
    return len(words) < _FEWEST_WORDS or sum(word in shown for word in words) >= _SHOWN_SHARE * len(words)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
