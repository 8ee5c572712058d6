"""The append-only, hash-chained audit log.

Invariants: every entry holds the hash of the entry before it, and its own hash covers everything else in it, so
an edit, removal or reordering breaks the chain; an older signed checkpoint shows a cut-off end or a rewritten
chain (law 11). Appends are serialised by the single head row. Details hold digests, ids, codes, counts and flags
and nothing else: no text can get in (law 4). Actor and subject are names of bounded length without a character that
cannot be shown; whatever a document is called, its entry can be written (law 15).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from pipeline.domain.audit import AuditEvent, timestamp
from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.documents.printable_names import printable_name
from pipeline.domain.errors import LedgerError
from pipeline.stores.database import Database
from pipeline.stores.tables import audit_head, audit_log

GENESIS = "0" * 64
PAGE = 2_000
LONGEST_NAME = 4_000

Detail = str | int | bool | None | Sequence[str]

_CODE = re.compile(r"[a-z0-9][a-z0-9_.:/-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{8,128}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@+-]{0,127}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that happened: who did what to what."""

    actor: str
    action: str
    """A dotted word, such as `source.approved`."""
    subject: str
    """The name or id of what it happened to."""
    details: Mapping[str, Detail] = field(default_factory=dict)


_HEAD = select(audit_head.c.seq, audit_head.c.hash)
_HEAD_LOCKED = _HEAD.with_for_update()


@contextmanager
def audited(database: Database) -> Iterator[Connection]:
    """A write transaction that holds the head from its beginning.

    Everything that appends begins so: decisions are then made one at a time, on rows nobody else is changing, and
    no two of them wait for each other's locks.
    """
    with database.begin() as connection:
        _lock_head(connection)
        yield connection


def append(connection: Connection, at: datetime, entries: Iterable[AuditEntry]) -> int:
    """Append `entries` in an `audited` transaction; returns the sequence number of the last one."""
    seq, prev_hash = head(connection)
    moment = timestamp(at)
    rows = []
    for entry in entries:
        seq += 1
        row = _row(seq, moment, entry, prev_hash)
        prev_hash = entry_hash(row)
        rows.append({**row, "hash": prev_hash})
    if rows:
        connection.execute(insert(audit_log), rows)
        connection.execute(update(audit_head).values(seq=seq, hash=prev_hash))
    return seq


def head(connection: Connection) -> tuple[int, str]:
    """Sequence number and hash of the last entry."""
    row = connection.execute(_HEAD).one()
    return row.seq, row.hash


def events(connection: Connection, subject: str | None = None, after: int = 0) -> Iterator[AuditEvent]:
    """Entries in order, optionally of one subject, read in pages."""
    query = select(audit_log).order_by(audit_log.c.seq).limit(PAGE)
    if subject is not None:
        query = query.where(audit_log.c.subject == written_name(subject))
    while True:
        rows = connection.execute(query.where(audit_log.c.seq > after)).all()
        for row in rows:
            yield AuditEvent(**row._mapping)
        if len(rows) < PAGE:
            return
        after = rows[-1].seq


def written_name(name: str) -> str:
    """An actor or a subject as it stands in the log: what cannot be shown is escaped, and the end of a long one cut."""
    return name if len(name) <= LONGEST_NAME and name.isprintable() else printable_name(name)


def entry_hash(row: Mapping[str, object]) -> str:
    """SHA-256 over the canonical JSON of everything in a stored row except its hash."""
    return digest_bytes(canonical_json({key: value for key, value in row.items() if key != "hash"}))


def _lock_head(connection: Connection) -> None:
    connection.execute(_HEAD_LOCKED).one()


def _row(seq: int, at: str, entry: AuditEntry, prev_hash: str) -> dict[str, object]:
    _check(entry)
    return {
        "seq": seq,
        "at": at,
        "actor": written_name(entry.actor),
        "action": entry.action,
        "subject": written_name(entry.subject),
        "details": canonical_json(dict(entry.details)).decode(),
        "prev_hash": prev_hash,
    }


def _check(entry: AuditEntry) -> None:
    if not _CODE.fullmatch(entry.action):
        raise _refusal("action")
    for name, value in (("actor", entry.actor), ("subject", entry.subject)):
        if not value:
            raise _refusal(name)
    for key, detail in entry.details.items():
        if not _KEY.fullmatch(key):
            raise _refusal("key")
        values = detail if isinstance(detail, list | tuple) else [detail]
        if not all(_is_plain(key, value) for value in values):
            raise _refusal(key)


def _is_plain(key: str, value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int):
        return abs(value) < 2**53
    if not isinstance(value, str):
        return False
    shapes = (_ID, _CODE, _DIGEST) if key.endswith("_id") or key == "by" else (_CODE, _DIGEST)
    return any(shape.fullmatch(value) for shape in shapes)


def _refusal(name: str) -> LedgerError:
    return LedgerError(
        f"An audit entry's {name} is not a digest, id, code, count or flag.",
        done="The transaction was rolled back.",
        fix="Report this as a bug of Corpusgate: free text never goes into the audit log.",
    )
