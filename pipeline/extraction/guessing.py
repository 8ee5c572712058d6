"""A statistical guess of an encoding, believed only with a margin.

Two detectors with models of their own (chardet, and Mozilla's uchardet as `cchardet`) must read the same characters,
those characters must look like text, and there must be enough of them. Figures: `docs/concepts/extraction.md`.
"""

import codecs
import re
from itertools import pairwise

import cchardet
import chardet

_SAMPLE_BYTES = 64_000
"""Bytes the detectors look at, taken around those that are not ASCII."""
_AROUND = re.compile(rb"[^\r\n]{0,200}[\x80-\xff][^\r\n]{0,400}\r?\n?")

_ENOUGH = 8
"""Bytes above ASCII that identify an encoding by themselves."""
_ENOUGH_IN_LATIN = 3
"""Bytes above ASCII that do so among many plain Latin letters, which tell the language."""
_LATIN_LETTERS = 25
_LATIN_SHARE = 3
"""Plain Latin letters for each byte above ASCII in a text of a Latin script."""
_UNLIKE_TWO_BYTES = 24
"""Bytes above ASCII from which on a single-byte reading is believed although the bytes also form Chinese characters."""

_IN_USE = {
    *(f"cp125{number}" for number in range(9)),
    *(f"iso8859-{number}" for number in (1, 2, 5, 6, 7, 8, 9, 13, 15)),
    *("koi8-r", "koi8-u", "cp866", "cp850", "cp852", "mac-roman", "mac-cyrillic", "cp874"),
    *("cp932", "shift_jis", "euc_jp", "cp949", "euc_kr", "gb18030", "gbk", "gb2312", "big5", "big5hkscs"),
}
"""Encodings a guess can end in. Where a detector prefers a rarer encoding, the text stays doubtful."""
_TWO_BYTES = frozenset(
    ("cp932", "shift_jis", "euc_jp", "cp949", "euc_kr", "gb18030", "gbk", "gb2312", "big5", "big5hkscs")
)
_NAMES = {
    "iso-8859-1": "cp1252",
    "macroman": "mac-roman",
    "maccyrillic": "mac-cyrillic",
    "tis-620": "cp874",
    "windows-874": "cp874",
}

_NEVER = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x80-\x9f\u2500-\u25ff\ue000-\uf8ff\ufffe\uffff]")
"""Controls, drawing and private characters: the usual look of a wrong reading."""
_MISPLACED = re.compile(
    r"[^\W\d_][‡‚„†•€™¦¬¤§][^\W\d_]|(?<!\w)[‡†¬¦][^\W\d_]"  # a sign where a letter belongs
)
_LATIN = re.compile("[a-zA-Z]")
_ABOVE = re.compile(rb"[\x80-\xff]+")


def plausible(text: str) -> bool:
    """Whether a reading has nothing that only wrong readings have."""
    if _NEVER.search(text) or _MISPLACED.search(text):
        return False
    return not any(a.islower() and b.isupper() and not (a.isascii() and b.isascii()) for a, b in pairwise(text))


def guessed(data: bytes) -> str | None:
    """The text in the encoding that both detectors find, or None if that leaves a doubt."""
    sample = b"".join(_AROUND.findall(data))[:_SAMPLE_BYTES] if len(data) > _SAMPLE_BYTES else data
    first, second = (_codec(detector.detect(sample).get("encoding")) for detector in (chardet, cchardet))
    if first is None or second is None or first not in _IN_USE:
        return None
    text = _read(data, first)
    if text is None or text != _read(data, second) or not plausible(text):
        return None
    return text if _enough(data, text, first) else None


def _enough(data: bytes, text: str, codec: str) -> bool:
    runs = _ABOVE.findall(data)
    above, latin = sum(map(len, runs)), len(_LATIN.findall(text))
    if codec not in _TWO_BYTES and latin > _LATIN_SHARE * above and latin >= _LATIN_LETTERS:
        return above >= _ENOUGH_IN_LATIN
    two_bytes = all(len(run) % 2 == 0 for run in runs) and _read(data, "gb18030") is not None
    return above >= (_UNLIKE_TWO_BYTES if two_bytes and codec not in _TWO_BYTES else _ENOUGH)


def _codec(name: str | None) -> str | None:
    if not name:
        return None
    try:
        return codecs.lookup(_NAMES.get(name.lower(), name)).name
    except LookupError:
        return None


def _read(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None
