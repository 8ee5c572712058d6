"""Words of a picture → text in reading order, by the same rules as the glyphs of a PDF; and how sure it is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import median

from pipeline.extraction.ocr.words import Word
from pipeline.extraction.pdf import layout, rows, wrapping
from pipeline.extraction.pdf.rows import GlyphRun

_NOISE = 20.0
"""Confidence below which a word is most likely lines or shades of a picture."""
_SPACE = 0.25
"""Height of a line above and below the ink of its words, in heights of the ink, as glyphs of a PDF have it."""
_WIDE = 0.9
"""Gap between two words of a line that may part columns or cells, in heights of the line."""


@dataclass(frozen=True, slots=True)
class PictureText:
    """The words of a picture, and how sure they are."""

    words: tuple[Word, ...]
    height: int
    """Of the picture, in pixels."""
    is_blank: bool = False
    """Whether the picture has nothing on it that could be words."""

    @property
    def confidence(self) -> float:
        """Mean confidence from 0 to 100, long words counting more; 100 for a picture without words."""
        letters = self.letters
        return sum(word.confidence * len(word.text) for word in self.words) / letters if letters else 100.0

    @property
    def letters(self) -> int:
        """Characters of all words, the doubtful ones included."""
        return sum(len(word.text) for word in self.words)

    @property
    def turned_by(self) -> int:
        """Degrees counter-clockwise by which the picture must be turned so that its lines run from left to right."""
        counts: Counter[int] = Counter()
        for one, two in pairwise(self.words):
            if one.line == two.line:
                across, down = two.left + two.right - one.left - one.right, two.top + two.bottom - one.top - one.bottom
                counts[(0 if across > 0 else 180) if abs(across) > abs(down) else (90 if down > 0 else 270)] += 1
        return counts.most_common(1)[0][0] if counts else 0

    @property
    def text(self) -> str:
        """Its lines in reading order, without what is most likely no word."""
        return text_of(self.words, self.height)


def text_of(words: Sequence[Word], height: int) -> str:
    """Words of a picture of that height, as lines in reading order."""
    lines = layout.lines(rows.rows(_runs(words, height)))
    return wrapping.joined(lines, wrapping.compounds(line.text for line in lines))


def _runs(words: Sequence[Word], height: int) -> list[GlyphRun]:
    """Neighbouring words of one line, with their bottoms counted from below, as on a page."""
    found: list[GlyphRun] = []
    kept = [word for word in words if word.confidence >= _NOISE]
    for _, line in groupby(kept, key=lambda word: word.line):
        ordered = list(line)
        size = median(word.bottom - word.top for word in ordered)
        starts = [0, *(at for at, (one, two) in enumerate(pairwise(ordered), 1) if two.left - one.right > _WIDE * size)]
        for start, end in pairwise([*starts, len(ordered)]):
            part = ordered[start:end]
            low, high = median(word.bottom for word in part), median(word.top for word in part)
            space = _SPACE * (low - high)
            found.append(
                GlyphRun(
                    [],
                    min(word.left for word in part),
                    height - low - space,
                    max(word.right for word in part),
                    height - high + space,
                    label=" ".join(word.text for word in part),
                )
            )
    return found
