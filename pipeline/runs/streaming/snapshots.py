"""Snapshots of the ledger for the workers of a stream, written after each change.

Invariants: only the driver writes here, and names a snapshot when it is complete. The controls of a source (waivers,
erasures, rollbacks, the source and its trust, policy, detectors, model) have one digest; a verdict made under other
controls is not published. Known documents are written as small additions; after many additions everything is written
again.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import BaseModel

from pipeline.domain.digests import digest_bytes, digest_json
from pipeline.domain.documents.documents import Binding, LastSeen
from pipeline.domain.documents.pasts import Past
from pipeline.domain.documents.provenance import Source
from pipeline.domain.rates.recorded import Graph
from pipeline.files import seen as seen_file
from pipeline.files.durable import remove_folder, sweep_unfinished, write_file
from pipeline.files.json_lines import write_records
from pipeline.files.spool import Spool
from pipeline.runs.returns import write_pasts
from pipeline.runs.snapshot import contributing, run_context, write_masked, write_rate_history
from pipeline.stores.ledger import impact_snapshot as surroundings
from pipeline.stores.takedown.erasures import Erasures
from pipeline.workspace import Workspace
from transforms.support.context import ERASED, SUBMISSIONS, TAKEN_OFF, WAIVERS, RunContext, write_context

KEPT = 20
"""Snapshots that stay, for elements on their way: a worker that finds its own gone takes the newest."""
_CONTROLS = "controls.json"
_MOST_ADDITIONS = 64
_SURROUNDINGS_SECONDS = 60.0


class SnapshotWriter:
    """Writes snapshots into the spool of a stream."""

    def __init__(self, workspace: Workspace, spool: Spool, names: Iterable[str], run_id: str) -> None:
        self._workspace, self._spool, self._names, self._run_id = workspace, spool, tuple(names), run_id
        self._number = max((int(path.name) for path in spool.snapshots.glob("[0-9]*")), default=0)
        self._base, self._additions = "", list[str]()
        self._controls: dict[str, str] = {}
        """Of the newest snapshot."""
        self._surroundings: tuple[float, Path] | None = None
        self._generation: int | None = None
        self._pasts: dict[str, Past] = {}
        """By document id: the past under older names, for documents that are being judged again with it."""

    def consider(self, doc_ids: Iterable[str], pasts: Mapping[str, Past]) -> None:
        """Put the past of each document, under older names of its content, into the next snapshot, if there is any."""
        for doc_id in doc_ids:
            self._pasts.pop(doc_id, None)
            if doc_id in pasts:
                self._pasts[doc_id] = pasts[doc_id]

    def forget_pasts(self, doc_ids: Iterable[str]) -> None:
        """These documents are published: what comes of them next is looked up again."""
        for doc_id in doc_ids:
            self._pasts.pop(doc_id, None)

    def sources(self) -> list[Source]:
        """The sources of the stream that contribute now: those asked for, or all."""
        known = contributing(self._workspace)
        return [source for source in known if not self._names or source.name in self._names]

    def context(self) -> RunContext:
        """The context of the whole graph; its parts go into the spool."""
        return self._context(self.sources(), self._spool.parts)

    def write(self, changed: Mapping[str, LastSeen] | None = None) -> str:
        """Write a snapshot and announce it. `changed` is what is known now of documents whose record changed.

        None: everything is read from the ledger again.
        """
        sources = self.sources()
        self._number += 1
        name = f"{self._number:012d}"
        folder = self._spool.snapshots / name
        folder.mkdir(mode=0o700)
        context = self._context(sources, folder)
        self._write_seen(name, folder, sources, changed)
        inboxes = [source.name for source in sources if source.is_inbox]
        write_records(folder / SUBMISSIONS, self._workspace.submissions.snapshot(inboxes)[0])
        self._write_surroundings(folder)
        write_masked(self._workspace, folder, context.sources)
        write_pasts(folder, self._pasts.values())
        write_rate_history(self._workspace, folder, context.sources, Graph.STREAM)
        self._controls = self._write_controls(folder, context)
        write_file(folder / _CONTROLS, json.dumps(self._controls).encode())
        self._generation = self._number_served()
        write_context(context, folder)
        self._spool.announce(name)
        self._sweep()
        return name

    def controls_of(self, snapshot: str, source: str) -> str:
        """Digest of the controls a verdict was made under; empty if they are no longer known."""
        path = self._spool.snapshots / snapshot / _CONTROLS
        return _read_controls(path).get(source, "") if snapshot and path.exists() else ""

    def is_outdated(self) -> bool:
        """Whether something else than this stream changed what verdicts rest on since the newest snapshot."""
        return self._generation != self._number_served() or self._controls != self.controls_now()

    def _number_served(self) -> int | None:
        current = self._workspace.ledger.current_generation()
        return None if current is None else current.number

    def controls_now(self) -> dict[str, str]:
        """Digest of the controls of each source at this moment."""
        context, at = self._context(self.sources(), self._spool.parts), datetime.now(UTC)
        active = self._workspace.waivers.active(list(context.sources), at)
        return _controls(context, active, *self._taken_back())

    @cached_property
    def binding(self) -> Binding:
        """Digests that the verdicts of this graph are bound to; other configuration means another graph."""
        return self._as_started.binding

    @cached_property
    def _as_started(self) -> RunContext:
        context = run_context(self._workspace, (), self._run_id, datetime.now(UTC), self._spool.parts, None)
        return context.in_stream(self._spool.folder)

    def _context(self, sources: list[Source], staging: Path) -> RunContext:
        current = self._workspace.ledger.current_generation()
        return replace(
            self._as_started,
            sources={source.name: source for source in sources},
            started_at=datetime.now(UTC),
            staging=str(staging),
            reuse_vectors=current is not None and current.model_digest == self.binding.model_digest,
        )

    def _taken_back(self) -> tuple[list[BaseModel], list[BaseModel]]:
        erased = list[BaseModel](Erasures(self._workspace.database).in_force())
        return erased, list[BaseModel](self._workspace.ledger.taken_off())

    def _write_controls(self, folder: Path, context: RunContext) -> dict[str, str]:
        active = self._workspace.waivers.active(list(context.sources), context.started_at)
        erased, taken_off = self._taken_back()
        for file, records in ((WAIVERS, active), (ERASED, erased), (TAKEN_OFF, taken_off)):
            write_records(folder / file, records)
        return _controls(context, active, erased, taken_off)

    def _write_seen(
        self, name: str, folder: Path, sources: list[Source], changed: Mapping[str, LastSeen] | None
    ) -> None:
        if changed is None or not self._base or len(self._additions) >= _MOST_ADDITIONS:
            self._base, self._additions = f"{name}.db", []
            ledger = self._workspace.ledger
            every = (seen for source in sources for seen in ledger.all_seen(source.name))
            seen_file.write_base(self._spool.seen / self._base, every)
        elif changed:
            self._additions.append(f"{name}.json")
            seen_file.write_addition(self._spool.seen / self._additions[-1], changed)
        seen_file.write_list(folder, self._base, self._additions)

    def _write_surroundings(self, folder: Path) -> None:
        """They weigh a change and admit nothing, so those of a minute ago serve; a link costs nothing."""
        path, now = folder / surroundings.FILE, time.monotonic()
        last = self._surroundings
        if last is not None and now - last[0] < _SURROUNDINGS_SECONDS and last[1].exists():
            os.link(last[1], path)
        else:
            self._workspace.retrievals.load()
            surroundings.write(self._workspace.database, path)
            last = now, path
        self._surroundings = last[0], path

    def _sweep(self) -> None:
        folders = sorted(path for path in self._spool.snapshots.glob("[0-9]*"))
        for folder in folders[:-KEPT]:
            remove_folder(folder)
        needed = {
            file for folder in folders[-KEPT:] if (folder / seen_file.FILE).exists() for file in seen_file.names(folder)
        }
        for path in self._spool.seen.iterdir():
            if path.name not in needed:
                path.unlink()
        sweep_unfinished(self._spool.snapshots)


@lru_cache(maxsize=2 * KEPT)
def _read_controls(path: Path) -> dict[str, str]:
    controls: dict[str, str] = json.loads(path.read_bytes())
    return controls


def _controls(
    context: RunContext, active: Iterable[BaseModel], erased: Iterable[BaseModel], taken_off: Iterable[BaseModel]
) -> dict[str, str]:
    common = digest_json(
        [context.binding.digest]
        + [
            digest_bytes(b"\n".join(sorted(one.model_dump_json().encode() for one in records)))
            for records in (active, erased, taken_off)
        ]
    )
    return {name: digest_json([common, source.model_dump(mode="json")]) for name, source in context.sources.items()}
