"""A real home whose refreshes pass the real comparison, impact, policy, ledger and index without Beam and models.

Files stand in memory. Extraction, detectors and the embedding model are left out: a text is what it says, nothing is
found in it, and its vector is drawn from its digest. Everything that decides who may read what is the product's own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import MIN_TIMESTAMP

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.changes import compare, pair_renames, settle_deletion
from pipeline.domain.documents.documents import (
    Change,
    ChangeKind,
    Chunk,
    Document,
    DocumentRef,
    ExtractedText,
    KnownVersion,
    Outcome,
    TaggedDocument,
)
from pipeline.domain.documents.outcomes import outcome_of, outcome_of_deletion
from pipeline.domain.documents.provenance import Provenance, source_of, split_doc_id
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.domain.serving.publication import Publication, RunSummary
from pipeline.files.texts import TextStore
from pipeline.index.staging import StagingReader, StagingWriter, sweep
from pipeline.publishing.publish import candidate_of, publish
from pipeline.publishing.run import PublisherRun, publisher_lock
from pipeline.runs.returns import unconsidered, write_pasts
from pipeline.runs.snapshot import KNOWN, contributing, run_context, write_snapshot
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.index_samples import HashEmbedder, person
from tests.support.searching import searcher_of
from transforms.apply_policy import _Apply
from transforms.assess_impact import _Assess
from transforms.support.context import RunContext

WIDE = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=("group:hr", "group:staff"))
NARROW = AccessRule(tenant="default", classification=Classification.CONFIDENTIAL, allow=("group:hr",))
READERS = {
    "ada": person("user:ada", "group:hr", clearance="restricted"),
    "bob": person("user:bob", "group:staff", clearance="restricted"),
    "low": person("user:low", "group:hr", clearance="internal"),
    "out": person("user:out", clearance="restricted"),
}
"""In both groups' matters cleared, in one, in the right group without the clearance, and in no group."""


@dataclass(frozen=True)
class File:
    """The content of a source under one name."""

    text: str
    access: AccessRule = WIDE
    owner: str = "user:bertha"


class GatedHome:
    """A home with some sources of one owner, and the files in them by document id."""

    def __init__(self, folder: Path, *sources: str) -> None:
        self.workspace = Workspace(folder)
        self.workspace.create()
        for source in sources:
            place = folder.parent / f"{folder.name}-{source}"
            place.mkdir(parents=True)
            approve_source(self.workspace, source, place, owner="user:bertha", allow=WIDE.allow)
        self.files: dict[str, File] = {}
        self.embedder = HashEmbedder()
        self.embedder.digest = self.workspace.binding().model_digest
        self._runs = count(1)

    def refresh(self) -> list[Outcome]:
        """Bring the files through the gate and publish what passes; returns what was decided."""
        workspace, staging_root = self.workspace, self.workspace.home.path("staging")
        sources, started, run_id = contributing(workspace), datetime.now(UTC), f"run-{next(self._runs)}"
        with publisher_lock(workspace) as publisher:
            current, run = workspace.ledger.current_generation(), PublisherRun(publisher, run_id, started)
            serving = publisher.serving()
            context = run_context(workspace, sources, run_id, started, staging_root / run_id, current)
            workspace.ledger.start_run(run_id, [source.name for source in sources], started)
            Path(context.staging).mkdir(parents=True)
            write_snapshot(workspace, context, serving)
            judged = list(self._judged(context))
            again = unconsidered(workspace, context.sources, [outcome for outcome, _ in judged])
            if again.documents:
                context = replace(context, staging=f"{context.staging}-again")
                write_pasts(Path(context.staging), again.pasts.values())
                write_snapshot(workspace, context, serving)
                judged = list(self._judged(context))
            outcomes = [outcome for outcome, _ in judged]
            assert not unconsidered(workspace, context.sources, outcomes).documents
            staged = self._staged(context, judged)
            candidate = candidate_of(run, serving, outcomes, staged, context.binding)
            summary = RunSummary(
                run_id=run_id,
                documents={kind: sum(o.kind is kind and not o.rescan for o in outcomes) for kind in ChangeKind},
                rescanned=sum(o.rescan for o in outcomes),
                verdicts={},
                seconds=0,
                bytes=0,
            )
            publication = Publication(summary=summary, outcomes=tuple(outcomes), generation=candidate.record)
            publish(run, publication, {}, takedowns=candidate.takedowns)
            sweep(staging_root)
        return outcomes

    def read(self, reader: str, groups: tuple[str, ...] | None = None) -> dict[str, str]:
        """What somebody finds, perhaps in other groups than at first: document to text."""
        principal = READERS[reader]
        if groups is not None:
            principal = principal.model_copy(update={"groups": frozenset(groups)})
        workspace = self.workspace
        searcher = searcher_of(workspace, self.embedder)
        if workspace.ledger.current_generation() is None:
            return {}
        return {hit.doc_id: hit.text for hit in searcher.search("anything", principal, 100)}

    def close(self) -> None:
        self.workspace.database.dispose()

    def _judged(self, context: RunContext) -> Iterator[tuple[Outcome, list[Chunk]]]:
        changes = list(self._changes(context))
        moving = [change for change in changes if change.kind in (ChangeKind.NEW, ChangeKind.DELETED)]
        by_content: dict[tuple[str, str], list[Change]] = {}
        for change in moving:
            holder = change.tagged.provenance if change.tagged else change.previous
            assert holder is not None
            by_content.setdefault((source_of(change.doc_id), holder.content_digest), []).append(change)
        paired = {one.doc_id: one for group in by_content.values() for one in pair_renames(group)}
        assess, apply = _Assess(context), _Apply(context)
        for gate in (assess, apply):
            gate.setup()
            gate.start_bundle()
        for change in (paired.get(one.doc_id, one) for one in changes):
            if change.kind is ChangeKind.DELETED:
                yield outcome_of_deletion(settle_deletion(change, None)), []
            elif change.kind is not ChangeKind.UNCHANGED or change.rescan:
                (assessed,) = assess.process(self._document(change))
                (judged,) = apply.process(assessed, MIN_TIMESTAMP, GlobalWindow())
                if isinstance(judged, beam.pvalue.TaggedOutput):
                    yield judged.value.value, []
                else:
                    document: Document = judged.value
                    TextStore(context.home_folder / "texts").put(document.text)
                    yield outcome_of(document, chunks=1), [self._chunk(document)]

    def _changes(self, context: RunContext) -> Iterator[Change]:
        lines = (Path(context.staging) / KNOWN).read_bytes().splitlines()
        known = {one.doc_id: one for one in map(KnownVersion.model_validate_json, lines)}
        for doc_id in sorted({*known, *self.files}):
            tagged = [self._tagged(doc_id)] if doc_id in self.files else []
            change = compare(doc_id, tagged, known.get(doc_id), context.binding.digest)
            assert change is not None
            yield change

    def _tagged(self, doc_id: str) -> TaggedDocument:
        file, (source, uri) = self.files[doc_id], split_doc_id(doc_id)
        provenance = Provenance(
            source=source, uri=uri, owner=file.owner, submitter=file.owner, ingested_at=datetime.now(UTC), licence=None,
            title=None, access=file.access, content_digest=digest_text(file.text), run_id=f"run-{self._runs}",
        )  # fmt: skip
        return TaggedDocument(ref=DocumentRef(source=source, uri=uri, location=uri), provenance=provenance)

    def _document(self, change: Change) -> Document:
        text = self.files[change.doc_id].text
        extracted = ExtractedText(text=text, media_type="text/plain", extractor="plain 1")
        return Document(change=change, extracted=extracted, text_digest=digest_text(text))

    def _chunk(self, document: Document) -> Chunk:
        tagged = document.change.tagged
        assert tagged is not None
        content = tagged.provenance.content_digest
        return Chunk(
            chunk_id=digest_text(f"{document.doc_id} {content} 0")[:32],
            doc_id=document.doc_id,
            content_digest=content,
            access_id=tagged.provenance.access.access_id,
            ordinal=0,
            start=0,
            end=len(document.text),
            text=document.text,
            text_digest=digest_text(document.text),
        )

    def _staged(self, context: RunContext, judged: list[tuple[Outcome, list[Chunk]]]) -> StagingReader:
        writer = StagingWriter(Path(context.staging))
        parts = [writer.write_outcomes([outcome for outcome, _ in judged])]
        chunks = [chunk for _, chunks in judged for chunk in chunks]
        if chunks:
            parts.append(writer.write_chunks(chunks, self.embedder.embed([chunk.text for chunk in chunks])))
        return StagingReader(Path(context.staging), parts)
