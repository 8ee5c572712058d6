"""The weights that say how much a window reads like an order to an assistant, plain or overt.

Invariants: the files are numbers and JSON, compared with the model lock before they are read (law 12). The score of a
window is a sum of whole numbers and one division, so it is the same on every machine.
"""

import sys
from array import array
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path
from typing import Self

from pydantic import Field, ValidationError

from pipeline.detectors.learned.features import BITS, VERSION
from pipeline.domain.digests import digest_bytes
from pipeline.domain.errors import ModelLockError
from pipeline.domain.frozen import Frozen

WEIGHTS, LINEAGE = "weights.int16", "lineage.json"
"""Names of the files of the model's folder. The weights are 16-bit numbers, low byte first."""


class TrainingFigures(Frozen):
    """Measures of the model, on documents that its training did not see."""

    false_alarms: float
    """Share of ordinary documents with a window at the threshold or above."""
    found: dict[str, float]
    """Share of documents with an order that have one there, by source or family of orders left out."""


class TrainedLineage(Frozen):
    """Where the weights come from, and how a score is read."""

    base: None = None
    """No other model: the weights start at zero."""
    code_version: str
    """Of Corpusgate when the model was trained."""
    features_version: int
    seed: int
    generator_digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of what the generator of orders and ordinary documents writes for the seed."""
    data: dict[str, str]
    """Packages whose documentation was ordinary text, with version, and how much of each was read."""
    data_digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    """Of the ordinary documents as they were read."""
    windows: int
    orders: int
    weights_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scale: float = Field(gt=0)
    """Worth of a weight of 1."""
    bias: float
    threshold: float
    """Score from which a window is reported."""
    slope: float = Field(gt=0)
    offset: float
    """A score's confidence is the logistic function of slope * score + offset."""
    figures: TrainingFigures


@dataclass(frozen=True, slots=True)
class WindowModel:
    """Weights in memory, with their lineage."""

    weights: "array[int]"
    lineage: TrainedLineage

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The model in a folder that was compared with the lock. Raises `ModelLockError`."""
        data = (folder / WEIGHTS).read_bytes()
        try:
            lineage = TrainedLineage.model_validate_json((folder / LINEAGE).read_bytes())
        except ValidationError:
            raise _refused("its lineage cannot be read") from None
        if lineage.features_version != VERSION:
            raise _refused("it was trained for other features")
        if len(data) != 2 << BITS or digest_bytes(data) != lineage.weights_sha256:
            raise _refused("its weights are not those its lineage names")
        weights = array("h", data)
        if sys.byteorder == "big":
            weights.byteswap()
        return cls(weights, lineage)

    def score(self, features: list[int]) -> float:
        """How much a window with these features reads like an order; 0 is even, before any threshold."""
        total = sum(map(self.weights.__getitem__, features))
        return self.lineage.bias + self.lineage.scale * total / sqrt(len(features))

    def confidence(self, score: float) -> float:
        """The share of windows of that score that are orders, if half of all documents hold one."""
        return 1 / (1 + exp(-max(-50.0, min(50.0, self.lineage.slope * score + self.lineage.offset))))


def _refused(why: str) -> ModelLockError:
    return ModelLockError(
        f"A trained model of orders was not loaded: {why}.",
        done="No document is scanned with it.",
        fix="Install Corpusgate again, or set detectors.plain_orders or detectors.overt_orders to false.",
    )
