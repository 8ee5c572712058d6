"""Reads a text with a trained model: which sentences read like an attempt to take over a model.

Invariants: deterministic; a passage is reported where it stands in the given text, also when it was encoded or
disguised. The model knows sentences, not documents, so it reads texts of one sentence too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from pipeline.detectors.injection.encodings import decodings
from pipeline.detectors.injection.views import INVISIBLE, RuleView, folded, latinised
from pipeline.detectors.learned.model import WindowModel
from pipeline.detectors.learned.reading import ScoredWindow, TrainedModels, scored

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


class LearnedReading:
    """The scores that the model gives to the sentences of a text."""

    def __init__(self, model: WindowModel, text: str, read: Sequence[ScoredWindow]) -> None:
        """`read` are the windows of `text` with the scores of `model`."""
        self._model, self._text, self._read = model, text, read

    def doubts(self, start: int, end: int) -> bool:
        """Whether the model takes every sentence that overlaps a span for an ordinary one."""
        inside = [_score(read) for read in self._read if read.start < end and start < read.end]
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
            best = max(map(_score, self._scored(decoded.text)), default=None)
            if best is not None and best >= self._model.lineage.threshold:
                confidence = round(self._model.confidence(best), 4)
                yield LearnedPassage(decoded.start, decoded.end, confidence, decoded.technique, decoded.text)

    def _scored(self, text: str) -> list[ScoredWindow]:
        return scored(text, TrainedModels(self._model, None))

    def _seen(self, view: RuleView) -> Iterator[LearnedPassage]:
        read = []
        for window in self._scored(view.text):
            start, end = view.span(window.start, window.end)
            read.append(window._replace(start=start, end=end))
        yield from _joined(self._model, read, "look-alike or invisible characters", None)


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
