"""Compares the checkpoints in an anchor with this home.

Invariants: the anchor is read before the database, so a checkpoint that is made meanwhile raises no alarm. A note that
an accepted key signed counts. One of a revoked key, or one that cannot be read, proves nothing and is counted. One that
names this log and is signed with a key this home does not have is an alarm: an older copy lacks newer keys.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.domain.checkpoints import LogCheckpoint, parse_note
from pipeline.domain.digests import digest_text
from pipeline.domain.errors import IntegrityError, RevokedKey
from pipeline.domain.frozen import Frozen
from pipeline.files.anchors import Anchor
from pipeline.stores.audit.checkpoints import Checkpoints

if TYPE_CHECKING:
    from pipeline.index.signing import Verifier


class AnchorState(Frozen):
    """One anchor, next to this home."""

    folder: Path
    clash: str = ""
    """What in it does not fit the audit log, in a sentence; empty if everything fits."""
    unreachable: str = ""
    """Why it cannot be read; empty where it can."""
    behind: bool = False
    """Whether the newest checkpoint of this home is missing in it."""


@dataclass
class AnchoredCheckpoints:
    """Everything in an anchor that concerns this home."""

    checkpoints: list[LogCheckpoint] = field(default_factory=list)
    accepted: int = 0
    refused: int = 0


@dataclass(frozen=True)
class _Note:
    """A note that concerns this home."""

    checkpoint: LogCheckpoint
    known_key: bool


class AnchoredNotes:
    """The notes in one anchor, read now."""

    def __init__(
        self,
        anchor: Anchor,
        stored: Checkpoints,
        origin: str,
        verifier: "Callable[[], Verifier]",
        accepted: frozenset[str],
    ) -> None:
        self._anchor, self._stored, self._origin = anchor, stored, origin
        self._verifier, self._accepted = verifier, accepted

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self._anchor.folder

    def state(self) -> AnchorState:
        """Whether its newest checkpoint fits, and whether it has that of this home."""
        try:
            clash = next((says for _, says in self._clashes(every=False)), "")
            newest = self._stored.newest()
            behind = newest is not None and not self._anchor.holds(newest)
        except OSError as error:
            why = error.strerror or type(error).__name__
            return AnchorState(folder=self._anchor.folder, unreachable=why, behind=True)
        return AnchorState(folder=self._anchor.folder, clash=clash, behind=behind)

    def clashing(self) -> Iterator[LogCheckpoint]:
        """Every checkpoint that does not fit."""
        return (checkpoint for checkpoint, _ in self._clashes(every=True))

    def everything(self) -> AnchoredCheckpoints:
        """Every checkpoint for a verification of the whole log; none of them if the anchor cannot be read."""
        found = AnchoredCheckpoints()
        try:
            for log in self._anchor.logs():
                for note in self._concerning(log, found):
                    if not note.known_key:
                        found.refused += 1
                    else:
                        found.checkpoints.append(note.checkpoint)
        except OSError:
            pass  # `examine` reports it
        return found

    def _clashes(self, *, every: bool) -> Iterator[tuple[LogCheckpoint, str]]:
        """The checkpoints that do not fit, and why; of each log only the newest is looked at, unless `every`."""
        for log in self._anchor.logs():
            for note in self._concerning(log, AnchoredCheckpoints()):
                if says := self._clash(note):
                    yield note.checkpoint, says
                if not every:
                    break

    def _concerning(self, log: Path, count: AnchoredCheckpoints) -> Iterator[_Note]:
        own = self._anchor.is_of(log, self._origin)
        for text in self._anchor.newest_first(log):
            try:
                checkpoint, _ = parse_note(text)
                if digest_text(checkpoint.text) in self._accepted:
                    count.accepted += 1
                    continue
                yield _Note(self._verifier().open_note(text), known_key=True)
            except (ValueError, RevokedKey):
                count.refused += own
            except IntegrityError:
                if not own:
                    return  # the log of another home
                yield _Note(checkpoint, known_key=False)

    def _clash(self, note: _Note) -> str:
        """Why a note does not fit the audit log; empty if it fits."""
        checkpoint = note.checkpoint
        if not note.known_key:
            return f"A checkpoint of this log over {checkpoint.size:,} entries is signed with a key it does not have."
        if checkpoint.origin != self._origin:
            return f"A checkpoint that this home signed is of another log, {checkpoint.origin}."
        size, root = self._stored.root_at(checkpoint.size)
        if checkpoint.size > size:
            return f"A checkpoint was signed over {checkpoint.size:,} entries, and the audit log has {size:,}."
        if root != checkpoint.root:
            return f"A checkpoint over {checkpoint.size:,} entries is not among those that this database signed."
        return ""
