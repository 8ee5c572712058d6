"""The text of an Office file against its PDF. Runs in the child process that opens PDFs.

Invariant: the answer holds passages of the text only, and of the PDF only figures: no detector reads what it says.
"""

from typing import Any

from pipeline.extraction.containers import Refused
from pipeline.extraction.hidden import pdf as hidden_in_pdf
from pipeline.extraction.pdf import document as pdf
from pipeline.extraction.seen import comparing
from pipeline.extraction.seen.comparing import PlainWord, WordIndex

_SHOWN = ("-cut-off",)
"""Techniques of text in a PDF that its reader sees for the most part."""


def compared(header: dict[str, Any], payload: bytes, max_characters: int) -> tuple[dict[str, Any], bytes]:
    """Passages of a text that are not on its pages, and figures of the words on its pages that are not in the text.

    Args:
        header: `drawn`: number of bytes of the PDF. `own`: length of the text of the document without that of files
            inside it. `known`: passages that are reported as hidden already.
        payload: The PDF, then the text in UTF-8.
        max_characters: The longest text.

    Returns:
        `{"failure", "said", "unseen", "shown", "unread", "passages"}`: letters and digits of either side, those that
        the other has not, and the passages of the text that cannot be seen.

    """
    end = int(header["drawn"])
    text, known = payload[end:].decode("utf-8"), [comparing.plain_of(one) for one in header["known"]]
    own, every = comparing.segments(comparing.as_shown(text[: header["own"]])), comparing.segments(text)
    try:
        lines, visible = _pages(payload[:end], max_characters)
    except Refused as refused:
        return {"failure": refused.word}, b""
    if max(sum(len(word.plain) for line in side for word in line) for side in (every, lines)) > comparing.MOST:
        return {"failure": "output-size"}, b""
    unseen = WordIndex(visible).lacks(own, known)
    unread = WordIndex([*every, *([PlainWord(one, one)] for one in known)]).lacks(lines)
    return {
        "failure": None,
        "said": unseen.total,
        "unseen": unseen.lacking,
        "shown": unread.total,
        "unread": unread.lacking,
        "passages": unseen.texts,
    }, b""


def _pages(data: bytes, max_characters: int) -> tuple[list[list[PlainWord]], list[list[PlainWord]]]:
    """The lines of a PDF, and those of its words that can be seen."""
    lines = comparing.segments(pdf.read(data, max_characters).text)
    try:
        hidden = [run.text for run in hidden_in_pdf.hidden_runs(data) if not run.technique.endswith(_SHOWN)]
    except MemoryError:
        raise
    except Exception:  # a parser's doubt, and its message may quote the document
        raise Refused("corrupt") from None
    if not hidden:
        return lines, lines
    return lines, comparing.without([word for line in lines for word in line], map(comparing.plain_of, hidden))
