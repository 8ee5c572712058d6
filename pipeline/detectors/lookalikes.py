"""Characters that break or disguise a token: without width, of another script, of another width.

Invariants: pure; folding replaces one character by one, so only `seen` moves offsets. Words wholly in another
script stay as they are: only a word that mixes scripts, or mixes letters with digits, is folded.
"""

import re

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.documents.confusables import SAME

# Zero-width, joiner, bidi, filler, tag and variation characters; terminal colours.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e01ff]+|\x1b\\[[0-9;]{0,20}[A-Za-z]"
)
_DISGUISED = re.compile(f"[{''.join(map(chr, SAME))}]")
_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"[0-9]")
_ASCII = re.compile(r"[A-Za-z0-9]")
_WIDE = {0xFF01 + i: 0x21 + i for i in range(94)}
for _base in range(0x1D400, 0x1D6A4, 26):
    _WIDE |= {_base + i: (0x41 if (_base - 0x1D400) // 26 % 2 == 0 else 0x61) + i for i in range(26)}
for _base in range(0x1D7CE, 0x1D800, 10):
    _WIDE |= {_base + i: 0x30 + i for i in range(10)}
_ANY_WIDE = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff]")
_HYPHEN = re.compile("(?<=[A-Za-z0-9_])[\u2010-\u2012\u2212](?=[A-Za-z0-9_])")


def seen(text: str) -> tuple[str, NDArray[np.int64] | None]:
    """What of `text` shows, and where each character of it stands; None when everything stands where it stood.

    The places have the shape (characters that show,).
    """
    dropped = [] if text.isascii() and "\x1b" not in text else [found.span() for found in _UNSEEN.finditer(text)]
    if not dropped:
        return text, None
    keep = np.ones(len(text), bool)
    for start, end in dropped:
        keep[start:end] = False
    return _UNSEEN.sub("", text), np.flatnonzero(keep).astype(np.int64)


def narrow(text: str) -> str:
    """`text` with wide characters as ASCII, and look-alikes in words that hold a figure; the same length."""
    if text.isascii():
        return text
    if _ANY_WIDE.search(text):
        text = text.translate(_WIDE)
    if not _DISGUISED.search(text):
        return text
    return _WORD.sub(lambda word: _fold_word(word) if _FIGURE.search(word[0]) else word[0], text)


def fold(text: str) -> str:
    """`text` with look-alike and wide characters as ASCII; the same length."""
    if _ANY_WIDE.search(text):
        text = text.translate(_WIDE)
    text = _HYPHEN.sub("-", text)
    return _WORD.sub(_fold_word, text) if _DISGUISED.search(text) else text


def _fold_word(word: re.Match[str]) -> str:
    token = word.group()
    mixed = not token.isascii() and _ASCII.search(token) and _DISGUISED.search(token)
    return token.translate(SAME) if mixed else token
