"""Chooses the library that computes a derived model, by figures of one machine.

Invariant: an engine is not chosen if a vector depends on other texts (law 7), or leaves the bounds here.
"""

from collections.abc import Sequence
from typing import Literal

from pipeline.domain.frozen import Frozen

DEFAULT_ENGINE: Literal["onnxruntime"] = "onnxruntime"
"""Runs on every processor, in 32 bits."""
LEAST_COSINE = 0.9998
"""With the reference library. Vectors in bfloat16 have at least that; those in 8-bit integers have less."""
NDCG_TOLERANCE = 0.001
LEAST_GAIN = 1.2
"""Times as fast as the default engine. Below that, running on every machine is worth more."""


class EngineFigures(Frozen):
    """One engine on one machine."""

    engine: str
    texts_per_processor_second: float
    lowest_cosine: float
    """With the reference library, of the probe texts."""
    same_bits: bool
    """Whether every probe text had the same vector alone and in company."""
    reference_ndcg: float | None = None
    ndcg: float | None = None
    """nDCG@10 of a collection, where one was given."""

    @property
    def holds(self) -> bool:
        """Whether its vectors may be used. A figure that is not a number does not hold."""
        ranks = True
        if self.ndcg is not None and self.reference_ndcg is not None:
            ranks = abs(self.ndcg - self.reference_ndcg) <= NDCG_TOLERANCE
        return self.same_bits and self.lowest_cosine >= LEAST_COSINE and ranks


def fastest(figures: Sequence[EngineFigures]) -> str:
    """The engine to use: the fastest that holds, if it is `LEAST_GAIN` times as fast as the default, else the default.

    Args:
        figures: One entry an engine, the default among them. Equal speeds: the first one.

    """
    speed = {each.engine: each.texts_per_processor_second for each in figures if each.holds}
    least = LEAST_GAIN * max(each.texts_per_processor_second for each in figures if each.engine == DEFAULT_ENGINE)
    enough = {engine: rate for engine, rate in speed.items() if engine == DEFAULT_ENGINE or rate >= least}
    return max(enough, key=enough.__getitem__, default=DEFAULT_ENGINE)
