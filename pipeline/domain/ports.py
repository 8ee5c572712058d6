"""Protocols that adapters satisfy. They are structural: an adapter imports nothing to satisfy one."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.findings.findings import Detection, FindingKind

Vectors = NDArray[np.float32]
"""Shape (n, dimensions), each row of unit length."""


class Detector(Protocol):
    """Finds things in text. Deterministic; raises on any doubt about its own work."""

    name: str

    @property
    def kinds(self) -> tuple[FindingKind, ...]:
        """Kinds of findings it looks for. Each has canaries."""
        ...

    @property
    def digest(self) -> str:
        """Changes whenever the same text could get other findings: rules, versions, thresholds, models."""
        ...

    def scan(self, document: ExtractedText) -> list[Detection]:
        """Everything found in `document.text`, sorted by place; spans are code points in that text."""
        ...


class EmbeddedQuestion(NamedTuple):
    """A question that was embedded before it is searched for."""

    embedder_digest: str
    """Of the embedder that made the vector; another embedder's generations cannot be searched with it."""
    vector: Vectors
    """Shape (1, dimensions)."""


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def digest(self) -> str:
        """Digest of the model files and everything else that changes vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of one vector."""
        ...

    def reads(self, model_digest: str) -> bool:
        """Whether questions embedded here may be compared with vectors that a model of that digest made."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in order: shape (texts, dimensions), float32.

        The same text gives the same vector, whatever else is embedded with it.
        """
        ...
