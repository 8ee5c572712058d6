"""Cache of vectors of texts that were embedded before.

Invariants: a vector is found by the digest of its text and the digest of its model, never by anything else. The cache
is a file of its own, because losing it costs only time; several processes may use it at once. A row of the wrong
length is ignored.
"""

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.ports import Vectors

SLICE = 10_000
BUSY_TIMEOUT_SECONDS = 60
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (
    text_digest BLOB NOT NULL,
    model_digest BLOB NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (text_digest, model_digest)
) WITHOUT ROWID
"""


class EmbeddingCache:
    """One SQLite file. An instance belongs to one thread of one process; a file may have many."""

    def __init__(self, path: Path, dimensions: int) -> None:
        self._bytes = dimensions * 4
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        # A worker closes it in another thread than the one that used it, never both at once.
        self._connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", _SCHEMA):
            self._connection.execute(statement)

    def get_many(self, text_digests: Sequence[str], model_digest: str) -> dict[str, NDArray[np.float32]]:
        """The vectors that are known, by text digest: shape (dimensions,) each, float32."""
        model = bytes.fromhex(model_digest)
        found: dict[str, NDArray[np.float32]] = {}
        for start in range(0, len(text_digests), SLICE):
            wanted = [bytes.fromhex(digest) for digest in text_digests[start : start + SLICE]]
            marks = ",".join("?" * len(wanted))
            query = f"SELECT text_digest, vector FROM vectors WHERE model_digest = ? AND text_digest IN ({marks})"  # noqa: S608
            with closing(self._connection.execute(query, [model, *wanted])) as rows:
                for digest, vector in rows:
                    if len(vector) == self._bytes:
                        found[digest.hex()] = np.frombuffer(vector, dtype="<f4").astype(np.float32, copy=False)
        return found

    def get_or_embed(
        self, texts: Mapping[str, str], model_digest: str, embed: Callable[[Sequence[str]], Vectors]
    ) -> tuple[dict[str, NDArray[np.float32]], int]:
        """The vectors of texts, embedding and remembering those that are not known.

        Args:
            texts: Texts by their digest.
            model_digest: Digest of the model that `embed` uses.
            embed: Gives one vector, float32 and of unit length, for each text; called once, and only for new texts.

        Returns:
            The vectors by text digest, shape (dimensions,) each, and how many of them were embedded now.

        """
        vectors = self.get_many(list(texts), model_digest)
        missing = [digest for digest in texts if digest not in vectors]
        if missing:
            fresh = dict(zip(missing, embed([texts[digest] for digest in missing]), strict=True))
            self.put_many(fresh, model_digest)
            vectors |= fresh
        return vectors, len(missing)

    def put_many(self, vectors: Mapping[str, NDArray[np.float32]], model_digest: str) -> None:
        """Remember vectors, shape (dimensions,) each, by text digest, all or none of them."""
        model = bytes.fromhex(model_digest)
        rows = [(bytes.fromhex(digest), model, self._blob(vector)) for digest, vector in vectors.items()]
        self._write("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def delete_many(self, text_digests: Sequence[str]) -> int:
        """Forget these texts' vectors, whatever the model, leaving nothing of them in the file; returns how many."""
        # What was deleted must not stay readable in the file's free pages.
        self._connection.execute("PRAGMA secure_delete=ON")
        before = self._connection.total_changes
        self._write("DELETE FROM vectors WHERE text_digest = ?", [(bytes.fromhex(digest),) for digest in text_digests])
        deleted = self._connection.total_changes - before
        # Moved rows leave copies in pages that are in use; only writing the file anew takes those away.
        for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            self._connection.execute(statement)
        return deleted

    def text_digests(self) -> set[str]:
        """Of every text a vector is known for."""
        with closing(self._connection.execute("SELECT DISTINCT text_digest FROM vectors")) as rows:
            return {digest.hex() for (digest,) in rows}

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _blob(self, vector: NDArray[np.float32]) -> bytes:
        blob = np.ascontiguousarray(vector, dtype="<f4").tobytes()
        if len(blob) != self._bytes:
            raise ValueError(f"a vector of {len(blob) // 4} dimensions in a cache for {self._bytes // 4}")
        return blob

    def _write(self, statement: str, rows: Sequence[tuple[bytes, ...]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(statement, rows)
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
