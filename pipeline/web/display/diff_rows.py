"""A text view as rows of a page: the stretches of each line, their marks and their tooltips.

Invariants: plain data, no mark-up. Characters that are invisible, or reverse text, never get into a page as they are:
a row holds their code points instead.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from pipeline.domain.findings.masking import Mark, MarkKind, spelled
from pipeline.domain.findings.text_diff import EditKind
from pipeline.review.layout import Line, Piece, TextView

_CHIEF = (
    MarkKind.MASKED, MarkKind.INVISIBLE, MarkKind.LOOKALIKE, MarkKind.FINDING, MarkKind.HIDDEN, MarkKind.CLEAR,
)  # fmt: skip
_WORDS = {
    MarkKind.MASKED: "Covered value",
    MarkKind.CLEAR: "Readers will see",
    MarkKind.FINDING: "Finding",
    MarkKind.HIDDEN: "Hidden from readers",
    MarkKind.INVISIBLE: "Invisible character",
    MarkKind.LOOKALIKE: "Letter of another script",
}


class Stretch(NamedTuple):
    """A stretch of a line under one mark, or under none."""

    text: str
    mark: str = ""
    told: str = ""
    """The tooltip of the mark."""
    finding: int | None = None
    code: str = ""
    """The code point next to a look-alike letter."""


class StretchRun(NamedTuple):
    """Stretches with the same change."""

    change: str
    stretches: tuple[Stretch, ...]


class DiffRow(NamedTuple):
    """A line."""

    old: int | None
    new: int | None
    sign: str
    """`+`, `-`, `±` or nothing."""
    runs: tuple[StretchRun, ...]


class Gap(NamedTuple):
    """Unchanged lines that are left out; `start` counts the lines before them."""

    start: int
    length: int


def rows(view: TextView) -> Iterator[DiffRow | Gap]:
    """The rows of a view, with a gap wherever lines are left out."""
    at = 0
    for hunk in view.hunks:
        if hunk.skipped:
            yield Gap(at, hunk.skipped)
        yield from map(row, hunk.lines)
        at += hunk.skipped + len(hunk.lines)
    if view.skipped_at_end:
        yield Gap(at, view.skipped_at_end)


def lines(view: TextView, start: int, count: int) -> list[DiffRow]:
    """Rows of a whole view, by their place in it."""
    every = [line for hunk in view.hunks for line in hunk.lines]
    return [row(line) for line in every[start : start + count]]


def text_layer(view: TextView) -> list[DiffRow]:
    """The new text alone, as the detectors read it."""
    kept = (
        line.model_copy(update={"old": None, "pieces": tuple(map(_plain, pieces))})
        for hunk in view.hunks
        for line in hunk.lines
        if (pieces := [piece for piece in line.pieces if piece.kind is not EditKind.REMOVED])
    )
    return [row(line) for line in kept]


def unusual_characters(view: TextView) -> dict[str, int]:
    """Names of invisible and look-alike characters in what is shown of the new text, with how often."""
    counted: dict[str, int] = {}
    for hunk in view.hunks:
        for line in hunk.lines:
            for piece in line.pieces:
                for mark in piece.marks:
                    if mark.kind in (MarkKind.INVISIBLE, MarkKind.LOOKALIKE) and piece.kind is not EditKind.REMOVED:
                        counted[mark.label] = counted.get(mark.label, 0) + 1
    return counted


def row(line: Line) -> DiffRow:
    """One line."""
    kinds = {piece.kind for piece in line.pieces if piece.text or len(line.pieces) == 1}
    sign = {frozenset({EditKind.SAME}): "", frozenset({EditKind.ADDED}): "+", frozenset({EditKind.REMOVED}): "−"}.get(
        frozenset(kinds), "±"
    )
    runs = groupby(line.pieces, key=lambda piece: piece.kind)
    return DiffRow(
        line.old, line.new, sign, tuple(StretchRun(kind.value, tuple(map(_stretch, group))) for kind, group in runs)
    )


def _stretch(piece: Piece) -> Stretch:
    if not piece.marks:
        return Stretch(spelled(piece.text))
    chief = min(piece.marks, key=lambda mark: _CHIEF.index(mark.kind))
    told = " ".join(dict.fromkeys(_told(mark) for mark in _ordered(piece.marks)))
    finding = chief.finding or next((mark.finding for mark in piece.marks if mark.finding), None)
    code = chief.label.partition(" ")[0] if chief.kind is MarkKind.LOOKALIKE else ""
    text = chief.label.partition(" ")[0] if chief.kind is MarkKind.INVISIBLE else spelled(piece.text)
    return Stretch(text, chief.kind.value, told, finding, code)


def _ordered(marks: Sequence[Mark]) -> Iterable[Mark]:
    return sorted(marks, key=lambda mark: _CHIEF.index(mark.kind))


def _told(mark: Mark) -> str:
    parts = [f"{_WORDS[mark.kind]}: {mark.label.replace('_', ' ')}"]
    if mark.finding:
        parts.append(f"finding {mark.finding}")
    if mark.detector:
        parts.append(f"{mark.detector}, {mark.severity}")
    return spelled(". ".join([", ".join(parts), *([mark.reason.removesuffix(".")] if mark.reason else [])]) + ".")


def _plain(piece: Piece) -> Piece:
    return piece.model_copy(update={"kind": EditKind.SAME})
