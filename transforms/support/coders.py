"""Coders for elements that cross a shuffle.

Invariants: an element that crosses a shuffle has a deterministic coder and holds no text. `Document` and `Chunk`
have no coder here on purpose: a graph that shuffled them would fall back to pickling, and a test refuses that.
"""

from typing import NamedTuple

import numpy as np
from apache_beam import coders
from numpy.typing import NDArray
from pydantic import BaseModel

from pipeline.domain.documents.changes import DeletionStats
from pipeline.domain.documents.documents import Change, Chunk, DocumentRef, KnownVersion, Outcome, Side, TaggedDocument
from pipeline.domain.documents.listings import Listing
from pipeline.domain.documents.provenance import Source
from pipeline.domain.rates.ingest_rates import Tally


class ModelCoder(coders.Coder):
    """JSON of one frozen model class; equal elements have equal bytes."""

    model: type[BaseModel]

    def encode(self, value: BaseModel) -> bytes:
        """UTF-8 JSON in field order."""
        return value.model_dump_json().encode()

    def decode(self, encoded: bytes) -> BaseModel:
        """The validated model."""
        return self.model.model_validate_json(encoded)

    def is_deterministic(self) -> bool:
        """Field order is fixed, so yes."""
        return True

    def to_type_hint(self) -> type[BaseModel]:
        """The model class."""
        return self.model

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


def _coder_for(model: type[BaseModel]) -> type[ModelCoder]:
    coder = type(f"{model.__name__}Coder", (ModelCoder,), {"model": model, "__module__": __name__})
    globals()[coder.__name__] = coder  # so that workers find it by name
    coders.registry.register_coder(model, coder)
    return coder


SHUFFLED = (Source, Listing, DocumentRef, TaggedDocument, KnownVersion, Side, Change, DeletionStats, Outcome, Tally)
"""Everything that may cross a shuffle."""

for _model in SHUFFLED:
    _coder_for(_model)


class EmbeddedChunk(NamedTuple):
    """A chunk beside its vector."""

    chunk: Chunk
    vector: NDArray[np.float32]
