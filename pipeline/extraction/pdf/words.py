"""The text of one row: words by the gaps between glyphs, letter spacing joined, right to left in logical order."""

import unicodedata
from collections.abc import Sequence

from pipeline.extraction.pdf.glyphs import BLANK, Glyph
from pipeline.extraction.pdf.rows import GlyphRun, alike

_WORD_GAP = 0.13
"""Narrowest gap between words, in heights of a line (a height is about 1.15 times the size of the font)."""
_EVEN = 0.1
"""How much the gaps of letter spacing differ, in heights."""
_EVEN_SHARE = 0.7
"""Share of the gaps of a row that must be alike if the row is letter-spaced."""
_WIDEST = 1.2
"""Widest letter spacing, in heights."""
_LEAST_HEIGHT = 0.01
"""Of a glyph, in points: a font scaled to no height draws glyphs without one."""
_FEWEST_SPACED = 4
"""Single letters in a row that are a letter-spaced word and not several words of one letter."""
_STRONG_RIGHT = frozenset({"R", "AL"})


def text_of(row: Sequence[GlyphRun]) -> str:
    """The text of neighbouring runs of one row."""
    pieces: list[tuple[bool, str]] = []
    drawn: list[GlyphRun] = []
    for run in (*row, None):
        if run is not None and not run.label:
            drawn.append(run)
            continue
        if drawn:
            pieces += ((False, word) for word in _words(drawn))
            drawn = []
        if run is not None:
            pieces.append((True, run.label))
    words = [word for _, word in pieces]
    text = " ".join(words)
    if text.isascii() or not any(_is_right(word) for word in words):
        return text
    return " ".join(_logical([word if labelled else _turned(word) for labelled, word in pieces]))


def _words(row: Sequence[GlyphRun]) -> list[str]:
    """Words from left to right as they are drawn."""
    glyphs = [glyph for run in row for glyph in run.glyphs]
    lefts, bottoms, rights, tops, texts, _ = zip(*glyphs, strict=True)
    gaps = [
        (left - end) / max(top - bottom, _LEAST_HEIGHT)
        for left, end, bottom, top, text, before in zip(
            lefts[1:], rights, bottoms[1:], tops[1:], texts[1:], texts, strict=False
        )
        if BLANK not in (text, before)
    ]
    text = "".join(texts)
    if max(gaps, default=0.0) <= _WORD_GAP and text.count(BLANK) == texts.count(BLANK):
        return [word for word in text.split(BLANK) if word]  # nearly all rows: only white space parts words
    return _parted(row, glyphs, gaps)


def _parted(row: Sequence[GlyphRun], glyphs: Sequence[Glyph], gaps: Sequence[float]) -> list[str]:
    """Words by white space and by the gaps between glyphs that no white space parts, in heights."""
    combs = {id(glyph) for run in row if run.is_comb for glyph in run.glyphs}
    limit = _tracking(gaps) + _WORD_GAP
    words: list[list[Glyph]] = []
    after_blank: set[int] = set()
    following = iter(gaps)
    blank = True
    for glyph in glyphs:
        if glyph.text == BLANK:
            blank = True
            continue
        if blank:
            words.append([])
            after_blank.add(id(glyph))
        elif next(following) > limit and not (id(glyph) in combs and id(words[-1][-1]) in combs):
            words.append([])
        words[-1].append(glyph)
        blank = False
    return ["".join(glyph.text for glyph in word) for word in _unspaced(words, after_blank)]


def _tracking(gaps: Sequence[float]) -> float:
    """The gap between letters of one word in a letter-spaced row, in heights; 0 for an ordinary row."""
    if len(gaps) < _FEWEST_SPACED - 1:
        return 0.0
    middle = sorted(gaps)[len(gaps) // 2]
    alike = sum(abs(gap - middle) <= _EVEN for gap in gaps)
    return middle if middle > 0 and alike >= _EVEN_SHARE * len(gaps) else 0.0


def _unspaced(words: list[list[Glyph]], after_blank: set[int]) -> list[list[Glyph]]:
    """The words with letter-spaced ones inside an ordinary row joined: single letters at even distances.

    Args:
        words: The words of a row.
        after_blank: Identities of the glyphs that follow white space or begin the row.

    """
    found: list[list[Glyph]] = []
    at = 0
    while at < len(words):
        end = at + 1
        while end < len(words) and _evenly(words[at:end], words[end], after_blank):
            end += 1
        if end - at >= _FEWEST_SPACED:
            found.append([glyph for word in words[at:end] for glyph in word])
        else:
            end = at + 1
            found.append(words[at])
        at = end
    return found


def _evenly(before: Sequence[Sequence[Glyph]], word: Sequence[Glyph], after_blank: set[int]) -> bool:
    if len(before[-1]) != 1 or len(word) != 1 or id(word[0]) in after_blank:
        return False
    size = word[0].size
    if word[0].left - before[-1][0].right > _WIDEST * size:
        return False
    return len(before) < 2 or alike(before[0][0], before[1][0], before[-1][0], word[0], _EVEN * size)


def _is_right(word: str) -> bool:
    return not word.isascii() and any(unicodedata.bidirectional(character) in _STRONG_RIGHT for character in word)


def _is_left(word: str) -> bool:
    return any(unicodedata.bidirectional(character) == "L" for character in word)


def _turned(word: str) -> str:
    """A word of a right-to-left script in the order in which it is read; numbers in it stay as they are."""
    if not _is_right(word):
        return word
    pieces: list[str] = []
    number = ""
    for cluster in reversed(_clusters(word)):
        if cluster.isdigit() or (number and cluster in ".,:/"):
            number = cluster + number
            continue
        pieces += [number, _MIRRORED.get(cluster, cluster)]
        number = ""
    return "".join([*pieces, number])


_MIRRORED = {**dict(zip("([{<", ")]}>", strict=True)), **dict(zip(")]}>", "([{<", strict=True))}


def _clusters(word: str) -> list[str]:
    """Characters with the marks that follow them."""
    found: list[str] = []
    for character in word:
        if found and unicodedata.combining(character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _logical(words: list[str]) -> list[str]:
    """Words from left to right in the order in which they are read."""
    right = sum(_is_right(word) for word in words)
    from_right = right >= sum(not _is_right(word) and _is_left(word) for word in words)
    if from_right:
        words = words[::-1]
    # Words against the direction of the line stay together, such as a name in a Hebrew line.
    found: list[str] = []
    against: list[str] = []
    for word in words:
        neutral = not _is_right(word) and not _is_left(word) and not any(map(str.isdigit, word))
        if (_is_right(word) != from_right) and not (neutral and not against):
            against.append(word)
        else:
            found += [*against[::-1], word]
            against = []
    return found + against[::-1]
