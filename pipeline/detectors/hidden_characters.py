"""Invisible and deceptive characters.

Invariants: pure, deterministic, linear. Ordinary use stays quiet: joiners of Arabic, Hebrew and Indic scripts, emoji
sequences and flags, soft hyphens, a byte order mark, right-to-left text, Greek letters in formulas.
"""

import re
from collections.abc import Iterator

from pipeline.domain.findings.findings import Severity

Trick = tuple[str, int, int, Severity, str, str | None]
"""Entity, start, end, severity, reason, and the message a machine could read there."""

_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}")
_WIDTHLESS = "\u200b-\u200d\u2060-\u2064\ufeff\u180e\u034f\u3164\uffa0\u115f\u1160"
_SUSPECT = re.compile(f"[{_WIDTHLESS}\u202a-\u202e\u2066-\u2069\ufe00-\ufe0f\U000e0000-\U000e01ef]")
_RUN = re.compile(f"[{_WIDTHLESS}]{{4,}}")
_BROKEN_WORD = re.compile(
    f"(?<![^\\W_])[A-Za-z]{{1,20}}(?:[\u00ad{_WIDTHLESS}]{{1,3}}[A-Za-z]{{1,20}}){{1,20}}(?![^\\W_])"
)
_NOT_LETTERS = re.compile("[^A-Za-z]+")
_OVERRIDDEN = re.compile("[\u202d\u202e]([^\n\u202c\u202d\u202e]{1,400})")
_BACKWARD = re.compile("[\u202b\u2067]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_CYRILLIC_TWINS = "асеорхуіјѕһԁӏАВСЕНІЈКМОРЅТХ"
_GREEK_TWINS = "ονΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_TWIN = re.compile(f"[A-Za-z][{_CYRILLIC_TWINS}{_GREEK_TWINS}]|[{_CYRILLIC_TWINS}{_GREEK_TWINS}][A-Za-z]")
_WORD = re.compile(f"[A-Za-z{_CYRILLIC_TWINS}{_GREEK_TWINS}]{{4,40}}")
_LETTER = re.compile("[^\\W\\d_]")
_REPLACED = re.compile("\ufffd+")


def find(text: str) -> Iterator[Trick]:
    """Every trick with characters in `text`."""
    if text.isascii():
        return
    yield from _homoglyphs(text)
    for run in _REPLACED.finditer(text):
        yield "UNREADABLE_CHARACTERS", *run.span(), Severity.MEDIUM, "Bytes here could not be read as characters.", None
    if not _SUSPECT.search(text):
        return
    yield from _tags(text)
    for run in _SELECTORS.finditer(text):
        data = bytes(_selected(ord(selector)) for selector in run.group())
        message = data.decode("utf-8", "replace")
        yield "HIDDEN_VARIATION_SELECTORS", *run.span(), Severity.HIGH, "Variation selectors carry data.", message
    for run in _RUN.finditer(text):
        reason = "A run of characters without width carries data."
        yield "HIDDEN_ZERO_WIDTH", *run.span(), Severity.HIGH, reason, _bits(run.group())
    yield from _broken_words(text)
    yield from _directions(text)


def _tags(text: str) -> Iterator[Trick]:
    flags = {flag.start() + 1 for flag in _FLAG.finditer(text)}
    for run in _TAGS.finditer(text):
        if run.start() not in flags:
            message = "".join(chr(ord(tag) - 0xE0000) for tag in run.group() if 0xE0020 <= ord(tag) < 0xE007F)
            reason = "Invisible Unicode tags spell a text."
            yield "HIDDEN_UNICODE_TAGS", *run.span(), Severity.CRITICAL, reason, message


def _selected(point: int) -> int:
    """The byte a variation selector stands for in the usual smuggling scheme."""
    return point - 0xFE00 if point < 0xFE10 else point - 0xE0100 + 16


def _bits(run: str) -> str | None:
    """The text in a run of two different characters, read as zeros and ones."""
    kinds = sorted(set(run))
    if len(kinds) != 2 or len(run) < 16:
        return None
    readings = []
    for zero in kinds:
        bits = "".join("0" if character == zero else "1" for character in run)
        data = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) // 8 * 8, 8))
        readings.append(data.decode("ascii", "replace"))
    return "\n".join(readings)


def _broken_words(text: str) -> Iterator[Trick]:
    words = [word for word in _BROKEN_WORD.finditer(text) if not set(word.group()) <= _SOFT]
    # A break inside a long identifier helps a browser to wrap it; a break inside a plain word helps nobody.
    plain = sum(_is_plain(_NOT_LETTERS.sub("", word.group())) for word in words)
    for word in words:
        broken = plain >= 2 and _is_plain(_NOT_LETTERS.sub("", word.group()))
        severity = Severity.HIGH if broken else Severity.LOW
        yield "HIDDEN_ZERO_WIDTH", *word.span(), severity, "Characters without width break up a word unseen.", None


_SOFT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\u00ad")


def _is_plain(word: str) -> bool:
    return len(word) <= 14 and (word.islower() or word.isupper() or word.istitle())


def _directions(text: str) -> Iterator[Trick]:
    for run in _OVERRIDDEN.finditer(text):
        severity = Severity.HIGH if re.search("[A-Za-z]", run.group(1)) else Severity.MEDIUM
        reason = "A direction override shows the text in another order than a machine reads it."
        yield "HIDDEN_BIDI", *run.span(), severity, reason, run.group(1)[::-1]
    for mark in _BACKWARD.finditer(text):
        line_end = text.find("\n", mark.start(), mark.start() + 2_000)
        line = text[max(0, mark.start() - 200) : line_end if line_end >= 0 else mark.start() + 2_000]
        if not _RTL.search(line):
            reason = "Text is turned right to left where nothing is written that way."
            yield "HIDDEN_BIDI", *mark.span(), Severity.MEDIUM, reason, None


def _homoglyphs(text: str) -> Iterator[Trick]:
    if not _TWIN.search(text):
        return
    spans = [
        word.span()
        for word in _WORD.finditer(text)
        if _TWIN.search(word.group())
        and sum(letter.isascii() for letter in word.group()) >= 2
        and not _continues(text, *word.span())
    ]
    severity = Severity.HIGH if len(spans) >= 2 else Severity.MEDIUM
    for start, end in spans:
        yield "HIDDEN_HOMOGLYPHS", start, end, severity, "A word mixes look-alike letters of two scripts.", None


def _continues(text: str, start: int, end: int) -> bool:
    """Whether letters without a Latin twin stand right beside: then it is a word of another script."""
    return bool(_LETTER.match(text[start - 1 : start]) or _LETTER.match(text[end : end + 1]))
