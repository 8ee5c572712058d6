"""Reads a text with the trained models: which sentences read like an attempt to take over a model, or out of place.

Invariants: deterministic; a passage is reported where it stands in the given text, also when it was encoded or
disguised. The model knows sentences, not documents, so it reads texts of one sentence too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

from pipeline.detectors.injection.encodings import Decoded, decodings
from pipeline.detectors.injection.views import INVISIBLE, RuleView, bare_images, folded, latinised, rejoined
from pipeline.detectors.learned.model import WindowModel
from pipeline.detectors.learned.reading import ScoredWindow, TrainedModels, scored

_STYLED = re.compile("[\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff]")
"""Latin letters of full width and of mathematics. Ordinary sentences are not written with them."""
_DEPTH = 3
"""How often an encoding inside an encoding is followed."""
_GAP = 3
"""Code points between two windows of one passage, at most."""
_DOUBTED = 0.25
"""Confidence below which the model takes a sentence for an ordinary one."""


@dataclass(frozen=True, slots=True)
class LearnedPassage:
    """Neighbouring windows that read like an attack."""

    start: int
    end: int
    confidence: float
    technique: str | None
    """How it was disguised, if it was."""
    value: str | None
    """The decoded text, if it was encoded."""


class TextReading(NamedTuple):
    """The windows of a text with the scores of the models: as it stands, and in what it disguises or encodes."""

    shown: list[ScoredWindow]
    disguised: list[ScoredWindow]
    """Windows of the text without its disguise, at their places in the text."""
    joined: list[ScoredWindow]
    """Sentences that cells or mark-up cut or frame, as a reader reads them, at their places in the text."""
    decoded: list[tuple[Decoded, list[ScoredWindow]]]
    """Encoded parts of the text, each with its windows at their places in the decoded text."""

    def out_of_place(self) -> list[ScoredWindow]:
        """Windows that could be orders from elsewhere. Decoded text is never at home in its document."""
        inside = [
            window._replace(start=decoded.start, end=decoded.end, alone=False)
            for decoded, windows in self.decoded
            for window in windows
        ]
        return [*self.shown, *self.disguised, *self.joined, *inside]


def read_text(text: str, models: TrainedModels) -> TextReading:
    """Read a text with the models. Without any, nothing is read."""
    if models == TrainedModels(None, None):
        return TextReading([], [], [], [])
    disguised = [window for view in _undisguised(text) for window in _in_view(view, models, None)]
    joined = [
        window for view, seams in (*rejoined(text), *bare_images(text)) for window in _in_view(view, models, seams)
    ]
    decoded = [(one, scored(one.text, models)) for one in _decoded(text, _DEPTH)]
    return TextReading(scored(text, models), disguised, joined, decoded)


def _in_view(view: RuleView, models: TrainedModels, seams: Sequence[int] | None) -> Iterator[ScoredWindow]:
    """The windows of a view at their places in the text."""
    for window in scored(view.text, models, seams):
        start, end = view.span(window.start, window.end)
        yield window._replace(start=start, end=end)


def _decoded(text: str, depth: int) -> Iterator[Decoded]:
    """The encoded parts of a text, also those inside an encoding, at their places in the text."""
    for outer in decodings(text) if depth else ():
        yield outer
        for inner in _decoded(outer.text, depth - 1):
            yield replace(inner, start=outer.start, end=outer.end)


def _undisguised(text: str) -> Iterator[RuleView]:
    """The text as it is read without its disguise: look-alike and styled letters, invisible characters."""
    view = folded(text) if not text.isascii() else None
    if view is not None:
        latin = latinised(view)
        if latin is not None:
            yield latin
        elif INVISIBLE.search(text) or _STYLED.search(text):
            yield view


class LearnedReading:
    """The passages and doubts of the model of overt orders."""

    def __init__(self, model: WindowModel, read: TextReading) -> None:
        self._model, self._read = model, read

    def doubts(self, start: int, end: int) -> bool:
        """Whether the model takes every sentence that overlaps a span for an ordinary one."""
        inside = [_score(read) for read in self._read.shown if read.start < end and start < read.end]
        return bool(inside) and self._model.confidence(max(inside)) < _DOUBTED

    def passages(self) -> Iterator[LearnedPassage]:
        """Passages at the threshold of the model or above, in the text and in what it encodes or disguises."""
        yield from _joined(self._model, self._read.shown, None, None)
        yield from _joined(self._model, self._read.disguised, "look-alike or invisible characters", None)
        yield from _joined(self._model, self._read.joined, "words cut by cells or mark-up", None)
        for decoded, windows in self._read.decoded:
            best = max(map(_score, windows), default=None)
            if best is not None and best >= self._model.lineage.threshold:
                confidence = round(self._model.confidence(best), 4)
                yield LearnedPassage(decoded.start, decoded.end, confidence, decoded.technique, decoded.text)


def _score(window: ScoredWindow) -> float:
    return -inf if window.overt is None else window.overt


def _joined(
    model: WindowModel, read: Sequence[ScoredWindow], technique: str | None, value: str | None
) -> Iterator[LearnedPassage]:
    group: list[ScoredWindow] = []
    for one in (*(found for found in read if _score(found) >= model.lineage.threshold), None):
        if group and (one is None or one.start - group[-1].end > _GAP):
            confidence = round(model.confidence(max(map(_score, group))), 4)
            yield LearnedPassage(group[0].start, group[-1].end, confidence, technique, value)
            group = []
        if one is not None:
            group.append(one)
