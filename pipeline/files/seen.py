"""Documents that a stream knows, as files for its workers: one larger base and small additions.

Invariants: a file is complete before a snapshot names it and never changes afterwards. Workers look up single
documents; neither base nor additions grow with the memory of a worker. No text is in any of them.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from pipeline.domain.documents.documents import LastSeen
from pipeline.files.durable import UNFINISHED, sync_folder, write_file

FILE = "seen.json"
"""In a snapshot: the files it is made of, relative to the stream's folder `seen`."""


def write_base(path: Path, seen: Iterable[tuple[str, LastSeen]]) -> None:
    """Write everything that is known, as an SQLite file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f"{UNFINISHED}{path.name}")
    scratch.unlink(missing_ok=True)
    with closing(sqlite3.connect(scratch)) as connection, connection:
        connection.execute("CREATE TABLE seen (doc_id TEXT PRIMARY KEY, seen TEXT NOT NULL) WITHOUT ROWID")
        rows = ((doc_id, one.model_dump_json(exclude_defaults=True)) for doc_id, one in seen)
        connection.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?)", rows)
    scratch.replace(path)
    sync_folder(path.parent)


def write_addition(path: Path, seen: Mapping[str, LastSeen]) -> None:
    """Write what is known of a few documents now, over whatever earlier files say of them."""
    content = {doc_id: one.model_dump(mode="json", exclude_defaults=True) for doc_id, one in seen.items()}
    write_file(path, json.dumps(content).encode())


def write_list(folder: Path, base: str, additions: Iterable[str]) -> None:
    """Name the files a snapshot is made of, the latest addition last."""
    write_file(folder / FILE, json.dumps({"base": base, "additions": list(additions)}).encode())


class SeenFile:
    """The files one snapshot names, opened on a worker."""

    def __init__(self, snapshot: Path, files: Path) -> None:
        named = json.loads((snapshot / FILE).read_bytes())
        self._base = files / named["base"]
        self._additions = [files / name for name in reversed(named["additions"])]

    def __getitem__(self, doc_id: str) -> LastSeen:
        """What is known of a document; an empty record for one nobody decided about."""
        for path in self._additions:
            found = _addition(path).get(doc_id)
            if found is not None:
                return LastSeen.model_validate(found)
        row = _base(self._base).execute("SELECT seen FROM seen WHERE doc_id = ?", (doc_id,)).fetchone()
        return LastSeen() if row is None else LastSeen.model_validate_json(row[0])


@lru_cache(maxsize=256)
def _addition(path: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads(path.read_bytes())
    return content


@lru_cache(maxsize=2)
def _base(path: Path) -> sqlite3.Connection:
    # A worker's threads take turns by SQLite's own lock; the file never changes.
    return sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)


def names(snapshot: Path) -> Iterator[str]:
    """The files a snapshot still needs."""
    named = json.loads((snapshot / FILE).read_bytes())
    yield named["base"]
    yield from named["additions"]
