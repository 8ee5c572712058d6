"""Checkpoints in the database: signs the state of the log, and remembers the right edge of its tree.

Invariants: a checkpoint reads only what was added since the one before, and refuses to sign entries that do not follow
those it signed before. The remembered tree saves work and proves nothing: verification computes the tree from the log.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, select, update

from pipeline.domain.checkpoints import LogCheckpoint, LogMark
from pipeline.domain.errors import IntegrityError
from pipeline.domain.frozen import Frozen
from pipeline.domain.log_tree import Frontier, LogTree, leaf_hash
from pipeline.stores.audit import log as audit_log
from pipeline.stores.database import Database, insert_into
from pipeline.stores.tables import audit_log as entries
from pipeline.stores.tables import audit_notes, audit_tree

_BY_SIZE = select(audit_notes).order_by(audit_notes.c.size.desc())
SignNote = Callable[[LogCheckpoint], str]
"""Signs a checkpoint; returns the note."""


class SignedCheckpoint(LogCheckpoint):
    """A checkpoint with the note that signs it."""

    note: str

    @classmethod
    def of(cls, checkpoint: LogCheckpoint, note: str) -> "SignedCheckpoint":
        """The checkpoint, signed with that note."""
        return cls(**checkpoint.model_dump(), note=note)


class LogExtent(Frozen):
    """How far a log is, and how far its newest checkpoint reaches; no signature was checked."""

    size: int
    """Entries in the log."""
    checkpointed: int | None = None
    """Entries that the newest checkpoint covers; None without a checkpoint."""
    root: str = ""
    """Root of the tree of that checkpoint, hex; empty without one."""
    made_at: datetime | None = None


class Checkpoints:
    """The checkpoints of one log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def origin(self) -> str:
        """Identity of the log, which its checkpoints carry. It stays the same for good."""
        with self._database.read() as connection:
            return _tree(connection)[0]

    @property
    def size(self) -> int:
        """Entries in the log now."""
        with self._database.read() as connection:
            return audit_log.head(connection)[0]

    def mark(self, size: int | None = None) -> LogMark | None:
        """How far the log is; with `size`, how it was at that many entries, None if it never had as many."""
        with self._database.read() as connection:
            if size is None:
                seq, head_hash = audit_log.head(connection)
                return LogMark(entries=seq, head=head_hash)
            found = connection.execute(select(entries.c.hash).where(entries.c.seq == size)).scalar()
            return None if found is None else LogMark(entries=size, head=found)

    def newest(self) -> SignedCheckpoint | None:
        """The newest checkpoint; its signature was not checked."""
        with self._database.read() as connection:
            return _newest(connection)

    def extent(self) -> LogExtent:
        """How far the log is and how far it is signed, from one state of the database."""
        with self._database.read() as connection:
            row = connection.execute(_BY_SIZE.limit(1)).one_or_none()
            size = audit_log.head(connection)[0]
            if row is None:
                return LogExtent(size=size)
            return LogExtent(size=size, checkpointed=row.size, root=row.root, made_at=row.at)

    def newest_moment(self) -> datetime | None:
        """When the newest checkpoint was made; its signature was not checked."""
        with self._database.read() as connection:
            return connection.execute(
                select(audit_notes.c.at).order_by(audit_notes.c.size.desc()).limit(1)
            ).scalar_one_or_none()

    def root_at(self, size: int) -> tuple[int, str | None]:
        """Entries in the log now, and the root of the stored checkpoint at `size`, None without one. One state."""
        with self._database.read() as connection:
            root = connection.execute(select(audit_notes.c.root).where(audit_notes.c.size == size)).scalar()
            return audit_log.head(connection)[0], root

    def between(self, first: int, last: int) -> list[SignedCheckpoint]:
        """Stored checkpoints with a size between the two, both ends included, by size."""
        found = select(audit_notes).where(audit_notes.c.size.between(first, last)).order_by(audit_notes.c.size)
        with self._database.read() as connection:
            origin = _tree(connection)[0]
            return [_of_row(origin, row.size, row.root, row.note) for row in connection.execute(found)]

    def make(self, sign: SignNote, *, again: bool = False) -> SignedCheckpoint:
        """Sign the log as it is. Without a new entry, the newest checkpoint is returned, or with `again` signed again.

        Raises `IntegrityError` if the log does not continue what was signed before.
        """
        with audit_log.audited(self._database) as connection:
            seq, head_hash = audit_log.head(connection)
            newest = _newest(connection)
            if newest is not None and newest.size == seq and not again:
                return newest
            origin, frontier = _tree(connection)
            _extend(connection, frontier, seq, head_hash)
            checkpoint = LogCheckpoint(origin=origin, size=seq, root=frontier.root.hex())
            if newest is not None and newest.size == seq and newest.root != checkpoint.root:
                raise _broken(f"its tree at {seq} entries is not the one that was signed")
            note = sign(checkpoint)
            row = {"root": checkpoint.root, "at": self._database.now(connection), "note": note}
            put = insert_into(connection, audit_notes).values(size=seq, **row)
            connection.execute(put.on_conflict_do_update(index_elements=["size"], set_=row))
            edge = [one.hex() for one in frontier.hashes]
            connection.execute(update(audit_tree).values(size=frontier.size, frontier=edge))
            return SignedCheckpoint.of(checkpoint, note)

    def tree(self, checkpoint: LogCheckpoint) -> LogTree:
        """The tree of that checkpoint, computed from the entries. It holds two hashes of 32 bytes for each.

        Raises `IntegrityError` if the entries do not give the root of the checkpoint.
        """
        with self._database.read() as connection:
            lines = (event.line for event in islice(audit_log.events(connection), checkpoint.size))
            tree = LogTree([leaf_hash(line) for line in lines])
        if (tree.size, tree.root().hex()) != (checkpoint.size, checkpoint.root):
            raise _broken(f"its first {checkpoint.size} entries are not those of the checkpoint")
        return tree


def _extend(connection: Connection, frontier: Frontier, seq: int, head_hash: str) -> None:
    """Add the entries since the last checkpoint to the tree, if they follow each other and what was signed."""
    size, last = frontier.size, audit_log.GENESIS
    if size > seq:
        raise _broken(f"{size} entries were signed and only {seq} are there")
    if size:
        found = connection.execute(select(entries.c.hash).where(entries.c.seq == size)).scalar()
        last = found or last
    for event in audit_log.events(connection, after=size):
        if event.seq != size + 1 or event.prev_hash != last or audit_log.entry_hash(event.hashed) != event.hash:
            raise _broken(f"entry {size + 1} does not follow the entry before it")
        frontier.add(leaf_hash(event.line))
        size, last = event.seq, event.hash
    if (size, last) != (seq, head_hash):
        raise _broken(f"it ends with entry {size}, and its head names another")


def _tree(connection: Connection) -> tuple[str, Frontier]:
    row = connection.execute(select(audit_tree)).one_or_none()
    try:
        if row is not None:
            return row.origin, Frontier(row.size, map(bytes.fromhex, row.frontier))
    except (TypeError, ValueError):
        pass
    raise _broken("what is remembered of its tree was changed")


def _newest(connection: Connection) -> SignedCheckpoint | None:
    row = connection.execute(_BY_SIZE.limit(1)).one_or_none()
    return None if row is None else _of_row(_tree(connection)[0], row.size, row.root, row.note)


def _of_row(origin: str, size: int, root: str, note: str) -> SignedCheckpoint:
    return SignedCheckpoint(origin=origin, size=size, root=root, note=note)


def stored_notes(connection: Connection) -> Iterator[str]:
    """Every stored note, by size."""
    yield from connection.execute(select(audit_notes.c.note).order_by(audit_notes.c.size)).scalars()


def _broken(what: str) -> IntegrityError:
    return IntegrityError(
        f"The audit log cannot be signed: {what}.",
        done="No checkpoint was made.",
        fix="Run `corpusgate audit verify`; keep the older checkpoints and the database as they are.",
    )
