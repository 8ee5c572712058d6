"""Puts answers on record: into the journal before they leave, from there into the database in the background.

Invariants: an answer that cannot be put on record does not leave (law 16). A search never waits for the database here.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pydantic import Field, ValidationError

from pipeline.domain.digests import fingerprint
from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.retrievals import Door, Retrieval, RetrievedPassage
from pipeline.settings.application import RetrievalSettings
from pipeline.stores.database import Database
from pipeline.stores.retrievals.journal import Journal
from pipeline.stores.retrievals.log import RetrievalLog

_MEGABYTE = 1_000_000


class JournalLine(Frozen):
    """An answer in the journal. Its documents are for the counts; the log names versions."""

    retrieval: Retrieval
    documents: tuple[str, ...]


class Searched(Frozen):
    """A search, as the door knows it."""

    principal: str
    question: str = Field(pattern=r"^[0-9a-f]{32}$")
    """Keyed fingerprint, as `RetrievalRecorder.fingerprint` makes it; never the words."""
    k: int
    door: Door
    on_behalf_of: str | None = None


class RetrievalRecorder:
    """The retrieval log of one home. Safe to use from many threads.

    Args:
        database: The ledger's database.
        folder: Folder of the journal.
        settings: Limits and retention.
        key: Key of the fingerprints of questions.

    """

    def __init__(self, database: Database, folder: Path, settings: RetrievalSettings, key: bytes) -> None:
        self.log = RetrievalLog(database)
        self._journal = Journal(folder, settings.journal_mb * _MEGABYTE)
        self._keep = timedelta(days=settings.keep_days)
        self._key = key

    def fingerprint(self, question: str) -> str:
        """The keyed fingerprint of a question: equal questions have equal ones."""
        return fingerprint(self._key, question)

    def record(
        self, asked: Searched, generation: int, passages: Sequence[RetrievedPassage], documents: Sequence[str]
    ) -> Retrieval:
        """Record an answer that is about to leave. Raises `LedgerError` if that is impossible."""
        retrieval = Retrieval(
            id=uuid4().hex,
            at=datetime.now(UTC),
            principal=asked.principal,
            on_behalf_of=asked.on_behalf_of,
            door=asked.door,
            generation=generation,
            question=asked.question,
            asked=asked.k,
            passages=tuple(passages),
        )
        line = JournalLine(retrieval=retrieval, documents=tuple(sorted(set(documents))))
        self._journal.append(line.model_dump_json().encode())
        return retrieval

    def load(self) -> None:
        """Move what waits into the database, and remove what is older than retention keeps.

        Raises:
            LedgerError: The database refused. Everything goes on waiting.

        """
        self._journal.hand_over(self._load)
        self.log.prune(datetime.now(UTC) - self._keep)

    @property
    def waiting_bytes(self) -> int:
        """Size of what the database does not have yet."""
        return self._journal.waiting_bytes

    def _load(self, lines: list[bytes]) -> None:
        read: list[tuple[Retrieval, Sequence[str]]] = []
        for line in lines:
            try:
                parsed = JournalLine.model_validate_json(line)
            except ValidationError:  # a power cut can leave half a line
                continue
            read.append((parsed.retrieval, parsed.documents))
        self.log.add(read, unreadable=len(lines) - len(read))
