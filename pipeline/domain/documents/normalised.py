"""The one form of a text that every span, digest and comparison refers to. Pure."""

import re
import unicodedata


def normalise_text(text: str) -> str:
    """NFC, LF line ends, no NUL, no lone surrogates: done once, and every span refers to the result."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    text = text.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(text) else text
    return unicodedata.normalize("NFC", _LONG_RUN.sub(_stream_safe, text))


_LONG_RUN = re.compile("[^\x00-\u02ff]{31,}")
_COMBINING_AT_MOST = 30
_GRAPHEME_JOINER = "\u034f"


def _stream_safe(run: re.Match[str]) -> str:
    """Break up endless combining marks as UAX #15 section 13 does: normalising them takes quadratic time."""
    pieces: list[str] = []
    marks = 0
    for character in run[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > _COMBINING_AT_MOST:
            pieces.append(_GRAPHEME_JOINER)
            marks = 1
        pieces.append(character)
    return "".join(pieces)


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
