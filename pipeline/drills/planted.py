"""Plants control documents in the copy of a drill: published like any other, with vectors that no model made.

Invariant: every control document has the same vector as the one question, so no document that a principal may read is
missed because another is closer.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import (
    Action,
    ChangeKind,
    Chunk,
    DocumentRef,
    Outcome,
    TaggedDocument,
    Verdict,
)
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.publication import GenerationRecord, Publication, RunSummary
from pipeline.drills.rehearse import NotProven
from pipeline.index.generations import Generation
from pipeline.index.search.searcher import Searcher
from pipeline.index.staging import StagingReader, StagingWriter
from pipeline.models.shape import DIMENSIONS
from pipeline.publishing.publish import candidate_of, publish
from pipeline.publishing.run import PublisherRun, publisher_lock
from pipeline.workspace import Workspace

QUESTION = "control document"


@dataclass(frozen=True)
class ControlDocument:
    """A document that a drill plants."""

    source: str
    name: str
    access: AccessRule
    submitter: str = "user:drill"
    words: str = ""

    @property
    def text(self) -> str:
        """Its whole text, one chunk."""
        return self.words or f"{QUESTION} {self.name}"

    @property
    def tagged(self) -> TaggedDocument:
        """The document with its provenance."""
        uri = f"drill/{self.name}"
        provenance = Provenance(
            source=self.source, uri=uri, owner=self.submitter, submitter=self.submitter, ingested_at=datetime.now(UTC),
            licence=None, title=None, access=self.access, content_digest=digest_text(self.text), run_id="drill",
        )  # fmt: skip
        return TaggedDocument(ref=DocumentRef(source=self.source, uri=uri, location=uri), provenance=provenance)

    @property
    def chunk(self) -> Chunk:
        """Its one chunk."""
        tagged = self.tagged
        return Chunk(
            chunk_id=digest_text(f"{tagged.doc_id} {self.text}")[:32],
            doc_id=tagged.doc_id,
            content_digest=digest_text(self.text),
            access_id=self.access.access_id,
            ordinal=0,
            start=0,
            end=len(self.text),
            text=self.text,
            text_digest=digest_text(self.text),
        )

    @property
    def doc_id(self) -> str:
        """Its id."""
        return self.tagged.doc_id


class OneVector:
    """An embedder that gives every text the same vector; for the control documents of a drill only."""

    def __init__(self, model_digest: str, dimensions: int) -> None:
        self.digest, self.dimensions = model_digest, dimensions

    def reads(self, model_digest: str) -> bool:
        """Whether it is the model of the copy."""
        return model_digest == self.digest

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text: shape (texts, dimensions), float32, unit length."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        vectors[:, 0] = 1
        return vectors


def without_canaries(workspace: Workspace) -> None:
    """Ask no canary questions in the copy: control documents would change their answers."""
    (workspace.home.configs / "canaries.yaml").write_text("schema_version: 1\nquestions: []\n", "utf-8")


def plant(workspace: Workspace, documents: Sequence[ControlDocument]) -> GenerationRecord:
    """Publish control documents on top of what the copy serves, `without_canaries`."""
    with publisher_lock(workspace) as publisher:
        run = PublisherRun.new(publisher, "drill-")
        serving, binding = publisher.serving(), workspace.binding()
        if serving is not None:
            binding = binding.model_copy(update={"model_digest": serving.record.model_digest})
        dimensions = DIMENSIONS if serving is None else _dimensions(serving)
        outcomes = [
            Outcome(
                doc_id=one.doc_id,
                kind=ChangeKind.NEW,
                version_id=one.tagged.version_id,
                tagged=one.tagged,
                text_digest=digest_text(one.text),
                served_digest=digest_text(one.text),
                verdict=Verdict(
                    action=Action.ADMIT,
                    rule_ids=("drill",),
                    reasons=("A drill planted it.",),
                    content_digest=digest_text(one.text),
                    access_digest=one.access.digest,
                    binding=binding,
                ),
                chunks=1,
            )
            for one in documents
        ]
        sources = sorted({one.source for one in documents})
        with run.on_record(sources):
            writer = StagingWriter(workspace.home.staging / run.run_id)
            chunks = [one.chunk for one in documents]
            vectors = OneVector(binding.model_digest, dimensions).embed([chunk.text for chunk in chunks])
            parts = [writer.write_outcomes(outcomes), writer.write_chunks(chunks, vectors)]
            staged = StagingReader(workspace.home.staging / run.run_id, parts)
            candidate = candidate_of(run, serving, outcomes, staged, binding)
            summary = RunSummary(
                run_id=run.run_id,
                documents={ChangeKind.NEW: len(outcomes)},
                verdicts={Action.ADMIT: len(outcomes)},
                seconds=run.seconds,
                bytes=0,
            )
            publication = Publication(summary=summary, outcomes=tuple(outcomes), generation=candidate.record)
            publish(run, publication, {}, takedowns=candidate.takedowns)
    if candidate.record is None:
        raise NotProven("The control documents changed nothing in what the copy serves.")
    return candidate.record


def searcher(workspace: Workspace, record: GenerationRecord) -> Searcher:
    """The searcher that serves, except that every question is the one of the control documents."""
    dimensions = _dimensions(Generation.open(workspace.index, record, workspace.verifier))
    embedder = OneVector(record.model_digest, dimensions)
    return Searcher(
        workspace.index,
        workspace.checkpoints.guarded(workspace.ledger.current_generation),
        workspace.ledger.live_versions,
        lambda _: embedder,
        workspace.verifier,
        workspace.home.settings.index,
    )


def _dimensions(generation: Generation) -> int:
    """Length of the vectors that a generation holds."""
    lengths = (generation.segment(digest).description.dimensions for digest in generation.statement.segments)
    return next(lengths, DIMENSIONS)


def approved_sources(workspace: Workspace) -> Iterator[str]:
    """Names of the sources whose documents may be served."""
    return (source.name for source in workspace.sources.sources() if source.state.value in ("approved", "narrowed"))


def planted_among(found: Collection[str], documents: Sequence[ControlDocument]) -> set[str]:
    """The control documents among the ids of an answer."""
    return {one.doc_id for one in documents} & set(found)
