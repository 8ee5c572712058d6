"""Pinned and pruned generations.

Invariants: a generation's record stays for ever; pruning only notes that its files are gone. A pinned or current
generation is never marked as pruned. Pins and prunings are in the audit log.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from pipeline.domain.digests import digest_text
from pipeline.domain.errors import Conflict, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database
from pipeline.stores.tables import current_generation, generations, pinned_generations, pruned_generations


class Pin(Frozen):
    """A generation somebody wants kept, and why."""

    number: int
    pinned_by: str
    pinned_at: datetime
    reason: str


class Retained:
    """Pins and prunings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pruned(self) -> dict[int, datetime]:
        """Numbers of the generations whose files are gone, with when."""
        with self._database.read() as connection:
            rows = connection.execute(select(pruned_generations.c.number, pruned_generations.c.pruned_at))
            return {row.number: row.pruned_at for row in rows}

    def pins(self) -> dict[int, Pin]:
        """Every pin, by generation."""
        with self._database.read() as connection:
            rows = connection.execute(select(pinned_generations)).mappings()
            return {row["number"]: Pin(**row) for row in rows}

    def pin(self, number: int, by: str, reason: str) -> Pin:
        """Keep a generation whatever its age; pinning twice is one pin."""
        if not reason.strip():
            raise UsageError("A reason is needed.", fix="Say in one sentence why, for whoever asks what keeps it.")
        with audit_log.audited(self._database) as connection:
            _require_kept(connection, number)
            row = connection.execute(select(pinned_generations).where(pinned_generations.c.number == number))
            if found := row.mappings().first():
                return Pin(**found)
            pin = Pin(number=number, pinned_by=by, pinned_at=self._database.now(connection), reason=reason)
            connection.execute(insert(pinned_generations), pin.model_dump())
            details = {"reason_digest": digest_text(reason)}
            audit_log.append(connection, pin.pinned_at, [AuditEntry(by, "generation.pinned", str(number), details)])
            return pin

    def unpin(self, number: int, by: str) -> None:
        """Let retention decide about a generation again."""
        with audit_log.audited(self._database) as connection:
            gone = connection.execute(delete(pinned_generations).where(pinned_generations.c.number == number))
            if gone.rowcount == 0:
                raise UsageError(f"Generation {number} is not pinned.", fix="`corpusgate generations list` shows pins.")
            at = self._database.now(connection)
            audit_log.append(connection, at, [AuditEntry(by, "generation.unpinned", str(number))])

    def mark_pruned(self, numbers: Sequence[int], reason: str) -> list[int]:
        """Note that these generations' files go; what is current, pinned or noted already is left out."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            table = pruned_generations
            kept = {connection.execute(select(current_generation.c.number)).scalar()}
            kept |= set(connection.execute(select(pinned_generations.c.number)).scalars())
            kept |= set(connection.execute(select(table.c.number)).scalars())
            going = [number for number in numbers if number not in kept]
            if going:
                rows = [{"number": number, "pruned_at": at, "reason": reason} for number in going]
                connection.execute(insert(table), rows)
                audit_log.append(connection, at, _entries(going, reason))
            return going


def _entries(numbers: Iterable[int], reason: str) -> list[AuditEntry]:
    return [AuditEntry(PUBLISHER, "generation.pruned", str(number), {"reason": reason}) for number in numbers]


def _require_kept(connection: Connection, number: int) -> None:
    if connection.execute(select(generations.c.number).where(generations.c.number == number)).first() is None:
        raise UsageError(f"There is no generation {number}.", fix="`corpusgate generations list` shows them.")
    if connection.execute(select(pruned_generations).where(pruned_generations.c.number == number)).first():
        raise Conflict(f"Generation {number} was pruned: its files are gone.", fix="Pin one that is kept.")
