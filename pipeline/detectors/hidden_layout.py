"""Text that a terminal or an editor keeps out of sight: concealed, overwritten, or far from the rest.

Invariants: pure, deterministic, linear. Ordinary use stays quiet: colours of terminals, bold and underlined words of
manual pages, wide tables, pages that end early.
"""

import re
from collections.abc import Iterator

from pipeline.detectors.hidden_markup import is_prose
from pipeline.domain.findings.findings import Severity

Layout = tuple[str, int, int, Severity, str, str | None]
"""Entity, start, end, severity, reason, and the message a machine could read there."""

ENTITY = "HIDDEN_LAYOUT"
_LONGEST = 4000
"""Characters of a message that are looked at."""
_STYLED = re.compile(r"\x1b\[([\d;:]{0,60})m([^\x1b]{0,4000})")
_CONCEAL, _VISIBLE = "8", frozenset(("0", "", "28"))
_INKS = {**{str(30 + n): n for n in range(8)}, **{str(90 + n): 8 + n for n in range(8)}}
_GROUNDS = {**{str(40 + n): n for n in range(8)}, **{str(100 + n): 8 + n for n in range(8)}}
"""Numbers of colours by the codes of ECMA-48, section 8.3.117, and of terminals with bright colours."""
_ERASED = re.compile(r"([^\n\x1b]{1,400})\n?\x1b\[(?:\d{0,3}A\x1b\[)?[012]?K")
_OVERSTRUCK = re.compile("\x08{8,}")
_BLANKS = re.compile("[ \t\u00a0\u3000]{300,}")
_FILLED = re.compile("\u2800[\u2800 ]{19,}")
"""Blanks of Braille, which editors show as nothing and do not take for white space."""
_EMPTY_LINES = re.compile(r"\n(?:[ \t]{0,200}\n){200,}")
_CELL = "|"
"""Begins the next cell of a table in Markdown, whose columns are padded."""
_SPELT = re.compile("(?<![A-Za-z\u00ad])(?:[A-Za-z]\u00ad){4,40}[A-Za-z](?![A-Za-z\u00ad])")
_SOFT_HYPHEN = "\u00ad"


def find(text: str) -> Iterator[Layout]:
    """Every passage of `text` that its layout hides."""
    if "\x1b[" in text:
        yield from _concealed(text)
        for erased in _ERASED.finditer(text):
            if is_prose(erased[1]):
                reason = "A control sequence erases this text from a terminal."
                yield ENTITY, *erased.span(1), Severity.HIGH, reason, erased[1]
    for strokes in _OVERSTRUCK.finditer(text):
        start = max(text.rfind("\n", 0, strokes.start()) + 1, strokes.start() - len(strokes[0]))
        words = text[start : strokes.start()]
        if is_prose(words):
            yield ENTITY, start, strokes.start(), Severity.HIGH, "Backspaces overwrite this text.", words
    if _SOFT_HYPHEN in text:
        for word in _SPELT.finditer(text):
            plain = word[0].replace(_SOFT_HYPHEN, "")
            yield ENTITY, *word.span(), Severity.HIGH, "Soft hyphens break up a word letter by letter.", plain
    for pattern, reason, severity in (
        (_BLANKS, "This text stands far to the right of the rest of its line.", Severity.MEDIUM),
        (_FILLED, "Characters that look like nothing move this text out of sight.", Severity.HIGH),
        (_EMPTY_LINES, "This text stands far below the rest.", Severity.MEDIUM),
    ):
        for gap in pattern.finditer(text):
            end = text.find("\n", gap.end(), gap.end() + _LONGEST)
            words = text[gap.end() : end if end >= 0 else gap.end() + _LONGEST]
            if is_prose(words) and not words.startswith(_CELL):
                yield ENTITY, gap.end(), gap.end() + len(words), severity, reason, words


def _concealed(text: str) -> Iterator[Layout]:
    """Text that a terminal shows as nothing, or in the colour of its ground."""
    hidden, ink, ground = False, -1, -2
    for part in _STYLED.finditer(text):
        for code in part[1].split(";"):
            if code in ("0", ""):
                hidden, ink, ground = False, -1, -2
            hidden = code == _CONCEAL or (hidden and code not in _VISIBLE)
            ink, ground = _INKS.get(code, ink), _GROUNDS.get(code, ground)
        if (hidden or ink == ground) and is_prose(part[2]):
            reason = "A control sequence keeps this text from being seen on a terminal."
            yield ENTITY, *part.span(2), Severity.HIGH, reason, part[2]
