"""Differences: ledger against generation, access table and rows; files that nothing refers to.

Invariants: reads only. Every byte of every segment a kept generation stands on is hashed again. A document with any
difference is in `dropped`, so that a repair leaves it out and need not guess (law 2).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.domain.errors import IntegrityError
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.domain.serving.takedown import Difference, Drift
from pipeline.files.durable import UNFINISHED
from pipeline.index import manifest, segments
from pipeline.index.generations import Generation
from pipeline.index.manifest import claimed_segments, read_statement
from pipeline.index.misplaced import misplaced
from pipeline.index.segments import Segment
from pipeline.stores.ledger.drift import DriftStore
from pipeline.stores.ledger.retained import Retained
from pipeline.stores.takedown.rolled_back import Pointer
from pipeline.workspace import Workspace

NEXT_RUN = "The next refresh judges it anew."
_LEAVE_OUT = "--repair publishes a generation without it; the next refresh judges it anew."


@dataclass
class Comparison:
    """What was found so far."""

    differences: list[Difference] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)
    """Documents of the current generation that a repair leaves out."""
    readable: dict[str, Segment] = field(default_factory=dict)
    """Segments whose every byte is as it was written."""
    unreadable: set[str] = field(default_factory=set)

    def add(self, kind: Drift, subject: str, says: str, to_do: str, *, repairable: bool = True) -> None:
        """Name a difference."""
        self.differences.append(Difference(kind=kind, subject=subject, says=says, to_do=to_do, repairable=repairable))

    def drop(self, kind: Drift, doc_id: str, says: str, to_do: str = _LEAVE_OUT) -> None:
        """Name a difference that keeps a document out of a repaired generation."""
        self.add(kind, doc_id, says, to_do)
        self.dropped.add(doc_id)


def compare_generations(workspace: Workspace, found: Comparison) -> Generation | None:
    """Every kept generation with the files it stands on; returns the current one, when it can be opened."""
    pruned, current = Retained(workspace.database).pruned(), workspace.ledger.current_generation()
    opened = None
    for record in workspace.ledger.generations():
        if record.number in pruned:
            continue
        try:
            names = read_statement(workspace.index, record, workspace.verifier).segments
            bad = [name for name in names if not _readable(workspace.index, name, found)]
            if current and record.number == current.number:
                read = Generation.open(workspace.index, record, workspace.verifier)
                read.verify_pages()
                opened = read
            elif bad:
                raise IntegrityError(f"The segment {bad[0][:12]}… it uses is missing or damaged.")
        except IntegrityError as error:
            _generation_damaged(found, record, error, current=bool(current and record.number == current.number))
    return opened


def _readable(root: Path, name: str, found: Comparison) -> bool:
    if name not in found.readable and name not in found.unreadable:
        try:
            found.readable[name] = Segment.open(root, name, fresh=True)
        except IntegrityError as error:
            found.unreadable.add(name)
            found.add(Drift.SEGMENT_DAMAGED, name, error.what, "--repair leaves out what it held.")
    return name in found.readable


def _generation_damaged(found: Comparison, record: GenerationRecord, error: IntegrityError, *, current: bool) -> None:
    if current:
        to_do = "--repair builds one anew from what is live and readable."
        found.add(Drift.GENERATION_DAMAGED, str(record.number), error.what, to_do)
    else:
        to_do = "Nothing can go back to it. --repair marks it as pruned."
        found.add(Drift.KEPT_GENERATION_DAMAGED, str(record.number), error.what, to_do)


def compare_ledger(opened: Generation, pointers: dict[str, Pointer], live: set[str], found: Comparison) -> None:
    """Live pointers against placements, and each placement's access rule against the ledger's."""
    placed = set()
    rules = {access_id: rule.digest for access_id, rule in opened.access.items()}
    for placement in opened.documents():
        document = placement.document
        placed.add(document.doc_id)
        pointer = pointers.get(document.doc_id)
        if pointer is None or pointer.version_id != document.version_id:
            says = "The generation holds a version that is not live in the ledger; it is in no answer."
            found.drop(Drift.NOT_LIVE, document.doc_id, says)
        elif document.version_id not in live:
            says = "It was taken back and is in no answer; the generation's files still hold it."
            found.drop(Drift.TAKEN_BACK, document.doc_id, says, "The next generation leaves it out; so does --repair.")
        elif rules[document.access_id] != pointer.access_digest:
            says = "The generation's access table gives it another rule than the ledger."
            found.drop(Drift.ACCESS, document.doc_id, says)
        elif placement.segment and placement.segment in found.unreadable:
            found.drop(Drift.ROWS, document.doc_id, "The segment that holds its rows is missing or damaged.")
    for doc_id, pointer in pointers.items():
        if doc_id not in placed and pointer.version_id in live:
            says = "It is live in the ledger, but the generation does not hold it; it is in no answer."
            found.add(Drift.NOT_INDEXED, doc_id, says, NEXT_RUN, repairable=False)


def compare_rows(opened: Generation, found: Comparison) -> None:
    """Every row of every placement: whose it is, of which content, and whether its chunks are complete."""
    for doc_id in misplaced(opened.placements, found.readable):
        found.drop(Drift.ROWS, doc_id, "Its rows are another document's, of other content, or not complete.")


def compare_files(workspace: Workspace, found: Comparison) -> None:
    """Folders nobody names, unfinished ones, and runs that never ended."""
    index, pruned = workspace.index, Retained(workspace.database).pruned()
    kept = {(index / r.manifest).parent for r in workspace.ledger.generations() if r.number not in pruned}
    waiting = {f"-{digest[:12]}" for digest in DriftStore(workspace.database).waiting_generations()}
    needed: set[str] = set(found.readable) | found.unreadable
    for folder in _folders(index / manifest.FOLDER):
        if folder in kept:
            continue
        if any(folder.name.endswith(end) for end in waiting):
            needed |= claimed_segments(folder)
            continue
        found.add(Drift.ORPHAN_GENERATION, folder.name, "No run made it current.", "--repair removes it.")
    for folder in _folders(index / segments.FOLDER):
        if folder.name not in needed:
            found.add(Drift.ORPHAN_SEGMENT, folder.name, "No kept generation uses it.", "--repair removes it.")
    for name in (manifest.FOLDER, segments.FOLDER):
        for path in sorted((index / name).glob(f"{UNFINISHED}*")):
            found.add(Drift.UNFINISHED_FILES, f"{name}/{path.name}", "A run died here.", "--repair removes it.")
    for folder in _folders(workspace.home.staging):
        found.add(Drift.STALE_STAGING, folder.name, "Its run is over.", "--repair removes it.")
    for run in workspace.ledger.unfinished_runs():
        says = "It started and never ended; nothing of it was published."
        found.add(Drift.UNFINISHED_RUN, run.run_id, says, "--repair notes that it failed.")


def _folders(folder: Path) -> Sequence[Path]:
    found: Iterable[Path] = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.is_dir() and not path.name.startswith("."))


def texts_held(found: Comparison) -> Iterator[str]:
    """Digest of every chunk's text that a kept generation holds."""
    for segment in found.readable.values():
        yield from map(str, segment.rows["text_digest"].to_pylist())
