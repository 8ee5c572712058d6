"""Views of a text: folded for the rules, with places that lead back to the text.

Invariants: pure and linear. Each character keeps its place: character `i` of a view stands for code point `places[i]`
of the text. Folding removes differences in the look of words, not in their meaning: case, accents, full-width and
mathematical letters, fancy quotes, emphasis marks, invisible characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.detectors.learned.windows import DENSE
from pipeline.domain.documents.confusables import NEAR

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
INVISIBLE = re.compile(f"[{_INVISIBLE}]+")
"""Runs of characters that show nothing."""
_DROPPED = re.compile(f"[{_INVISIBLE}\u0300-\u036f]+")

_INVISIBLE_BETWEEN = re.compile(f"[A-Za-z][{_INVISIBLE}]+[A-Za-z]")
_TAG = re.compile(r"</?[a-z][^<>]{0,200}>")
# Both begin with the sign itself, which the engine finds much faster than a letter.
_TAG_IN_WORD = re.compile(r"<(?<=[a-z]<)/?[a-z][^<>]{0,200}>[a-z]")
_EMPHASIS_IN_WORD = re.compile(r"\*(?<=[^\W\d_]\*)\*{0,2}[^\W\d_]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_MIXED = re.compile("[a-z][\u0370-\u058f]|[\u0370-\u058f][a-z]")


_SMALL = f"a-zß-öø-ÿа-яё{DENSE}"
_INLINE = r"</?(?:b|i|u|s|em|strong|span|font|a|code|small|big|mark|sub|sup|wbr|tt|ins|del)(?:\s[^<>\n]{0,200})?/?>"
_CELL_END = r"\||</t[dh]>\s{0,40}<t[dh](?:\s[^<>\n]{0,200})?>"
_IMAGE = re.compile(r"!\[(?P<alt>[^\]\n]{8,400})\]\([^()\s]{1,300}\)")
_ANY_TAG = re.compile("<[^<>]*>")
_CUT = re.compile(
    rf"(?<=[^\W\d_])(?:[ \t]{{0,9}}(?P<cell>{_CELL_END})[ \t]{{0,9}}|[ \t]{{0,9}}(?:{_INLINE}[ \t]{{0,9}}){{1,8}})"
    rf"(?=[{_SMALL}])",
    re.IGNORECASE,
)
"""A border of cells, or inline mark-up, between a letter and a small letter: a reader goes on with the sentence."""


@dataclass(frozen=True, slots=True)
class RuleView:
    """What the rules read in place of the text. `places` is None when every character stands for itself."""

    text: str
    places: Sequence[int] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the text that `text[start:end]` of this view stands for."""
        if self.places is None:
            return start, end
        if start >= end:
            return self.places[start], self.places[start]
        return self.places[start], self.places[end - 1] + 1


def folded(text: str) -> RuleView:
    """The view all rules are written against."""
    if text.isascii():
        return RuleView(text.lower().replace("*", " "))
    places: list[int] | None = None
    if _DROPPED.search(text):
        places, kept, last = [], [], 0
        for run in _DROPPED.finditer(text):
            kept.append(text[last : run.start()])
            places.extend(range(last, run.start()))
            last = run.end()
        kept.append(text[last:])
        places.extend(range(last, len(text)))
        text = "".join(kept)
    lowered = text.replace("İ", "I").lower().replace("*", " ")
    return RuleView(_NOT_ASCII.sub(lambda run: run.group().translate(_FOLDS), lowered), places)


def latinised(view: RuleView) -> RuleView | None:
    """`view` with look-alike letters of other scripts made Latin, if some word mixes scripts."""
    if view.text.isascii() or not _MIXED.search(view.text):
        return None
    return RuleView(view.text.translate(NEAR), view.places)


def untagged(view: RuleView) -> RuleView | None:
    """`view` without mark-up, if a tag stands inside a word."""
    if not _TAG_IN_WORD.search(view.text):
        return None
    kept: list[str] = []
    places: list[int] = []
    last = 0
    for tag in (*_TAG.finditer(view.text), None):
        end = tag.start() if tag else len(view.text)
        kept.append(view.text[last:end])
        places.extend(range(last, end) if view.places is None else view.places[last:end])
        last = tag.end() if tag else end
    return RuleView("".join(kept), places)


def unemphasised(text: str, view: RuleView) -> RuleView | None:
    """`view` of `text` without the asterisks of `text`, if some stand inside a word."""
    if not _EMPHASIS_IN_WORD.search(text):
        return None
    places = range(len(text)) if view.places is None else view.places
    kept = [at for at, place in enumerate(places) if text[place] != "*"]
    return RuleView("".join(view.text[at] for at in kept), [places[at] for at in kept])


def rejoined(text: str) -> Iterator[tuple[RuleView, list[int]]]:
    """`text` with the halves of sentences joined that cells or inline mark-up cut, and where it was joined.

    Cells are joined with a space and with nothing, for they may cut a word.
    """
    cuts = [cut for cut in _CUT.finditer(text) if not text[cut.end()].isupper()] if "|" in text or "<" in text else []
    if not cuts:
        return
    for between_cells in (" ", "") if any(cut["cell"] for cut in cuts) else ("",):
        kept: list[str] = []
        places: list[int] = []
        seams: list[int] = []
        last = 0
        for cut in (*cuts, None):
            end = cut.start() if cut else len(text)
            kept.append(text[last:end])
            places.extend(range(last, end))
            if cut:
                seams.append(len(places))
                blank = between_cells if cut["cell"] else " " * any(map(str.isspace, _ANY_TAG.sub("", cut[0])))
                kept.append(blank)
                places.extend([end] * len(blank))
                last = cut.end()
        yield RuleView("".join(kept), places), seams


def bare_images(text: str) -> Iterator[tuple[RuleView, list[int]]]:
    """`text` with the alternative text of images of Markdown in their place, and where each begins, if there is one."""
    images = list(_IMAGE.finditer(text)) if "![" in text else []
    if not images:
        return
    places: list[int] = []
    seams: list[int] = []
    last = 0
    for image in images:
        places.extend(range(last, image.start()))
        seams.append(len(places) + 1)
        places.extend(range(*image.span("alt")))
        last = image.end()
    places.extend(range(last, len(text)))
    yield RuleView("".join(text[place] for place in places), places), seams


def widened(text: str) -> RuleView | None:
    """`text` with each invisible character read as a space, if there is one between letters."""
    if text.isascii() or not _INVISIBLE_BETWEEN.search(text):
        return None
    return folded(INVISIBLE.sub(lambda run: " " * len(run.group()), text))


def _fold(character: str) -> str:
    """One character for one character, always."""
    lower = character.lower()
    base = unicodedata.normalize("NFKD", lower if len(lower) == 1 else character)[:1]
    if not base or (unicodedata.combining(base) or base.isspace()):
        base = " " if character.isspace() else character
    return base.lower() if len(base.lower()) == 1 else base


def _folds() -> dict[int, str]:
    ranges: Iterable[tuple[int, int]] = (
        (0xA0, 0x250),
        (0x370, 0x530),
        (0x1E00, 0x2000),
        (0x2000, 0x200B),
        (0x2028, 0x2030),
        (0x2070, 0x20A0),
        (0x2100, 0x2150),
        (0x2460, 0x2500),
        (0xFF01, 0xFFA0),
        (0x1D400, 0x1D800),
        (0x1F130, 0x1F18A),
    )
    table = {}
    for first, last in ranges:
        for point in range(first, last):
            character = chr(point)
            if unicodedata.category(character) == "Cn":
                continue
            # Cyrillic letters with marks are letters of their own: only their case is folded.
            folded_to = _fold(character) if not 0x400 <= point < 0x530 else character.lower()
            if 0x1F130 <= point < 0x1F18A:
                folded_to = chr(ord("a") + (point - 0x1F130) % 32) if (point - 0x1F130) % 32 < 26 else character
            if folded_to != character and len(folded_to) == 1:
                table[point] = folded_to
    singles = dict(
        zip(
            "ıłøđßæœðþ‘’‚‛“”„‟«»‹›′″–—―‐‑‒−。।॥،؛؟、・｡*¿¡ʼ",
            "ilodsaodp''''\"\"\"\"\"\"''''-------...,;?,.. ?!'",
            strict=True,
        )
    )
    table.update({ord(character): plain for character, plain in singles.items()})
    return table


_FOLDS = _folds()
