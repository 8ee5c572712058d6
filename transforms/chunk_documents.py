"""Gate: cut served text into chunks of the embedding model's size.

Invariants: a document whose served text is the one already indexed under the same model is not cut again: its vectors
stay where they are, whatever happened to its access rule or metadata (an access-only change re-embeds nothing). Front
matter with access tags is scanned like the rest of the document, and never served (law 2).
"""

from collections.abc import Iterator
from typing import Any

import apache_beam as beam

from pipeline.domain.documents.chunking import chunks_of
from pipeline.domain.documents.documents import Action, Chunk, Document, Outcome, TaggedDocument
from pipeline.domain.documents.emptiness import is_blank
from pipeline.domain.documents.outcomes import outcome_of
from pipeline.domain.policy.overruling import GATE_FAILED
from pipeline.files.texts import TextStore
from pipeline.models.sandboxed_splitter import SandboxedSplitter, TextNotCut
from transforms.support.bases import GateFn, GateTransform
from transforms.support.containment import contained
from transforms.support.measured import measured

OUTCOMES = "outcomes"
_OVER_LIMITS = "It could not be cut into chunks within the limits of time and memory: split it into shorter documents."


class ChunkDocuments(GateTransform):
    """Documents to serve → chunks; the documents' outcomes are the tagged output `OUTCOMES`."""

    def expand(self, documents: beam.PCollection) -> Any:
        return documents | "chunk" >> beam.ParDo(_Chunk(self._context)).with_outputs(OUTCOMES, main="chunks")


@measured
class _Chunk(GateFn):
    gate = "chunk_documents"

    def setup(self) -> None:
        extraction = self._context.extraction
        self._splitter = SandboxedSplitter(
            self._context.models_lock,
            self._context.embedding.model,
            extraction.max_characters,
            require_confinement=extraction.require_confinement,
        )
        self._texts = TextStore(self._context.files.texts)

    def teardown(self) -> None:
        self._splitter.close()

    def process(self, document: Document) -> Iterator[Any]:
        tagged, previous = document.change.tagged, document.change.previous
        if tagged is None:
            raise ValueError("a deleted document has no chunks")
        outcome = outcome_of(document)
        serving = previous.serving if previous else None
        context = self._context.of(document.change.snapshot)
        indexed = serving is not None and serving.indexed and serving.served_digest == outcome.served_digest
        if context.reuse_vectors and indexed:
            yield beam.pvalue.TaggedOutput(OUTCOMES, outcome.model_copy(update={"reuse": True}))
            return
        try:
            chunks = self._chunks(document, tagged)
        except Exception as error:  # the document's fault: it is kept out; otherwise it is raised again
            yield beam.pvalue.TaggedOutput(OUTCOMES, _kept_out(document, error))
            return
        if not self._context.dry_run:
            self._texts.put(document.text)
        yield from chunks
        yield beam.pvalue.TaggedOutput(OUTCOMES, outcome.model_copy(update={"chunks": len(chunks)}))

    def _chunks(self, document: Document, tagged: TaggedDocument) -> list[Chunk]:
        if is_blank(document.text):
            return []
        return chunks_of(
            document.doc_id,
            tagged.provenance.content_digest,
            tagged.provenance.access.access_id,
            document.text,
            self._splitter.spans(document.text),
        )


def _kept_out(document: Document, error: Exception) -> Outcome:
    """The outcome of a document that passed and could not be cut."""
    document = contained(document, "chunk_documents", error)
    if document.verdict is None:
        raise ValueError("only a document with a verdict is cut")
    kept_out = {
        "action": Action.QUARANTINE,
        "rule_ids": (GATE_FAILED,),
        "reasons": (_OVER_LIMITS if isinstance(error, TextNotCut) else "It could not be cut into chunks.",),
    }
    return outcome_of(document.noting(verdict=document.verdict.model_copy(update=kept_out)))
