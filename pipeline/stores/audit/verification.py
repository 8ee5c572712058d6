"""Verifies the audit log, and signs checkpoints of its end.

Invariants: a checkpoint says sequence number, hash and time, is signed, and is kept outside the database too. Anyone
with a checkpoint and the public key can see if the log was cut off or rewritten since, even with every hash
recomputed (law 11). Verification reads the log once, in pages, and names the first entry that is wrong.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select

from pipeline.domain.audit import AuditEvent, AuditReport
from pipeline.domain.digests import canonical_json
from pipeline.domain.errors import IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.stores.audit import log as audit_log
from pipeline.stores.database import Database
from pipeline.stores.tables import audit_checkpoints, audit_head
from pipeline.stores.tables import audit_log as table

CHECKPOINT_TYPE = "application/vnd.corpusgate.audit-checkpoint+json"
"""Payload type of a signed checkpoint."""
Envelope = dict[str, object]
"""A DSSE envelope, as parsed JSON."""
Sign = Callable[[bytes], Envelope]
Open = Callable[[Envelope], bytes]
"""Checks an envelope's signature and returns its payload; raises `IntegrityError` when the signature is wrong."""


class Checkpoint(Frozen):
    """How far the log had come at some moment."""

    seq: int
    hash: str
    at: datetime


class AuditLog:
    """Read, checkpoint and verify the log. Writing happens inside the transactions that are being audited.

    Args:
        database: The ledger's database.
        sign: Signs checkpoints; without it none can be made.
        open_envelope: Checks the signature of a checkpoint; without it, `verify` checks the chain of hashes only.

    """

    def __init__(self, database: Database, sign: Sign | None = None, open_envelope: Open | None = None) -> None:
        self._database, self._sign, self._open = database, sign, open_envelope

    def events(self, subject: str | None = None, after: int = 0) -> Iterator[AuditEvent]:
        """Entries in order, optionally of one subject."""
        with self._database.read() as connection:
            yield from audit_log.events(connection, subject, after)

    def record(self, entry: audit_log.AuditEntry) -> None:
        """Append one entry on its own, for what happens outside any other transaction."""
        with audit_log.audited(self._database) as connection:
            audit_log.append(connection, self._database.now(connection), [entry])

    def checkpoint(self, folder: Path) -> Path:
        """Sign the present head, keep the envelope in the database and as a file in `folder`; returns the file."""
        if self._sign is None:
            raise ValueError("a checkpoint needs a key to sign it")
        with audit_log.audited(self._database) as connection:
            seq, head_hash = audit_log.head(connection)
            found = connection.execute(select(audit_checkpoints.c.envelope).where(audit_checkpoints.c.seq == seq))
            envelope: Envelope | None = found.scalar()
            if envelope is None:
                at = self._database.now(connection)
                payload = {"seq": seq, "hash": head_hash, "at": audit_log.timestamp(at)}
                envelope = self._sign(canonical_json(payload))
                row = {"seq": seq, "hash": head_hash, "at": at, "envelope": envelope}
                connection.execute(insert(audit_checkpoints), row)
        return _write(folder / f"audit-{seq:012}.json", envelope)

    def verify(self, from_checkpoint: Mapping[str, object] | None = None) -> AuditReport:
        """Check the whole chain and, with the keys, every stored checkpoint and `from_checkpoint`."""
        open_envelope = self._open
        if open_envelope is None:
            if from_checkpoint is not None:
                raise ValueError("a checkpoint proves nothing without the key to check its signature")
            with self._database.read() as connection:
                return _check(connection, [])
        given = [] if from_checkpoint is None else [_opened(dict(from_checkpoint), open_envelope)]
        with self._database.read() as connection:
            stored = connection.execute(select(audit_checkpoints.c.envelope)).scalars().all()
            opened = [mark for mark in (_opened_or_none(envelope, open_envelope) for envelope in stored) if mark]
            marks = {"checkpoints": len(given) + len(opened), "refused_checkpoints": len(stored) - len(opened)}
            return _check(connection, given + opened).model_copy(update=marks)


def _check(connection: Connection, trusted: list[Checkpoint]) -> AuditReport:
    expected: dict[int, str] = {}
    for mark in trusted:
        if expected.setdefault(mark.seq, mark.hash) != mark.hash:
            return _bad(0, audit_log.GENESIS, mark.seq, f"Two signed checkpoints disagree about entry {mark.seq}.")
    seq, last_hash = 0, audit_log.GENESIS
    for row in _rows(connection):
        if row["seq"] != seq + 1:
            return _bad(seq, last_hash, seq + 1, f"Entry {seq + 1} is missing.")
        if audit_log.entry_hash(row) != row["hash"]:
            return _bad(seq, last_hash, seq + 1, f"Entry {seq + 1} was changed: its hash does not match.")
        if row["prev_hash"] != last_hash:
            return _bad(seq, last_hash, seq + 1, f"Entry {seq + 1} does not follow the entry before it.")
        if expected.get(seq + 1, row["hash"]) != row["hash"]:
            problem = f"The log was rewritten: entry {seq + 1} is not the one a signed checkpoint names."
            return _bad(seq, last_hash, seq + 1, problem)
        seq, last_hash = seq + 1, row["hash"]
    if max(expected, default=0) > seq:
        problem = f"The log was cut off: it ends with entry {seq}, a signed checkpoint names entry {max(expected)}."
        return _bad(seq, last_hash, seq + 1, problem)
    head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    if head is None or (head.seq, head.hash) != (seq, last_hash):
        return _bad(seq, last_hash, seq + 1, f"The log was cut off: its head names another entry than its last, {seq}.")
    return AuditReport(events=seq, head_hash=last_hash)


def _rows(connection: Connection) -> Iterator[Mapping[str, object]]:
    query = select(table).order_by(table.c.seq).limit(audit_log.PAGE)
    rows = connection.execute(query).mappings().all()
    while rows:
        yield from (dict(row) for row in rows)
        rows = connection.execute(query.where(table.c.seq > rows[-1]["seq"])).mappings().all()


def _bad(events: int, head_hash: str, seq: int, problem: str) -> AuditReport:
    return AuditReport(events=events, head_hash=head_hash, first_bad_seq=seq, problem=problem)


def _opened(envelope: Envelope, open_envelope: Open) -> Checkpoint:
    try:
        return Checkpoint.model_validate_json(open_envelope(envelope))
    except ValidationError:
        raise IntegrityError(
            "A signed statement is no audit checkpoint.",
            done="The audit log was not verified.",
            fix="Give a file that `corpusgate audit checkpoint` wrote.",
        ) from None


def _opened_or_none(envelope: Envelope, open_envelope: Open) -> Checkpoint | None:
    try:
        return _opened(envelope, open_envelope)
    except IntegrityError:
        return None


def _write(path: Path, envelope: Envelope) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with partial.open("w", encoding="utf-8") as file:
        json.dump(envelope, file, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    return path
