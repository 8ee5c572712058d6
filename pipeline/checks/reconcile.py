"""Reconcile: names each difference between ledger, access table, segments, files and sources.

Invariants: it holds the publisher's lock, so nothing changes meanwhile. A repair never serves more than before: it
leaves documents out, removes files that nothing refers to, and lets the next run judge again. It brings no document
back, except that an unreadable current generation is built again from live and readable documents (law 2). It
publishes like every other generation (law 6).
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.checks.comparison import (
    NEXT_RUN,
    Comparison,
    compare_files,
    compare_generations,
    compare_ledger,
    compare_rows,
    texts_held,
)
from pipeline.domain.errors import IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.domain.serving.takedown import Difference, Drift
from pipeline.files.durable import remove_folder
from pipeline.files.texts import TextStore
from pipeline.index import manifest
from pipeline.index.generations import Generation
from pipeline.index.pages import PlacementPages
from pipeline.index.placements import Placement
from pipeline.index.staging import sweep
from pipeline.index.successor import write_successor
from pipeline.models.embedding_cache import EmbeddingCache
from pipeline.publishing.publish import publish_made
from pipeline.publishing.retention import prune_locked
from pipeline.publishing.run import Publisher, PublisherRun, publisher_lock
from pipeline.stores.ledger.drift import DriftStore
from pipeline.stores.ledger.retained import Retained
from pipeline.stores.takedown.erasures import Erasures
from pipeline.stores.takedown.rolled_back import Pointer
from pipeline.workspace import Workspace

_DIMENSIONS = 384


@dataclass(frozen=True)
class SourceContents:
    """What a source holds now: document to content digest."""

    source: str
    contents: dict[str, str] = field(default_factory=dict)
    failure: str | None = None
    """Why it could not be listed; nothing is compared then (law 9)."""


class Reconciliation(Frozen):
    """What was found, and what a repair settled."""

    differences: tuple[Difference, ...]
    generation: int | None
    """What is served afterwards."""
    repaired: tuple[Difference, ...]
    """Those of the differences that are settled now."""

    @property
    def agrees(self) -> bool:
        """Whether nothing is left."""
        return len(self.repaired) == len(self.differences)


def reconcile(
    workspace: Workspace, sources: Iterable[SourceContents] = (), *, repair_by: Caller | None = None
) -> Reconciliation:
    """Name every difference; with `repair_by`, an operator, settle what needs no person."""
    if repair_by is not None:
        repair_by.require(Role.OPERATOR)
    with publisher_lock(workspace) as publisher:
        found = Comparison()
        opened = compare_generations(workspace, found)
        pointers = workspace.ledger.pointers()
        live = workspace.ledger.live_versions(pointer.version_id for pointer in pointers.values())
        if opened is not None:
            compare_ledger(opened, pointers, live, found)
            compare_rows(opened, found)
        compare_files(workspace, found)
        _compare_texts(workspace, found)
        _compare_cache(workspace, found)
        for contents in sources:
            _compare_source(workspace, contents, found)
        if repair_by is not None:
            _repair(publisher, opened, found, pointers, live, repair_by)
        current = workspace.ledger.current_generation()
    repaired = [one for one in found.differences if one.repairable] if repair_by else []
    return Reconciliation(
        differences=tuple(found.differences),
        generation=current.number if current else None,
        repaired=tuple(repaired),
    )


def _compare_texts(workspace: Workspace, found: Comparison) -> None:
    store, ledger = TextStore(workspace.home.texts), DriftStore(workspace.database)
    known, present = ledger.known_texts(), set()
    for digest in sorted(store.digests()):
        present.add(digest)
        try:
            store.get(digest)
        except IntegrityError:
            found.add(Drift.TEXT_DAMAGED, digest, "Its bytes are not what was kept.", "--repair removes it.")
            present.discard(digest)
            continue
        if digest not in known:
            found.add(Drift.ORPHAN_TEXT, digest, "No verdict is about this text.", "--repair removes it.")
    marked = ledger.to_judge_again()
    for doc_id, digest in sorted(ledger.texts_to_review().items()):
        if digest not in present and doc_id not in marked:
            says = "It waits for review, but its text is not kept."
            found.add(Drift.TEXT_MISSING, doc_id, says, "--repair has the next refresh read it again.")


def _cache(workspace: Workspace) -> Path:
    return workspace.home.embeddings


def _unused_vectors(workspace: Workspace, found: Comparison) -> set[str]:
    if not _cache(workspace).exists() or found.unreadable:
        return set()
    with EmbeddingCache(_cache(workspace), _DIMENSIONS) as cache:
        return cache.text_digests() - set(texts_held(found))


def _compare_cache(workspace: Workspace, found: Comparison) -> None:
    try:
        unused = _unused_vectors(workspace, found)
    except sqlite3.DatabaseError:
        says = "The cache of vectors cannot be read."
        found.add(Drift.UNUSED_VECTORS, "embeddings.db", says, "--repair removes it; it costs time, nothing else.")
        return
    if unused:
        says = f"{len(unused)} vectors are kept of texts that no kept generation holds."
        found.add(Drift.UNUSED_VECTORS, "embeddings.db", says, "--repair removes them.")


def _compare_source(workspace: Workspace, listed: SourceContents, found: Comparison) -> None:
    if listed.failure is not None:
        says = f"It could not be listed ({listed.failure}); nothing of it was compared."
        found.add(Drift.SOURCE_UNLISTED, listed.source, says, "Check its address and rights.", repairable=False)
        return
    known = DriftStore(workspace.database).contents(listed.source)
    erased = {one.doc_id for one in Erasures(workspace.database).in_force()}
    for doc_id in sorted(known.keys() | listed.contents.keys()):
        if doc_id not in known:
            found.add(Drift.SOURCE_NEW, doc_id, "The ledger never saw it.", NEXT_RUN, repairable=False)
        elif doc_id not in listed.contents and doc_id in erased:
            continue
        elif doc_id not in listed.contents:
            says, to_do = "Its source has it no more.", "The next refresh deletes it, or holds the deletion."
            found.add(Drift.SOURCE_GONE, doc_id, says, to_do, repairable=False)
        elif known[doc_id] != listed.contents[doc_id]:
            says = "Its source has another content than was decided last."
            found.add(Drift.SOURCE_CHANGED, doc_id, says, NEXT_RUN, repairable=False)


def _repair(
    publisher: Publisher,
    opened: Generation | None,
    found: Comparison,
    pointers: dict[str, Pointer],
    live: set[str],
    by: Caller,
) -> None:
    workspace = publisher.workspace
    by_kind = _by_kind(found.differences)
    # First: what a repair publishes may get the very name that one which died before its commit left behind.
    for one in by_kind.get(Drift.ORPHAN_GENERATION, ()):
        remove_folder(workspace.index / manifest.FOLDER / one.subject)
    current = workspace.ledger.current_generation()
    if current is not None and (opened is None or found.dropped):
        placements = (
            [p for p in opened.documents() if p.document.doc_id not in found.dropped]
            if opened is not None
            else _rebuilt(workspace, found, pointers, live)
        )
        _publish(publisher, current, opened, placements, pointers)
    ledger, texts = DriftStore(workspace.database), TextStore(workspace.home.texts)
    missing = [one.subject for one in by_kind.get(Drift.TEXT_MISSING, ())]
    ledger.judge_again(missing, "text-missing")
    for kind in (Drift.TEXT_DAMAGED, Drift.ORPHAN_TEXT):
        for one in by_kind.get(kind, ()):
            texts.delete(one.subject)
    for one in by_kind.get(Drift.UNFINISHED_RUN, ()):
        workspace.ledger.fail_run(one.subject, "crashed")
    damaged = [int(one.subject) for one in by_kind.get(Drift.KEPT_GENERATION_DAMAGED, ())]
    if current is not None and (opened is None or not found.unreadable.isdisjoint(opened.statement.segments)):
        damaged.append(current.number)
    Retained(workspace.database).mark_pruned(damaged, "damaged")
    sweep(workspace.home.staging)
    _forget_vectors(workspace, found, bool(by_kind.get(Drift.UNUSED_VECTORS)))
    # Last: what was pruned or replaced above frees segments here.
    prune_locked(workspace)
    if found.differences:
        ledger.repaired(by.name, dict(Counter(one.kind.value for one in found.differences if one.repairable)))


def _by_kind(differences: Sequence[Difference]) -> dict[Drift, list[Difference]]:
    found: dict[Drift, list[Difference]] = {}
    for one in differences:
        found.setdefault(one.kind, []).append(one)
    return found


def _rebuilt(workspace: Workspace, found: Comparison, pointers: dict[str, Pointer], live: set[str]) -> list[Placement]:
    """What is live now, from the newest kept generation that can be read and holds exactly that."""
    wanted = {pointer.version_id: pointer for pointer in pointers.values() if pointer.version_id in live}
    pruned, chosen = Retained(workspace.database).pruned(), dict[str, Placement]()
    model = workspace.binding().model_digest
    for record in workspace.ledger.generations():
        if record.number in pruned or record.model_digest != model:
            continue
        with suppress(IntegrityError):
            opened = Generation.open(workspace.index, record, workspace.verifier)
            rows = Comparison(readable=found.readable, unreadable=found.unreadable)
            compare_rows(opened, rows)
            for placement in opened.documents():
                version_id = placement.document.version_id
                pointer = wanted.get(version_id)
                if (
                    pointer is not None
                    and version_id not in chosen
                    and placement.document.doc_id not in rows.dropped
                    and placement.segment not in found.unreadable
                    and opened.access[placement.document.access_id].digest == pointer.access_digest
                ):
                    chosen[version_id] = placement
    return sorted(chosen.values(), key=lambda p: p.document.doc_id)


def _publish(
    publisher: Publisher,
    current: GenerationRecord,
    opened: Generation | None,
    placements: list[Placement],
    pointers: dict[str, Pointer],
) -> None:
    workspace = publisher.workspace
    rules = workspace.ledger.access_rules({pointers[p.document.doc_id].access_digest for p in placements})
    access = {rule.access_id: rule for rule in rules}
    model = opened.record.model_digest if opened else workspace.binding().model_digest
    with PublisherRun.new(publisher, "reconcile-").on_record() as run:
        record = write_successor(
            workspace.index,
            current,
            PlacementPages.of(placements),
            access,
            workspace.signer,
            run_id=run.run_id,
            at=run.started_at,
            model_digest=model,
            policy_digest=current.policy_digest,
            log=workspace.checkpoints.mark(),
        )
        publish_made(run, record, {}, Purpose.REPAIR)


def _forget_vectors(workspace: Workspace, found: Comparison, wanted: bool) -> None:
    if not wanted:
        return
    try:
        unused = _unused_vectors(workspace, found)
        with EmbeddingCache(_cache(workspace), _DIMENSIONS) as cache:
            cache.delete_many(sorted(unused))
    except sqlite3.DatabaseError:
        for path in _cache(workspace).parent.glob(f"{_cache(workspace).name}*"):
            path.unlink()
