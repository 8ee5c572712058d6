"""Which generations are kept, why, and the removal of the others.

Invariants: the current generation, its parent, pinned ones and held candidates are never pruned. The ledger notes a
pruning before the first file goes, so a crash leaves surplus files, never a record of files that are gone; the next
pruning removes them. A segment goes only when no kept generation names it and every kept one could be read. Readers
that have a file open keep it.
"""

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.files.durable import remove_folder, sweep_unfinished
from pipeline.index import manifest, segments
from pipeline.index.manifest import claimed_segments, read_statement
from pipeline.publishing.run import publisher_lock
from pipeline.stores.ledger.retained import Pin, Retained
from pipeline.workspace import Workspace

_log = logging.getLogger(__name__)
RETENTION = "retention"


class Retention(Frozen):
    """One generation: kept or not, and why."""

    record: GenerationRecord
    kept: bool
    pruned_at: datetime | None
    """When its files went; None while they are there."""
    reasons: tuple[str, ...]
    """Why it is kept, or why it goes."""


class Pruned(Frozen):
    """What a pruning removed, or would remove."""

    generations: tuple[int, ...]
    folders: int
    segments: int
    bytes: int
    dry_run: bool


def retained(workspace: Workspace) -> list[Retention]:
    """Every generation with why it is kept, newest first."""
    store, rules = Retained(workspace.database), workspace.home.settings.retention
    records = workspace.ledger.generations()
    pruned, pins, current = store.pruned(), store.pins(), workspace.ledger.current_generation()
    young = datetime.now(UTC) - timedelta(days=rules.days)
    newest = {record.number for record in records if record.number not in pruned}
    newest = set(sorted(newest, reverse=True)[: rules.generations])
    found, taken = [], set[int]()
    for record in records:
        why = _always(record, current, pins)
        if record.number in newest:
            why.append(f"among the newest {rules.generations}")
        gone = pruned.get(record.number)
        if record.created_at > young and gone is None and _first_of(record, rules.spacing_minutes, taken):
            why.append(f"younger than {rules.days} days")
        kept = bool(why) and gone is None
        reasons = tuple(why) if kept else ("its files are gone",) if gone else ("older than retention asks for",)
        found.append(Retention(record=record, kept=kept, pruned_at=gone, reasons=reasons))
    return found


def _first_of(record: GenerationRecord, minutes: int, taken: set[int]) -> bool:
    """Whether no newer generation stands for the same stretch of time: a stream makes one every few seconds."""
    if not minutes:
        return True
    stretch = int(record.created_at.timestamp() // (60 * minutes))
    if stretch in taken:
        return False
    taken.add(stretch)
    return True


def _always(record: GenerationRecord, current: GenerationRecord | None, pins: dict[int, Pin]) -> list[str]:
    """Reasons that no setting takes away."""
    why = []
    if current and record.number == current.number:
        why.append("current")
    if current and record.number == current.parent:
        why.append("parent of the current one")
    if pin := pins.get(record.number):
        why.append(f"pinned by {pin.pinned_by}: {pin.reason}")
    return why


def pin(workspace: Workspace, number: int, by: Caller, reason: str) -> Pin:
    """Keep a generation whatever its age."""
    by.require(Role.OPERATOR)
    return Retained(workspace.database).pin(number, by.name, workspace.words(reason))


def unpin(workspace: Workspace, number: int, by: Caller) -> None:
    """Let retention decide about a generation again."""
    by.require(Role.OPERATOR)
    Retained(workspace.database).unpin(number, by.name)


def prune(workspace: Workspace, by: Caller, *, dry_run: bool = False) -> Pruned:
    """Remove what retention does not ask for."""
    by.require(Role.OPERATOR)
    with publisher_lock(workspace):
        return prune_locked(workspace, dry_run=dry_run)


def prune_after_run(workspace: Workspace) -> None:
    """Prune at the end of a publishing run, whose lock the caller holds; its failure is not the run's."""
    try:
        prune_locked(workspace)
    except Exception as error:  # what was published stays published; the next run tries again
        _log.warning("pruning failed: %s", type(error).__name__)


def prune_locked(workspace: Workspace, *, dry_run: bool = False) -> Pruned:
    """The same for who holds the publisher's lock already."""
    state = retained(workspace)
    going = [one.record.number for one in state if not one.kept and one.pruned_at is None]
    gone = {one.record.number for one in state if one.pruned_at is not None}
    if not dry_run:
        going = Retained(workspace.database).mark_pruned(going, RETENTION)
    gone.update(going)
    folders = [
        path
        for one in state
        if one.record.number in gone and (path := (workspace.index / one.record.manifest).parent).is_dir()
    ]
    needed = _needed(workspace, [one.record for one in state if one.record.number not in gone], folders)
    unused = [path for path in _subfolders(workspace.index / segments.FOLDER) if path.name not in needed]
    size = _freed([*folders, *unused])
    if not dry_run:
        for path in (*folders, *unused):
            remove_folder(path)
        for name in (manifest.FOLDER, segments.FOLDER):
            sweep_unfinished(workspace.index / name)
    return Pruned(
        generations=tuple(sorted(going)), folders=len(folders), segments=len(unused), bytes=size, dry_run=dry_run
    )


def _needed(workspace: Workspace, kept: list[GenerationRecord], leaving: list[Path]) -> set[str]:
    """Segments that must stay: of kept generations, and of what no run has made current yet."""
    needed = {
        segment for record in kept for segment in read_statement(workspace.index, record, workspace.verifier).segments
    }
    recorded = {(workspace.index / record.manifest).parent for record in kept}
    for folder in _subfolders(workspace.index / manifest.FOLDER):
        if folder not in recorded and folder not in leaving:
            needed |= claimed_segments(folder)
    return needed


def _freed(folders: list[Path]) -> int:
    """Bytes that removing these folders frees: a file that another folder links to stays."""
    links, sizes = Counter[tuple[int, int]](), dict[tuple[int, int], int]()
    for file in (file.stat() for folder in folders for file in folder.iterdir()):
        inode = file.st_dev, file.st_ino
        links[inode] += 1
        if links[inode] == file.st_nlink:
            sizes[inode] = file.st_size
    return sum(sizes.values())


def _subfolders(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.is_dir() and not path.name.startswith("."))
