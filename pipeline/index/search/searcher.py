"""Permission-filtered search over the current generation.

Invariants: only rows the principal may read are scored (law 2), so no count, score or error depends on hidden
documents. Every result is checked against the ledger once more before its text is read. A search sees one generation
from beginning to end. A generation that does not verify, or is older than one served before, is refused. Where a server
opens generations, no search does while there is one before: it wakes the server and answers from that one.
"""

import threading
from collections.abc import Callable, Collection
from functools import lru_cache, partial
from pathlib import Path

from pipeline.domain.errors import IntegrityError, UsageError
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.ports import EmbeddedQuestion, Embedder
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.search.hits import Hit, Ranked, Trace
from pipeline.index.search.question_embedders import QuestionEmbedders
from pipeline.index.search.view import OpenGeneration
from pipeline.index.signing import Verifier
from pipeline.settings.application import IndexSettings

_KEPT_VIEWS = 2
"""Views of other generations held open for auditors; segments in common are opened once."""


class Searcher:
    """Answers questions from the generation the ledger calls current. Safe to use from many threads.

    Args:
        index_root: Folder of segments and generations.
        current: Asks the ledger for the current generation.
        live_versions: Of some version ids, those the ledger calls live.
        embedder_reading: Gives what embeds questions for a generation with vectors of a model of that digest.
        verifier: Checks the signature of a generation that is opened.
        settings: When to search approximately.
        view: The current generation, if it was opened before.

    """

    def __init__(
        self,
        index_root: Path,
        current: Callable[[], GenerationRecord | None],
        live_versions: Callable[[Collection[str]], set[str]],
        embedder_reading: Callable[[str], Embedder],
        verifier: Verifier,
        settings: IndexSettings,
        view: OpenGeneration | None = None,
    ) -> None:
        self._current, self._live_versions = current, live_versions
        self._questions = QuestionEmbedders(embedder_reading)
        self._open = partial(OpenGeneration.open, index_root, verifier=verifier, settings=settings)
        self._view = view
        self._loading = threading.Lock()
        self._wake: Callable[[], None] | None = None
        self._refused: tuple[GenerationRecord, IntegrityError] | None = None
        self._kept = lru_cache(maxsize=_KEPT_VIEWS)(self._open)

    def search(
        self, question: str, principal: Principal, k: int = 10, embedded: EmbeddedQuestion | None = None
    ) -> list[Hit]:
        """The `k` chunks closest in meaning to `question` among those `principal` may read, best first.

        `embedded` is the question where it was embedded before; it counts if the generation's embedder made it.
        """
        if k < 1 or not question.strip():
            raise UsageError(
                "A search needs a question and at least one result to ask for.",
                fix="Write a question, and ask for 1 result or more.",
            )
        view = self._up_to_date()
        if view is None:
            return []
        # Embedded before the filter is consulted: the time taken says nothing about what is permitted.
        vector = self._questions.vector(question, view.generation.record, embedded)
        fetch = k + k // 4 + 2  # a few may have been taken back
        while True:
            found = view.closest(vector, principal, fetch)
            live = self._live_versions({candidate.version_id for candidate in found}) if found else set()
            kept = [candidate for candidate in found if candidate.version_id in live]
            if len(kept) >= k or len(found) < fetch:
                return [view.hit(candidate) for candidate in kept[:k]]
            fetch *= 4

    def trace(self, chunk_id: str) -> Trace | None:
        """Where the current generation holds a chunk; None when it serves no such chunk."""
        view = self._up_to_date()
        return view.trace(chunk_id) if view else None

    def ranked(self, record: GenerationRecord, question: str, k: int) -> list[Ranked]:
        """How all rows of a kept generation rank for `question`, whoever may read them; for auditors only."""
        if k < 1 or not question.strip():
            raise UsageError(
                "A search needs a question and at least one result to ask for.",
                fix="Write a question, and ask for 1 result or more.",
            )
        view = self._kept(record)
        return view.ranked(self._questions.vector(question, record), k)

    def opened_by(self, wake: Callable[[], None] | None) -> None:
        """Leave opening new generations to a caller of `prepare` that `wake` wakes; with None, to searches again."""
        self._wake = wake

    @property
    def waits(self) -> bool:
        """Whether the next search would have to open a generation first."""
        return self._view is None and self._current() is not None

    def prepare(self) -> None:
        """Open the current generation, while searches go on with the one before. Raises `IntegrityError`."""
        record = self._current()
        if record is not None and (self._view is None or self._view.generation.record != record):
            with self._loading:
                if self._view is not None:  # no search waits for the model of a newer generation
                    self._questions.prepare(record)
                self._open_newer(record)

    @property
    def embedder(self) -> Embedder | None:
        """What embeds questions for the generation that is open; None while there is none. Raises `IntegrityError`."""
        view = self._view
        return None if view is None else self._questions.reading(view.generation.record)

    def _up_to_date(self) -> OpenGeneration | None:
        view = self._view  # before the ledger is asked: another thread may open a newer one after its answer
        record = self._current()
        if record is None:
            return None
        if view is not None and view.generation.record == record:
            return view
        # While one thread loads, others may go on with the generation before: what it must no longer show is
        # not live in the ledger any more. Only where there is none yet do they wait.
        if view is not None and self._wake is not None:
            _refuse_older(record, view)
            if (refused := self._refused) is not None and refused[0] == record:
                raise refused[1].with_traceback(None)
            self._wake()
            return view
        if not self._loading.acquire(blocking=view is None):
            return view
        try:
            self._open_newer(record)
            return self._view
        finally:
            self._loading.release()

    def _open_newer(self, record: GenerationRecord) -> None:
        """Open a generation unless it is open; only with the lock."""
        # Asked again: another thread may have opened a newer one between the first answer and the lock.
        record = self._current() or record
        if self._view is not None and self._view.generation.record == record:
            return
        _refuse_older(record, self._view)
        try:
            self._view = self._open(record)
        except IntegrityError as error:
            self._refused = record, error
            raise
        self._refused = None


def _refuse_older(record: GenerationRecord, view: OpenGeneration | None) -> None:
    """Refuse what the ledger calls current after it had named a newer one, which `view` shows."""
    seen = None if view is None else view.generation.record
    if seen is None or (seen.number == record.number and seen.digest == record.digest):
        return  # nothing served before, or the same, signed with another key
    if record.number <= seen.number:
        raise IntegrityError(
            f"Generation {record.number} was presented as current after generation {seen.number} had been served.",
            done="It was refused.",
            fix="Check who changed the ledger; a rollback makes a new generation.",
        )
