"""Embeds questions with the model of the generation that they are asked of.

Invariant: a vector is compared only with vectors of a model that its embedder reads; else the search is refused.
"""

from collections.abc import Callable

from pipeline.domain.errors import IntegrityError
from pipeline.domain.ports import EmbeddedQuestion, Embedder, Vectors
from pipeline.domain.serving.publication import GenerationRecord

_ANY_TEXT = "ready"


class QuestionEmbedders:
    """The embedder of the generation that is served, and while generations change, of the one before."""

    def __init__(self, embedder_reading: Callable[[str], Embedder]) -> None:
        self._embedder_reading = embedder_reading
        self._known: tuple[Embedder, ...] = ()

    def reading(self, record: GenerationRecord) -> Embedder:
        """The embedder of questions for that generation. Raises `IntegrityError` if nothing does."""
        known = self._known
        for embedder in known:
            if embedder.reads(record.model_digest):
                return embedder
        embedder = self._embedder_reading(record.model_digest)
        if not embedder.reads(record.model_digest):
            raise IntegrityError(
                "The index was built with another embedding model or precision than questions are embedded with.",
                done="Nothing was searched.",
                fix="Use the configuration the index was built with, or refresh to build it again.",
            )
        self._known = (embedder, *known[:1])
        return embedder

    def prepare(self, record: GenerationRecord) -> None:
        """Have the model of that generation in memory. Raises `IntegrityError`."""
        known = self._known
        if (embedder := self.reading(record)) not in known:
            embedder.embed([_ANY_TEXT])

    def vector(self, question: str, record: GenerationRecord, embedded: EmbeddedQuestion | None = None) -> Vectors:
        """The question for that generation: shape (1, dimensions). Raises `IntegrityError`."""
        embedder = self.reading(record)
        if embedded is not None and embedded.embedder_digest == embedder.digest:
            return embedded.vector
        return embedder.embed([question])
