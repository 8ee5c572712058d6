"""Whether a version takes the text of a document away without deleting the document.

A file cut to nothing by a full disk, an export that failed, or a scan without recognised text would otherwise replace
a served document by nothing, without notice.

Invariants: pure. Only letters, digits and symbols after the front matter count.
"""

import re
import unicodedata

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Change

NO_TEXT = "It holds no text, so no answer contains anything of it."
"""The reason of a verdict that admits a document without text."""

_NOTHING = digest_text("")
_FENCED = re.compile(r"\A\ufeff?---[ \t]*\n(?:.*\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_WRITTEN = frozenset("LNS")
"""First letters of the Unicode categories of letters, numbers and symbols."""


def is_blank(text: str) -> bool:
    """Whether a normalised text says nothing: no letter, digit or symbol behind its front matter."""
    fenced = _FENCED.match(text)
    start = fenced.end() if fenced else 0
    return not any(unicodedata.category(text[place])[0] in _WRITTEN for place in range(start, len(text)))


def empties(change: Change, text: str, text_digest: str) -> bool:
    """Whether this version without text would replace a served one with text."""
    serving = None if change.previous is None else change.previous.serving
    return serving is not None and serving.served_digest not in (text_digest, _NOTHING) and is_blank(text)
