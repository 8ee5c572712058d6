"""Reads a text once for both models: its windows, their features, and a score of each model.

Invariants: pure. Windows and features take most of the time, so they are computed once for all models.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.detectors.learned.features import numbers
from pipeline.detectors.learned.model import WindowModel
from pipeline.detectors.learned.windows import windows


class TrainedModels(NamedTuple):
    """The models of a home. Its settings or its model lock can leave out each."""

    overt: WindowModel | None
    plain: WindowModel | None


class ScoredWindow(NamedTuple):
    """Where a window stands, and its scores. A model that is left out gives none."""

    start: int
    end: int
    alone: bool
    """Whether the document is hardly more than this window."""
    overt: float | None
    plain: float | None


def scored(text: str, models: TrainedModels, seams: Sequence[int] | None = None) -> list[ScoredWindow]:
    """The windows of a text in order, with their scores; only those with a place of `seams` inside, if it is given."""
    overt, plain = models
    found = []
    for window in windows(text):
        if seams is not None and bisect_right(seams, window.start) == bisect_left(seams, window.end):
            continue
        features = numbers(window)
        found.append(
            ScoredWindow(
                window.start,
                window.end,
                window.alone,
                overt.score(features) if overt else None,
                plain.score(features) if plain else None,
            )
        )
    return found
