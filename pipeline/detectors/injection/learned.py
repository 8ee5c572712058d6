"""Reads a text with a trained model: which sentences read like an attempt to take over a model.

Invariants: deterministic; a passage is reported where it stands in the given text, also when it was encoded or
disguised. The model knows sentences, not documents, so it reads texts of one sentence too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.detectors.injection.encodings import decodings
from pipeline.detectors.injection.views import INVISIBLE, RuleView, folded, latinised
from pipeline.detectors.learned.model import WindowModel
from pipeline.detectors.learned.windows import windows

_GAP = 3
"""Code points between two windows of one passage, at most."""
_DOUBTED = 0.25
"""Confidence below which the model takes a sentence for an ordinary one."""


class _Read(NamedTuple):
    start: int
    end: int
    score: float


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


class LearnedReading:
    """The scores that the model gives to the sentences of a text."""

    def __init__(self, model: WindowModel, text: str) -> None:
        self._model = model
        self._read = [_Read(window.start, window.end, model.score(window)) for window in windows(text)]
        self._text = text

    def doubts(self, start: int, end: int) -> bool:
        """Whether the model takes every sentence that overlaps a span for an ordinary one."""
        inside = [read.score for read in self._read if read.start < end and start < read.end]
        return bool(inside) and self._model.confidence(max(inside)) < _DOUBTED

    def passages(self) -> Iterator[LearnedPassage]:
        """Passages at the threshold of the model or above, in the text and in what it encodes or disguises."""
        yield from _joined(self._model, self._read, None, None)
        view = folded(self._text) if not self._text.isascii() else None
        if view is not None:
            other = latinised(view) or (view if INVISIBLE.search(self._text) else None)
            if other is not None:
                yield from self._seen(other)
        for decoded in decodings(self._text):
            best = max((self._model.score(window) for window in windows(decoded.text)), default=None)
            if best is not None and best >= self._model.lineage.threshold:
                confidence = round(self._model.confidence(best), 4)
                yield LearnedPassage(decoded.start, decoded.end, confidence, decoded.technique, decoded.text)

    def _seen(self, view: RuleView) -> Iterator[LearnedPassage]:
        read = [_Read(*view.span(window.start, window.end), self._model.score(window)) for window in windows(view.text)]
        yield from _joined(self._model, read, "look-alike or invisible characters", None)


def _joined(
    model: WindowModel, read: list[_Read], technique: str | None, value: str | None
) -> Iterator[LearnedPassage]:
    group: list[_Read] = []
    for one in (*(found for found in read if found.score >= model.lineage.threshold), None):
        if group and (one is None or one.start - group[-1].end > _GAP):
            confidence = round(model.confidence(max(found.score for found in group)), 4)
            yield LearnedPassage(group[0].start, group[-1].end, confidence, technique, value)
            group = []
        if one is not None:
            group.append(one)
