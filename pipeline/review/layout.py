"""Two masked texts as lines for a page: removed and added lines, marks, and folded stretches.

Invariants: plain data, no mark-up. Every line carries the number it has in the old and in the new text. Unchanged
lines are left out where nothing near them changed or was found, with the number of lines left out.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.domain.findings.masking import Mark, MarkKind, MaskedText
from pipeline.domain.findings.text_diff import Edit, EditKind, diff
from pipeline.domain.frozen import Frozen

CONTEXT = 3
"""Unchanged lines shown around what changed or was found."""
MOST_LINES = 4_000
"""Lines of one text that are laid out; what is beyond is counted, never silently missing."""


class Piece(Frozen):
    """A stretch of one line with one state and one set of marks."""

    text: str
    kind: EditKind
    marks: tuple[Mark, ...] = ()


class Line(Frozen):
    """A line, with its number in the text served now and in the new one where it begins there."""

    old: int | None
    new: int | None
    pieces: tuple[Piece, ...]


class Hunk(Frozen):
    """Lines that belong together, after `skipped` unchanged ones."""

    skipped: int
    lines: tuple[Line, ...]


class TextView(Frozen):
    """A text, or the difference between two, as hunks."""

    compared: bool
    """Whether there was an older text to compare with."""
    hunks: tuple[Hunk, ...]
    skipped_at_end: int
    cut: int
    """Lines not laid out because the text is too long for a page."""
    words_added: int
    words_removed: int


def view(old: MaskedText | None, new: MaskedText, *, whole: bool = False) -> TextView:
    """Lay out the difference; without an old text, or with `whole`, nothing is left out."""
    edits = diff(old.text, new.text) if old is not None else _as_it_is(new.text)
    lines = list(_lines(edits, old or MaskedText(text="", marks=()), new))
    cut = max(0, len(lines) - MOST_LINES) if old is None or whole else 0
    lines = lines[: len(lines) - cut] if cut else lines
    hunks, at_end = ([Hunk(skipped=0, lines=tuple(lines))], 0) if old is None or whole else _collapsed(lines)
    shown = sum(len(hunk.lines) for hunk in hunks)
    if shown > MOST_LINES:
        hunks, cut = _shortened(hunks)
    return TextView(
        compared=old is not None,
        hunks=tuple(hunks),
        skipped_at_end=at_end,
        cut=cut,
        words_added=_words(edits, EditKind.ADDED, new.text),
        words_removed=_words(edits, EditKind.REMOVED, old.text if old is not None else ""),
    )


def _as_it_is(text: str) -> list[Edit]:
    return [Edit(EditKind.SAME, 0, 0, 0, len(text))] if text else []


class _Marks:
    """Marks of one text, found by place."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._marks = marks
        self._starts = [mark.start for mark in marks]
        self._longest = max((mark.stop - mark.start for mark in marks), default=0)

    def within(self, start: int, stop: int) -> list[Mark]:
        """Marks that overlap `[start, stop)`."""
        first = bisect_left(self._starts, start - self._longest)
        return [mark for mark in self._marks[first : bisect_left(self._starts, stop)] if mark.stop > start]


def _lines(edits: Sequence[Edit], old: MaskedText, new: MaskedText) -> Iterator[Line]:
    old_marks, new_marks = _Marks(old.marks), _Marks(new.marks)
    old_number = new_number = 1
    old_starts = new_starts = True
    pieces: list[Piece] = []
    first_old = first_new = 0
    for edit in edits:
        removed = edit.kind is EditKind.REMOVED
        text, start, stop = (old, edit.old_start, edit.old_stop) if removed else (new, edit.new_start, edit.new_stop)
        at = start
        while at < stop:
            end = text.text.find("\n", at, stop)
            end = stop if end < 0 else end + 1
            stretch = text.text[at:end]
            if not pieces:
                first_old = first_new = 0
            if edit.kind is not EditKind.ADDED and old_starts:
                first_old, old_starts = first_old or old_number, False
            if not removed and new_starts:
                first_new, new_starts = first_new or new_number, False
            pieces.extend(_pieces(stretch, at, edit.kind, old_marks if removed else new_marks))
            ended = stretch.endswith("\n")
            if edit.kind is EditKind.SAME and edit.old_stop > edit.old_start:
                # Where only the wrapping differs the old text can have its line ends elsewhere in this stretch.
                offset = edit.old_start + at - start
                ends = old.text.count("\n", offset, offset + len(stretch))
                old_number, old_starts = old_number + ends, old_starts or ends > 0
            elif removed and ended:
                old_number, old_starts = old_number + 1, True
            if not removed and ended:
                new_number, new_starts = new_number + 1, True
            if ended:
                yield Line(old=first_old or None, new=first_new or None, pieces=tuple(pieces))
                pieces = []
            at = end
    if pieces:
        yield Line(old=first_old or None, new=first_new or None, pieces=tuple(pieces))


def _pieces(stretch: str, at: int, kind: EditKind, marks: _Marks) -> Iterator[Piece]:
    """The stretch without its line end, cut wherever a mark begins or ends."""
    stretch = stretch.removesuffix("\n")
    stop = at + len(stretch)
    here = marks.within(at, stop)
    if not stretch:
        yield Piece(text="", kind=kind)
        return
    cuts = sorted({at, stop, *(edge for mark in here for edge in (mark.start, mark.stop) if at < edge < stop)})
    for start, end in pairwise(cuts):
        on = tuple(mark for mark in here if mark.start < end and mark.stop > start)
        yield Piece(text=stretch[start - at : end - at], kind=kind, marks=on)


def _collapsed(lines: Sequence[Line]) -> tuple[list[Hunk], int]:
    shown = [False] * len(lines)
    for n, line in enumerate(lines):
        if _tells(line):
            for near in range(max(0, n - CONTEXT), min(len(lines), n + CONTEXT + 1)):
                shown[near] = True
    hunks: list[Hunk] = []
    held: list[Line] = []
    skipped = waiting = 0
    for line, wanted in zip(lines, shown, strict=True):
        if wanted:
            held.append(line)
        else:
            if held:
                hunks.append(Hunk(skipped=skipped, lines=tuple(held)))
                held, waiting = [], 0
            waiting += 1
            skipped = waiting
    if held:
        hunks.append(Hunk(skipped=skipped, lines=tuple(held)))
        waiting = 0
    return hunks, waiting


def _tells(line: Line) -> bool:
    """Whether a line changed, or holds something a reviewer should see."""
    return any(
        piece.kind is not EditKind.SAME or any(mark.kind is not MarkKind.MASKED or mark.finding for mark in piece.marks)
        for piece in line.pieces
    )


def _shortened(hunks: Sequence[Hunk]) -> tuple[list[Hunk], int]:
    kept: list[Hunk] = []
    left, cut = MOST_LINES, 0
    for hunk in hunks:
        if left > 0:
            kept.append(hunk.model_copy(update={"lines": hunk.lines[:left]}))
        cut += max(0, len(hunk.lines) - max(left, 0))
        left -= len(hunk.lines)
    return kept, cut


def _words(edits: Sequence[Edit], kind: EditKind, text: str) -> int:
    on_old = kind is EditKind.REMOVED
    return sum(
        len((text[e.old_start : e.old_stop] if on_old else text[e.new_start : e.new_stop]).split())
        for e in edits
        if e.kind is kind
    )
