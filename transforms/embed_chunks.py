"""Gate: vectors for chunks, in length-sorted batches across documents.

A batch is embedded in the background, while the graph scans and cuts the documents behind it.

Invariants: a chunk embedded before (same text, same model) is not embedded again. Batches are bounded by characters and
at most one is in the background, so memory does not grow with the corpus. A batch that fails fails its bundle.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import apache_beam as beam
import numpy as np
from apache_beam.metrics import Metrics
from apache_beam.utils.windowed_value import WindowedValue
from numpy.typing import NDArray

from pipeline.domain.documents.documents import Chunk
from pipeline.domain.ports import Vectors
from pipeline.index.signing import Verifier
from pipeline.models.embedder import locked_embedder
from pipeline.models.embedding_cache import EmbeddingCache
from pipeline.models.lock import ModelLock
from pipeline.telemetry.progress import PROGRESS
from transforms.support.bases import GateFn, GateTransform
from transforms.support.coders import EmbeddedChunk
from transforms.support.measured import measured

BATCH_CHARACTERS = 100_000
"""About 150 chunks: enough to sort by length and to write at once, and soon full, so that embedding begins early."""

_Vectors = dict[str, NDArray[np.float32]]


class EmbedChunks(GateTransform):
    """Chunks → embedded chunks."""

    def expand(self, chunks: beam.PCollection) -> beam.PCollection:
        return chunks | "embed" >> beam.ParDo(_Embed(self._context))


class _Batch(NamedTuple):
    """Chunks whose vectors are being made."""

    chunks: list[tuple[Chunk, Any, Any]]
    texts: int
    vectors: Future[tuple[_Vectors, int]]


@measured
class _Embed(GateFn):
    gate = "embed_chunks"
    embedded = Metrics.counter(gate, "chunks_embedded")
    cached = Metrics.counter(gate, "chunks_cached")

    def setup(self) -> None:
        model = ModelLock.load(self._context.models_lock).model(self._context.embedding.model)
        self._cache = EmbeddingCache(self._context.files.embeddings, model.dimensions)
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embed-batch")

    def teardown(self) -> None:
        self._background.shutdown(cancel_futures=True)
        self._cache.close()

    def start_bundle(self) -> None:
        self._waiting: list[tuple[Chunk, Any, Any]] = []
        self._characters = 0
        self._batch: _Batch | None = None

    def process(
        self, chunk: Chunk, timestamp: Any = beam.DoFn.TimestampParam, window: Any = beam.DoFn.WindowParam
    ) -> Iterator[WindowedValue]:
        self._waiting.append((chunk, timestamp, window))
        self._characters += len(chunk.text)
        if self._characters >= BATCH_CHARACTERS:
            yield from self._finished()
            self._begin()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        yield from self._finished()
        self._begin()
        yield from self._finished()

    def _begin(self) -> None:
        """Embed what waits, in the background."""
        if not self._waiting:
            return
        texts = {chunk.text_digest: chunk.text for chunk, _, _ in self._waiting}
        model = self._context.binding.model_digest
        vectors = self._background.submit(self._cache.get_or_embed, texts, model, self._embed)
        self._batch = _Batch(self._waiting, len(texts), vectors)
        self._waiting, self._characters = [], 0

    def _finished(self) -> Iterator[WindowedValue]:
        """The chunks of the batch in the background, once they have vectors."""
        batch, self._batch = self._batch, None
        if batch is None:
            return
        vectors, embedded = batch.vectors.result()
        self.embedded.inc(embedded)
        PROGRESS.add("chunks", len(batch.chunks))
        self.cached.inc(batch.texts - embedded)
        for chunk, timestamp, window in batch.chunks:
            yield WindowedValue(EmbeddedChunk(chunk, vectors[chunk.text_digest]), timestamp, (window,))

    def _embed(self, texts: Sequence[str]) -> Vectors:
        self._context.note_work()
        return locked_embedder(self._context.files, self._context.embedding, self._verified).embed(texts)

    def _verified(self, envelope: Mapping[str, object], kind: str) -> bytes:
        """The payload that the home signed. Keys are read when a model is loaded, not with every batch of texts."""
        return Verifier.load(self._context.files.keys).verify(envelope, kind)
