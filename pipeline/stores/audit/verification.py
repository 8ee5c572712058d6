"""Reads and verifies the audit log.

Invariants: verification reads the log once, in pages, and computes hashes and tree from the entries alone. It compares
them with every signed checkpoint it is given or finds in the database, so anyone with a checkpoint and the public key
sees if the log was cut off or rewritten since, even with every hash computed again (law 11). The first wrong entry is
named. If the log is whole, the ledger is compared with it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Connection, select

from pipeline.domain.audit import AuditEvent, AuditReport
from pipeline.domain.checkpoints import LogCheckpoint, LogMark
from pipeline.domain.digests import canonical_json
from pipeline.domain.errors import IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.domain.log_tree import Frontier, leaf_hash
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.agreement import disagreement
from pipeline.stores.audit.checkpoints import stored_notes
from pipeline.stores.database import Database
from pipeline.stores.tables import audit_checkpoints, audit_head, audit_tree
from pipeline.stores.tables import audit_log as table

CHECKPOINT_TYPE = "application/vnd.corpusgate.audit-checkpoint+json"
"""Payload type of a signed checkpoint of the older format."""
Envelope = Mapping[str, object]
"""A DSSE envelope, as parsed JSON."""
OpenEnvelope = Callable[[Envelope], bytes]
"""Checks an envelope's signature and returns its payload; raises `IntegrityError` when the signature is wrong."""
OpenNote = Callable[[str], LogCheckpoint]
"""Checks the signature of a note and returns its checkpoint; raises `IntegrityError` when the signature is wrong."""


class ChainCheckpoint(Frozen):
    """A checkpoint of the older format: the hash of the last entry at some moment."""

    seq: int
    hash: str
    at: datetime


@dataclass
class _SignedStates:
    """The state of the log according to signed checkpoints."""

    hashes: dict[int, str] = field(default_factory=dict)
    roots: dict[int, str] = field(default_factory=dict)
    problem: tuple[int, str] | None = None
    count: int = 0
    refused: int = 0

    def add(self, checkpoint: LogCheckpoint | ChainCheckpoint, origin: str) -> None:
        """Take a checkpoint whose signature was checked."""
        self.count += 1
        size, said = (
            (checkpoint.size, checkpoint.root)
            if isinstance(checkpoint, LogCheckpoint)
            else (checkpoint.seq, checkpoint.hash)
        )
        if isinstance(checkpoint, LogCheckpoint) and checkpoint.origin != origin:
            self.problem = size, f"A signed checkpoint is of another log than this: {checkpoint.origin}."
        known = self.roots if isinstance(checkpoint, LogCheckpoint) else self.hashes
        if known.setdefault(size, said) != said:
            self.problem = size, f"Two signed checkpoints disagree about entry {size}."

    def add_mark(self, mark: LogMark) -> None:
        """Take the mark of a manifest whose signature was checked."""
        if self.hashes.setdefault(mark.entries, mark.head) != mark.head:
            self.problem = mark.entries, f"A signed manifest and another signature disagree about entry {mark.entries}."

    @property
    def largest(self) -> int:
        """The largest size that a checkpoint or manifest was signed at."""
        return max([*self.hashes, *self.roots], default=0)


class AuditLog:
    """Reads and verifies the log. Writing happens inside the transactions that are being audited.

    Args:
        database: The ledger's database.
        open_note: Checks the signature of a checkpoint; without it, `verify` checks chain and tree only.
        open_envelope: The same for a checkpoint of the older format.

    """

    def __init__(
        self, database: Database, open_note: OpenNote | None = None, open_envelope: OpenEnvelope | None = None
    ) -> None:
        self._database, self._open_note, self._open_envelope = database, open_note, open_envelope

    def events(self, subject: str | None = None, after: int = 0) -> Iterator[AuditEvent]:
        """Entries in order, optionally of one subject."""
        with self._database.read() as connection:
            yield from audit_log.events(connection, subject, after)

    def record(self, entry: audit_log.AuditEntry) -> None:
        """Append one entry on its own, for what happens outside any other transaction."""
        with audit_log.audited(self._database) as connection:
            audit_log.append(connection, self._database.now(connection), [entry])

    def verify(
        self,
        kept: str | Envelope | None = None,
        anchored: Iterable[LogCheckpoint] = (),
        refused: int = 0,
        marks: Iterable[LogMark] = (),
    ) -> AuditReport:
        """Check the whole log and, with the keys, every stored checkpoint, `kept` and `anchored`.

        Args:
            kept: A checkpoint somebody kept: a note, or an envelope of the older format. Raises `IntegrityError` if it
                is not signed by a trusted key.
            anchored: Checkpoints that were found outside the database, their signatures checked.
            refused: How many were found there whose signature no trusted key made.
            marks: States of the log that signed manifests name.

        """
        if kept is not None and self._open_note is None:
            raise ValueError("a checkpoint proves nothing without the key to check its signature")
        with self._database.read() as connection:
            origin = connection.execute(select(audit_tree.c.origin)).scalar() or ""
            states = _SignedStates(refused=refused)
            for mark in marks:
                states.add_mark(mark)
            if kept is not None:
                states.add(self._opened(kept), origin)
            for checkpoint in anchored:
                states.add(checkpoint, origin)
            if self._open_note is not None:
                old = select(audit_checkpoints.c.envelope)
                for stored in [*stored_notes(connection), *connection.execute(old).scalars()]:
                    try:
                        states.add(self._opened(stored), origin)
                    except IntegrityError:
                        states.refused += 1
            found: dict[str, object] = {"checkpoints": states.count, "refused_checkpoints": states.refused}
            report = _check(connection, states)
            if report.ok:
                found["problem"] = disagreement(connection)
            return report.model_copy(update=found)

    def _opened(self, kept: str | Envelope) -> LogCheckpoint | ChainCheckpoint:
        if isinstance(kept, str) and self._open_note is not None:
            return self._open_note(kept)
        if isinstance(kept, str) or self._open_envelope is None:
            raise IntegrityError("There is no key to check a checkpoint with.", done="Nothing was verified.")
        try:
            return ChainCheckpoint.model_validate_json(self._open_envelope(kept))
        except ValidationError:
            raise IntegrityError(
                "A signed statement is no audit checkpoint.",
                done="The audit log was not verified.",
                fix="Give a file that `corpusgate audit checkpoint` wrote.",
            ) from None


def _check(connection: Connection, marks: _SignedStates) -> AuditReport:
    seq, last_hash, tree = 0, audit_log.GENESIS, Frontier()
    remembered = connection.execute(select(audit_tree)).one_or_none()

    def bad(at: int, problem: str) -> AuditReport:
        return AuditReport(events=seq, head_hash=last_hash, first_bad_seq=at, problem=problem, root=tree.root.hex())

    if marks.problem is not None:
        return bad(*marks.problem)
    for row in _rows(connection):
        following = seq + 1
        if row["seq"] != following:
            return bad(following, f"Entry {following} is missing.")
        if audit_log.entry_hash(row) != row["hash"]:
            return bad(following, f"Entry {following} was changed: its hash does not match.")
        if row["prev_hash"] != last_hash:
            return bad(following, f"Entry {following} does not follow the entry before it.")
        tree.add(leaf_hash(canonical_json(row)))
        root = tree.root.hex() if following in marks.roots else ""
        if marks.hashes.get(following, row["hash"]) != row["hash"] or marks.roots.get(following, root) != root:
            return bad(
                following, f"The log was rewritten: entries up to {following} are not those that a signature covers."
            )
        seq, last_hash = following, str(row["hash"])
        if remembered is not None and remembered.size == seq and _differs(remembered.frontier, tree):
            return bad(seq, f"What is remembered of the tree at {seq} entries was changed.")
    if marks.largest > seq:
        return bad(
            seq + 1,
            f"The log was cut off: it ends with entry {seq}, a signature covers entry {marks.largest}.",
        )
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    if head is None or (head.seq, head.hash) != (seq, last_hash):
        return bad(seq + 1, f"The log was cut off: its head names another entry than its last, {seq}.")
    if remembered is None or remembered.size > seq:
        return bad(seq + 1, f"The log was cut off: it ends with entry {seq}, more are remembered of its tree.")
    return AuditReport(events=seq, head_hash=last_hash, root=tree.root.hex())


def _differs(frontier: object, tree: Frontier) -> bool:
    return frontier != [one.hex() for one in tree.hashes]


def _rows(connection: Connection) -> Iterator[Mapping[str, object]]:
    query = select(table).order_by(table.c.seq).limit(audit_log.PAGE)
    rows = connection.execute(query).mappings().all()
    while rows:
        yield from (dict(row) for row in rows)
        rows = connection.execute(query.where(table.c.seq > rows[-1]["seq"])).mappings().all()
