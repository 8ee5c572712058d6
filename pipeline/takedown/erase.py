"""Erases a document from every kept generation, cache, stored text and inbox, with proof and a signed receipt.

The tombstone is one transaction: from then on the document is not served. Then every file that will stay is searched:
if a piece of the document is found, nothing is written and the places are named. Otherwise the current generation
gets a successor without it, older kept ones are written again under their numbers, the ledger points at them, all
files are searched again, and only then the old files are removed, because a search needs the old content to compare
with.

Invariants: a crash anywhere leaves the last good generation serving, without the document, and erasing again resumes
(law 6). A failed erasure leaves no unused segment or generation. Only a decision to allow it again brings the
document back (law 10). A receipt is signed only if the search found nothing. Segments and generations are replaced,
never changed in place.
"""

import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.domain.digests import canonical_json, digest_bytes, digest_text
from pipeline.domain.documents.provenance import split_doc_id
from pipeline.domain.errors import CorpusgateError, IntegrityError, NotFound, UsageError
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.erasing import PREDICATE_TYPE, Erasure, ErasureReceipt, EvidenceSearch, HeldBy, Rewritten
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.files.durable import sweep_unfinished, write_file
from pipeline.files.landing import Landing
from pipeline.files.texts import TextStore
from pipeline.index import manifest, segments
from pipeline.index.erase import (
    Replaced,
    kept_on_disk,
    remove_unused,
    replace_segment,
    segments_on_disk,
    stands_on,
    write_without,
)
from pipeline.index.generations import Generation
from pipeline.index.manifest import PAYLOAD_TYPE, STATEMENT_TYPE
from pipeline.index.staging import sweep
from pipeline.models.embedding_cache import EmbeddingCache
from pipeline.publishing.publish import publish_made
from pipeline.publishing.run import Publisher, PublisherRun, publisher_lock
from pipeline.stores.takedown.erasures import MOST_NAMED, Erasures
from pipeline.takedown.erasure_search import Advance, ErasureSearch, Evidence
from pipeline.workspace import Workspace


def erase(
    workspace: Workspace, name: str, by: Caller, reason: str, advance: Advance = lambda _done, _total: None
) -> ErasureReceipt:
    """Erase a document, all versions ever, and prove it; an interrupted erasure resumes.

    `name` is the document's id, the end of it, or of a submission its id or what its submitter called the file. Where a
    pseudonym stands for a part of the name, the real name does as well.

    Raises `NotFound`, with nothing changed, when no document has that name, and `IntegrityError` when something is
    still found somewhere: no receipt is given, and the document stays out.
    """
    by.require(Role.OPERATOR)
    return erase_document(workspace, _named(workspace, name), by, workspace.words(reason), advance)


def erase_document(
    workspace: Workspace, doc_id: str, by: Caller, reason: str, advance: Advance = lambda _done, _total: None
) -> ErasureReceipt:
    """Erase the document of that id, also if the ledger never knew it: then it stays out. Raises `IntegrityError`."""
    with publisher_lock(workspace) as publisher:
        return _Erasing(workspace, doc_id, publisher).run(by.name, reason, advance)


def allow_again(workspace: Workspace, doc_id: str, by: Caller, reason: str) -> None:
    """Let an erased document in again, should its source offer it; it passes the gate like any other."""
    by.require(Role.OPERATOR)
    Erasures(workspace.database).allow_again(_named(workspace, doc_id), by.name, workspace.words(reason))


def _named(workspace: Workspace, name: str) -> str:
    """The one document of that name, submitted ones that no run has read yet included."""
    store = Erasures(workspace.database)
    found = store.named(name) or store.named(_as_kept(workspace, name))
    if not found:
        raise NotFound(
            "No document and no submission has that name.",
            done="Nothing was changed.",
            fix="Give the document's id, the end of it, the id of a submission, or the submitted file name.",
        )
    if len(found) > 1:
        more = " and more" if len(found) > MOST_NAMED else ""
        raise UsageError(
            f"Several documents have that name: {', '.join(found[:MOST_NAMED])}{more}.",
            done="Nothing was changed.",
            fix="Give the id of one of them.",
        )
    return found[0]


def _as_kept(workspace: Workspace, name: str) -> str:
    """The form in which a name is kept: who asks for an erasure knows a document by its real name."""
    source, colon, _ = name.partition(":")
    names_source = colon and source in {one.name for one in workspace.sources.sources()}
    return workspace.recorded_names(name) if names_source else workspace.recorded_names.kept(name)


def erasures(workspace: Workspace) -> list[Erasure]:
    """Every erasure, newest first."""
    return Erasures(workspace.database).erasures()


def find(workspace: Workspace, name: str) -> Erasure:
    """The newest erasure of that id, or of the document of that name."""
    for erasure in erasures(workspace):
        if name in (erasure.erasure_id, erasure.doc_id) or (name and erasure.doc_id.endswith(name)):
            return erasure
    raise NotFound("There is no such erasure.", fix="`corpusgate erase list` shows them.")


def read_receipt(workspace: Workspace, envelope: dict[str, object]) -> ErasureReceipt:
    """What a receipt says, if a trusted key of this home signed it. Raises `IntegrityError`."""
    statement = json.loads(workspace.verifier.verify(envelope, PAYLOAD_TYPE))
    if not isinstance(statement, dict) or statement.get("predicateType") != PREDICATE_TYPE:
        raise IntegrityError("A signed statement is no erasure receipt.", done="It was refused.")
    return ErasureReceipt.model_validate(statement["predicate"])


class _Files(NamedTuple):
    """Files that hold nothing but the document."""

    texts: tuple[Path, ...]
    submitted: tuple[Path, ...]
    landed: tuple[Path, ...]

    @property
    def all(self) -> list[Path]:
        return [*self.texts, *self.submitted, *self.landed]


@dataclass
class _Erasing:
    """One erasure, under the publisher's lock."""

    workspace: Workspace
    doc_id: str
    publisher: Publisher

    def __post_init__(self) -> None:
        self.store = Erasures(self.workspace.database)
        self.index = self.workspace.index
        self.texts = TextStore(self.workspace.home.texts)

    def run(self, by: str, reason: str, advance: Advance) -> ErasureReceipt:
        _ = self.workspace.signer  # without a key there is no receipt: said before anything is changed
        erasure, resumed = self.store.begin(self.doc_id, by, reason)
        staging = sweep(self.workspace.home.staging)
        for folder in (segments.FOLDER, manifest.FOLDER):
            sweep_unfinished(self.index / folder)
        evidence = Evidence(self.workspace, self.doc_id)
        stored = self.store.texts(self.doc_id)
        texts = [digest for digest in stored.own if self.texts.has(digest)]
        for digest in texts:
            evidence.add_text(self.texts.get(digest))
        files = self._files(texts)
        for path in files.submitted:
            evidence.add_file(path)
        search = ErasureSearch(self.workspace, self.store, evidence)
        self._search(search, self._leaving(files, evidence), advance, before_it_left=True)

        before = segments_on_disk(self.index)
        replaced: dict[str, Replaced] = {}
        try:
            layout = self.workspace.home.settings.index
            for segment in evidence.segments:
                replaced[segment.digest] = replace_segment(self.index, segment, self.doc_id, layout)
            held = self._standing_on(replaced)
            published = self._publish_without(erasure, replaced)
            rewritten = self._rewrite(erasure, replaced)
        except BaseException:
            self._drop_unused(before)
            raise
        cached = self._forget_vectors(evidence)
        self._clear_copy()
        self.workspace.database.scrub()

        doomed = [*files.all, *(self.index / segments.FOLDER / old for old in replaced)]
        if erasure.searched is None or search.probes.texts or search.probes.vectors:
            found = self._search(search, doomed, advance)
            if erasure.searched is None:
                self.store.note_search(erasure, found.model_dump(mode="json"))
                erasure = erasure.model_copy(update={"searched": found.model_dump(mode="json")})
        removed = self._remove(files.all, replaced)
        last = self._search(search, (), advance)
        return self._receipt(
            erasure,
            resumed=resumed,
            held_by=HeldBy(
                segments=tuple(sorted(replaced)),
                generations=tuple(sorted(held)),
                rows=evidence.rows,
                texts=len(texts),
                cached_vectors=cached,
                submitted_files=len(files.submitted),
                staging_folders=staging,
            ),
            done=Rewritten(
                replaced_segments={one.old: one.new for one in replaced.values()},
                published_generation=published.number if published else None,
                rewritten_generations={str(record.number): record.digest for record in rewritten},
                removed_files=removed,
                shared_texts=len(stored.shared),
            ),
            searches=(EvidenceSearch.model_validate(erasure.searched), last),
        )

    def _files(self, texts: Collection[str]) -> "_Files":
        """The document's own files."""
        inbox = self.workspace.home.inbox
        submitted = [inbox / source / file for source, file in self.store.submission_files(self.doc_id)]
        source, uri = split_doc_id(self.doc_id)
        return _Files(
            texts=tuple(self.texts.path(digest) for digest in texts),
            submitted=tuple(path for path in submitted if path.exists()),
            landed=tuple(Landing(self.workspace.home.folder, source).files(uri)),
        )

    def _leaving(self, files: "_Files", evidence: Evidence) -> list[Path]:
        """Everything that is about to be removed or written again; rows of the database are cleared already."""
        old = [self.index / segments.FOLDER / segment.digest for segment in evidence.segments]
        rewritten = [
            (self.index / record.manifest).parent
            for record in self._kept()
            if stands_on(self._open(record), self.doc_id, {segment.digest for segment in evidence.segments})
        ]
        return [*files.all, *old, *rewritten, self.workspace.home.cache, *self.workspace.database.files]

    def _drop_unused(self, before: Collection[str]) -> None:
        """Remove what a failed erasure wrote and nothing uses; the failure itself is what is reported."""
        with suppress(CorpusgateError, OSError):
            fresh = set(segments_on_disk(self.index)) - set(before)
            remove_unused(self.index, self._kept(), self.workspace.verifier, fresh)

    def _kept(self) -> list[GenerationRecord]:
        return kept_on_disk(self.index, self.workspace.ledger.generations())

    def _open(self, record: GenerationRecord) -> Generation:
        return self.publisher.open(record)

    def _standing_on(self, replaced: Collection[str]) -> list[int]:
        return [r.number for r in self._kept() if stands_on(self._open(r), self.doc_id, replaced)]

    def _publish_without(self, erasure: Erasure, replaced: dict[str, Replaced]) -> GenerationRecord | None:
        """The generation being served first: its successor does not hold the document."""
        current = self.workspace.ledger.current_generation()
        if current is None or not stands_on(opened := self._open(current), self.doc_id, replaced):
            return None
        with PublisherRun.new(self.publisher, "erase-").on_record() as run:
            following, signer = (run.run_id, run.started_at), self.workspace.signer
            mark = self.workspace.checkpoints.mark()
            record = write_without(opened, self.doc_id, replaced, signer, "", following=following, log=mark)
            return publish_made(run, record, {"erasure_id": erasure.erasure_id}, Purpose.ERASURE)

    def _rewrite(self, erasure: Erasure, replaced: dict[str, Replaced]) -> list[GenerationRecord]:
        """Every other kept generation, under its own number."""
        signer, edition = self.workspace.signer, erasure.erasure_id[:8]
        standing = [one for one in map(self._open, self._kept()) if stands_on(one, self.doc_id, replaced)]
        written = [write_without(one, self.doc_id, replaced, signer, edition) for one in standing]
        if written:
            self.store.rewrite(erasure, written)
        return written

    def _forget_vectors(self, evidence: Evidence) -> int:
        path = self.workspace.home.embeddings
        own = sorted(evidence.chunk_digests - evidence.shared_chunks)
        if not path.exists():
            return 0
        with EmbeddingCache(path, 1) as cache:
            return cache.delete_many(own)

    def _clear_copy(self) -> None:
        """Where a database serves: nothing but the current generation stays in it, whatever earlier runs left."""
        copy, current = self.workspace.serving_copy, self.workspace.ledger.current_generation()
        if copy is None:
            return
        if current is not None:
            copy.load(self._open(current))
            copy.keep_only(current)
        copy.scrub()

    def _search(
        self, search: ErasureSearch, leaving: Collection[Path], advance: Advance, *, before_it_left: bool = False
    ) -> EvidenceSearch:
        found = search.run([path.resolve() for path in leaving], advance, served_copy=not before_it_left)
        if found.found:
            places = ", ".join(f"{place} ({count})" for place, count in search.found.most_common(8))
            kept = " Segments and generations were left as they were." if before_it_left else ""
            raise IntegrityError(
                f"Pieces of the erased document are still in {places}.",
                done=f"It is not served, and no receipt was signed.{kept}",
                fix="Remove them there, then erase it again: the erasure resumes.",
            )
        return found

    def _remove(self, files: Collection[Path], replaced: Collection[str]) -> int:
        remove_unused(self.index, self._kept(), self.workspace.verifier, replaced)
        for path in files:
            path.unlink(missing_ok=True)
        return len(files)

    def _receipt(self, erasure: Erasure, **facts: object) -> ErasureReceipt:
        finished = datetime.now(UTC).replace(microsecond=0)
        receipt = ErasureReceipt(
            erasure_id=erasure.erasure_id,
            document_digest=digest_text(self.doc_id),
            versions=tuple(self.store.versions(self.doc_id)),
            erased_by=erasure.erased_by,
            reason=erasure.reason,
            started_at=erasure.erased_at,
            finished_at=finished,
            **facts,
        )
        statement = {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": "document id", "digest": {"sha256": receipt.document_digest}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": receipt.model_dump(mode="json"),
        }
        envelope = self.workspace.signer.sign(canonical_json(statement), PAYLOAD_TYPE)
        data = canonical_json(envelope)
        folder = self.workspace.home.receipts
        folder.mkdir(mode=0o700, exist_ok=True)
        write_file(folder / f"{erasure.erasure_id}.dsse.json", data)
        self.store.finish(erasure, envelope, digest_bytes(data), finished)
        return receipt
