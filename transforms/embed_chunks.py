"""Gate: vectors for chunks, in length-sorted batches across documents.

Invariants: a chunk embedded before (same text, same model) is not embedded again. Batches are bounded by characters,
so memory does not grow with the corpus.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.domain.documents.documents import Chunk
from pipeline.domain.ports import Vectors
from pipeline.index.signing import Verifier
from pipeline.models.embedder import locked_embedder
from pipeline.models.embedding_cache import EmbeddingCache
from pipeline.models.shape import DIMENSIONS
from pipeline.telemetry.progress import PROGRESS
from transforms.support.bases import GateFn, GateTransform
from transforms.support.coders import EmbeddedChunk
from transforms.support.measured import measured

BATCH_CHARACTERS = 400_000
"""About 600 chunks: enough to sort by length, little enough to keep."""


class EmbedChunks(GateTransform):
    """Chunks → embedded chunks."""

    def expand(self, chunks: beam.PCollection) -> beam.PCollection:
        return chunks | "embed" >> beam.ParDo(_Embed(self._context))


@measured
class _Embed(GateFn):
    gate = "embed_chunks"
    embedded = Metrics.counter(gate, "chunks_embedded")
    cached = Metrics.counter(gate, "chunks_cached")

    def setup(self) -> None:
        self._cache = EmbeddingCache(self._context.files.embeddings, DIMENSIONS)

    def teardown(self) -> None:
        self._cache.close()

    def start_bundle(self) -> None:
        self._waiting: list[tuple[Chunk, Any, Any]] = []
        self._characters = 0

    def process(
        self, chunk: Chunk, timestamp: Any = beam.DoFn.TimestampParam, window: Any = beam.DoFn.WindowParam
    ) -> Iterator[WindowedValue]:
        self._waiting.append((chunk, timestamp, window))
        self._characters += len(chunk.text)
        if self._characters >= BATCH_CHARACTERS:
            yield from self._flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from self._flush()

    def _flush(self) -> Iterator[WindowedValue]:
        waiting, self._waiting, self._characters = self._waiting, [], 0
        if not waiting:
            return
        model = self._context.binding.model_digest
        texts = {chunk.text_digest: chunk.text for chunk, _, _ in waiting}
        vectors, embedded = self._cache.get_or_embed(texts, model, self._embed)
        self.embedded.inc(embedded)
        PROGRESS.add("chunks", len(waiting))
        self.cached.inc(len(texts) - embedded)
        for chunk, timestamp, window in waiting:
            yield WindowedValue(EmbeddedChunk(chunk, vectors[chunk.text_digest]), timestamp, (window,))

    def _embed(self, texts: Sequence[str]) -> Vectors:
        self._context.note_work()
        return locked_embedder(self._context.files, self._context.embedding, self._verified).embed(texts)

    def _verified(self, envelope: Mapping[str, object], kind: str) -> bytes:
        """The payload that the home signed. Keys are read when a model is loaded, not with every batch of texts."""
        return Verifier.load(self._context.files.keys).verify(envelope, kind)
