"""Whether this server can answer: database, current generation, model.

Invariants: a generation's digests are verified once, not at every probe. An unidentified caller gets only yes or no.
"""

import threading
from collections.abc import Callable

from pipeline.domain.errors import Busy, CorpusgateError
from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.reports.served import verified_documents
from pipeline.web.serving.searching import Searching
from pipeline.workspace import Workspace


class Part(Frozen):
    """One thing that must work."""

    name: str
    fine: bool
    says: str


class Health:
    """Looks at what answers depend on."""

    def __init__(self, workspace: Workspace, searching: Searching) -> None:
        self._workspace, self._searching = workspace, searching
        self._verified: str | None = None
        self._verifying = threading.Lock()

    def parts(self) -> tuple[Part, ...]:
        """Each part; one that fails does not stop the others."""
        return (
            _look("database", self._database),
            _look("generation", self._generation),
            _look("model", self._model),
        )

    def _database(self) -> str:
        return f"{len(self._workspace.sources.sources())} sources"

    def _generation(self) -> str:
        record = self._workspace.ledger.current_generation()
        if record is None:
            return "nothing is published yet"
        with self._verifying:
            if self._verified != record.digest:
                self._verify(record)
                self._verified = record.digest
        return f"generation {record.number}"

    def _verify(self, record: GenerationRecord) -> None:
        verified_documents(self._workspace, record)

    def _model(self) -> str:
        if not self._searching.ready:
            raise Busy(
                "The model or the current generation is being loaded, or cannot be used.",
                fix="Wait a minute. If it stays so, an operator runs `corpusgate doctor`.",
            )
        return self._workspace.embedding.model


def _look(name: str, look: Callable[[], str]) -> Part:
    try:
        return Part(name=name, fine=True, says=look())
    except CorpusgateError as error:
        return Part(name=name, fine=False, says=error.what)
