"""The newer audit log of a home that was backed up: that of the home itself, or an export.

Invariants: a log counts only if every hash holds and its beginning is the log of the backup. It is never written to. A
checkpoint that this log's keys signed over other entries refuses it: then it was changed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from pipeline.domain.audit import AuditEvent
from pipeline.domain.checkpoints import LogCheckpoint
from pipeline.domain.documents.provenance import Source
from pipeline.domain.errors import ConfigError, IntegrityError
from pipeline.domain.log_tree import LogTree, leaf_hash
from pipeline.domain.serving.newer_takedowns import NewerTakedowns, newer_takedowns
from pipeline.evidence.checkpoints import held_restore
from pipeline.settings.home import Home
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.verification import AuditLog
from pipeline.stores.copies import CopiedState
from pipeline.stores.database import Database
from pipeline.stores.ledger.source_registry import SourceRegistry

_REFUSED = "Nothing was restored."


class NewerLog:
    """An audit log that continues that of a backup.

    Args:
        place: A home, or a file that `corpusgate audit export` wrote.
        backup: The state of the ledger in the backup.
        in_drill: Whether a rehearsal copy counts as the old home.

    Raises:
        ConfigError: The place cannot be read, or is a held copy, which knows nothing newer.
        IntegrityError: A hash is wrong, or the log does not continue that of the backup.

    """

    def __init__(self, place: Path, backup: CopiedState, *, in_drill: bool = False) -> None:
        self.home = Home(place) if place.is_dir() else None
        self.sources: list[Source] = []
        """Those of the home; empty for an export."""
        newer: list[AuditEvent] = []
        leaves: list[bytes] = []
        for event in _verified(self._events(place)):
            leaves.append(leaf_hash(event.line))
            if event.seq == backup.size and event.hash != backup.head:
                raise _other_log()
            if event.seq > backup.size:
                newer.append(event)
        if len(leaves) < backup.size:
            raise IntegrityError(
                f"The given audit log is older than the backup: it has {len(leaves):,} of {backup.size:,} entries.",
                done=_REFUSED,
                fix="Give the newest log there is.",
            )
        held = held_restore(newer)
        if held is not None and not (in_drill and held.fields.get("alone")):
            how = "with --alone" if held.fields.get("alone") else "without a newer log"
            raise ConfigError(
                f"{place} knows nothing newer: it was itself restored from a backup {how}, and is held.",
                done=_REFUSED,
                fix="Give the home that was lost, or its newest `corpusgate audit export`.",
            )
        self._tree = LogTree(leaves)
        self.takedowns: NewerTakedowns = newer_takedowns(newer)
        self.entries = len(newer)

    @property
    def size(self) -> int:
        """Entries of the whole log."""
        return self._tree.size

    def holds(self, checkpoint: LogCheckpoint) -> bool:
        """Whether a checkpoint was signed over the beginning of this log, or all of it. Raises `IntegrityError`."""
        if checkpoint.size > self.size:
            return False
        if checkpoint.size and self._tree.root(checkpoint.size).hex() != checkpoint.root:
            raise IntegrityError(
                f"A checkpoint over {checkpoint.size:,} entries was signed over other entries than the given log has.",
                done=_REFUSED,
                fix="The given log was changed. Give one that `corpusgate audit verify` accepts.",
            )
        return True

    def _events(self, place: Path) -> Iterator[AuditEvent]:
        if self.home is not None:
            database = Database(self.home.database_url)
            try:
                yield from AuditLog(database).events()
                self.sources = SourceRegistry(database).sources()
            finally:
                database.dispose()
            return
        try:
            with place.open("rb") as file:
                for line in file:
                    event = AuditEvent.model_validate_json(line)
                    if event.line != line.rstrip(b"\n"):
                        raise ValueError
                    yield event
        except (OSError, ValidationError, ValueError):
            raise ConfigError(
                f"{place} is not an audit log.",
                done=_REFUSED,
                fix="Give the old home, or a file that `corpusgate audit export` wrote.",
            ) from None


def _verified(events: Iterable[AuditEvent]) -> Iterator[AuditEvent]:
    seq, last = 0, audit_log.GENESIS
    for event in events:
        if event.seq != seq + 1 or event.prev_hash != last or audit_log.entry_hash(event.hashed) != event.hash:
            raise IntegrityError(
                f"Entry {seq + 1} of the given audit log was changed or is missing.",
                done=_REFUSED,
                fix="Give another copy.",
            )
        seq, last = event.seq, event.hash
        yield event


def _other_log() -> IntegrityError:
    return IntegrityError(
        "The given audit log does not continue the log of the backup.",
        done=_REFUSED,
        fix="Give the log of the home that the backup was made of.",
    )
