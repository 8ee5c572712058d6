"""Embeds what is served with another model, document by document.

Invariants: only texts that are served are cut and embedded: each is named by a signed generation, its version is live
in the ledger, and the stored text has the digest that was admitted (law 1). Each batch of vectors is kept in the cache
when it is done, so a run that was killed embeds only what is left. Chunks are those that the gate makes for the model.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from pipeline.domain.documents.chunking import chunks_of
from pipeline.domain.documents.documents import Chunk
from pipeline.domain.documents.emptiness import is_blank
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.publication import LiveDocument
from pipeline.files.texts import TextStore
from pipeline.index.generations import Generation
from pipeline.index.staging import StagingWriter
from pipeline.models.embedder import embedder_digest
from pipeline.models.embedding_cache import EmbeddingCache
from pipeline.models.lock import ModelLock
from pipeline.models.sandboxed_splitter import SandboxedSplitter, TextNotCut
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.workspace import Workspace

_BATCH_CHARACTERS = 100_000
"""As in the gate: enough texts to sort by length, and little to lose when the run is killed."""
Progress = Callable[[int], None]
"""Is told how many documents are done."""


class Reembedded(NamedTuple):
    """What became of the served documents."""

    documents: dict[str, tuple[LiveDocument, int]]
    """By id, with how many chunks each has."""
    parts: tuple[str, ...]
    """Staged parts with the chunks; empty without a place to stage them."""
    not_cut: tuple[str, ...]
    """Ids of documents that could not be cut within the limits."""
    embedded: int
    """Texts that were embedded now; others were known."""


class EmbeddedSample(NamedTuple):
    """What some of the served documents say about all of them."""

    documents: int
    chunks: int
    known: int
    """Chunks whose vectors the cache has."""
    processor_seconds: float
    """That embedding all these chunks took, of all threads together."""


class Reembedding:
    """Cuts and embeds the documents of a generation for one model."""

    def __init__(self, workspace: Workspace, settings: EmbeddingSettings) -> None:
        """Verify the model. Raises `ModelLockError`."""
        extraction, lock_file = workspace.home.settings.extraction, workspace.home.models_lock
        self._workspace, self._settings = workspace, settings
        self._texts = TextStore(workspace.home.texts)
        self.model_digest = embedder_digest(lock_file, settings)
        self.dimensions = ModelLock.load(lock_file).model(settings.model).dimensions
        self._splitter = SandboxedSplitter(
            lock_file,
            settings.model,
            extraction.max_characters,
            require_confinement=extraction.require_confinement,
        )
        self._spans: dict[str, list[tuple[int, int]]] = {}
        workspace.home.cache.mkdir(mode=0o700, exist_ok=True)
        self._cache = EmbeddingCache(workspace.home.embeddings, self.dimensions)

    def close(self) -> None:
        """End the child process that cuts, and close the cache."""
        self._splitter.close()
        self._cache.close()

    def run(
        self,
        generation: Generation,
        progress: Progress = lambda _: None,
        staging: StagingWriter | None = None,
    ) -> Reembedded:
        """Embed the live documents of a generation.

        Args:
            generation: What is served.
            progress: Is told how far this is.
            staging: Where chunks and vectors are written, if they are to be published.

        Raises:
            IntegrityError: A text is missing or is not the one that was admitted.

        """
        documents: dict[str, tuple[LiveDocument, int]] = {}
        parts, not_cut, embedded, batch, size = list[str](), list[str](), 0, list[Chunk](), 0
        for done, document in enumerate(self._live(generation), start=1):
            try:
                chunks = self._chunks(document)
            except TextNotCut:
                not_cut.append(document.doc_id)
                continue
            documents[document.doc_id] = document, len(chunks)
            batch += chunks
            size += sum(len(chunk.text) for chunk in chunks)
            if size >= _BATCH_CHARACTERS:
                embedded += self._embed(batch, staging, parts)
                batch, size = [], 0
                progress(done)
        embedded += self._embed(batch, staging, parts)
        return Reembedded(documents, tuple(parts), tuple(not_cut), embedded)

    def sample(self, generation: Generation, most: int) -> EmbeddedSample:
        """Cut and embed `most` documents at most, spread over the whole, and keep nothing of it."""
        chunks, documents = list[Chunk](), 0
        for document in self._live(generation, most):
            with suppress(TextNotCut):
                chunks += self._chunks(document)
                documents += 1
        texts = {chunk.text_digest: chunk.text for chunk in chunks}
        known = self._cache.get_many(list(texts), self.model_digest)
        embedder = self._workspace.embedder_of(self._settings)
        embedder.embed([""])  # loads the model, which is not counted
        before = time.process_time()
        embedder.embed([chunk.text for chunk in chunks])
        seconds = time.process_time() - before
        return EmbeddedSample(documents, len(chunks), sum(chunk.text_digest in known for chunk in chunks), seconds)

    def _live(self, generation: Generation, most: int | None = None) -> Iterator[LiveDocument]:
        documents = [placement.document for placement in generation.documents()]
        if most is not None and len(documents) > most:
            documents = [documents[place] for place in np.linspace(0, len(documents) - 1, most).astype(int)]
        live = self._workspace.ledger.live_versions([document.version_id for document in documents])
        return (document for document in documents if document.version_id in live)

    def _chunks(self, document: LiveDocument) -> list[Chunk]:
        text = self._texts.get(document.text_digest)
        if is_blank(text):
            return []
        spans = self._spans.get(document.text_digest)
        if spans is None:
            spans = self._spans[document.text_digest] = self._splitter.spans(text)
        return chunks_of(document.doc_id, document.content_digest, document.access_id, text, spans)

    def _embed(self, chunks: list[Chunk], staging: StagingWriter | None, parts: list[str]) -> int:
        if not chunks:
            return 0
        texts = {chunk.text_digest: chunk.text for chunk in chunks}
        vectors, embedded = self._cache.get_or_embed(texts, self.model_digest, self._vectors)
        if staging is not None:
            rows = np.stack([vectors[chunk.text_digest] for chunk in chunks]).astype(np.float32)
            parts.append(staging.write_chunks(chunks, rows))
        return embedded

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        return self._workspace.embedder_of(self._settings).embed(texts)
