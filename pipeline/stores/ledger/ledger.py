"""The ledger: decisions about every document, and what is served.

Invariants: a document version is live only because a commit said so, and stops being served the moment its
source or anything it stands on is revoked (law 2). Runs end as finished, with their summary, or failed, with a
code. Reading 100,000 documents keeps one page in memory.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from pipeline.domain.documents.documents import Action, DocumentRef, KnownVersion, LastSeen
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.documents.run_changes import NotServed
from pipeline.domain.errors import NotFound
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.review.items import ReviewItem
from pipeline.domain.serving.publication import GenerationRecord, LiveDocument, Publication
from pipeline.domain.serving.runs import Run
from pipeline.domain.serving.takedown import TakenOff
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.database import Database
from pipeline.stores.ledger import history, kept_out, known
from pipeline.stores.ledger.commit import Also, Committed, commit
from pipeline.stores.ledger.history import DocumentHistory, VersionRecord
from pipeline.stores.run_lock import HeldLock, check_fence
from pipeline.stores.tables import (
    current_generation,
    generations,
    runs,
)
from pipeline.stores.takedown import applied, rolled_back
from pipeline.stores.takedown.applied import TakedownCheck
from pipeline.stores.takedown.rolled_back import Pointer, RestorableVersion
from pipeline.stores.takedown.taken_back import live_among

PAGE = 5_000


class Ledger:
    """Runs, documents and generations in one database."""

    def __init__(self, database: Database, key: Callable[[], bytes] | None = None) -> None:
        self._database, self._key = database, key

    # Runs

    def start_run(self, run_id: str, sources: Sequence[str], at: datetime) -> None:
        """Note that a run begins, or that an interrupted one begins again."""
        with audit_log.audited(self._database) as connection:
            state = connection.execute(select(runs.c.state).where(runs.c.run_id == run_id)).scalar()
            if state is None:
                row = {"run_id": run_id, "sources": list(sources), "state": "started", "started_at": at}
                connection.execute(insert(runs), row)
                entry = AuditEntry(PUBLISHER, "run.started", run_id, {"sources": len(sources)})
                audit_log.append(connection, at, [entry])
            elif state == "failed":
                again = update(runs).where(runs.c.run_id == run_id)
                connection.execute(again.values(state="started", finished_at=None, reason_code=None))
                audit_log.append(connection, at, [AuditEntry(PUBLISHER, "run.restarted", run_id)])

    def fail_run(self, run_id: str, reason_code: str) -> None:
        """Note that a run ended without publishing; `reason_code` is one of a closed set of words."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            ending = (
                update(runs)
                .where(runs.c.run_id == run_id, runs.c.state == "started")
                .values(state="failed", finished_at=at, reason_code=reason_code)
                .returning(runs.c.run_id)
            )
            if connection.execute(ending).first() is not None:
                entry = AuditEntry(PUBLISHER, "run.failed", run_id, {"reason": reason_code})
                audit_log.append(connection, at, [entry])

    def unfinished_runs(self) -> list[Run]:
        """Runs that started and neither finished nor failed, oldest first."""
        with self._database.read() as connection:
            return _runs(connection, select(runs).where(runs.c.state == "started").order_by(runs.c.started_at))

    def runs(self, limit: int = 20, before: Run | None = None) -> list[Run]:
        """The newest runs first; with `before`, those that follow it in this order."""
        query = select(runs).order_by(runs.c.started_at.desc(), runs.c.run_id).limit(limit)
        if before is not None:
            at_once = and_(runs.c.started_at == before.started_at, runs.c.run_id > before.run_id)
            query = query.where(or_(runs.c.started_at < before.started_at, at_once))
        with self._database.read() as connection:
            return _runs(connection, query)

    def began(self, source: str) -> list[datetime]:
        """When the newest runs that read a source began, newest first."""
        return [run.started_at for run in self.runs(_PACE_RUNS) if source in run.sources]

    def find_run(self, run_id: str) -> Run | None:
        """The run of that id."""
        with self._database.read() as connection:
            return next(iter(_runs(connection, select(runs).where(runs.c.run_id == run_id))), None)

    # What runs and streams compare with

    def known_versions(self, source: str) -> Iterator[KnownVersion]:
        """The latest decided version of every document of `source` that is not deleted, in pages."""
        return known.known_versions(self._database, source)

    def last_seen(self, doc_ids: Collection[str]) -> dict[str, LastSeen]:
        """What is known of these documents, deleted ones included; those nobody ever decided about are left out."""
        return known.last_seen(self._database, doc_ids)

    def all_seen(self, source: str) -> Iterator[tuple[str, LastSeen]]:
        """The same of every document of a source, in pages."""
        return known.all_seen(self._database, source)

    def refs(self, doc_ids: Collection[str]) -> list[DocumentRef]:
        """Where these documents were last read; those decided by an earlier version of Corpusgate are left out."""
        return known.refs(self._database, doc_ids)

    def masked_strings(self, sources: Iterable[str]) -> dict[str, str]:
        """Marks of the masked strings of these sources' documents, each with the form it is kept in."""
        return known.masked_strings(self._database, sources)

    def approved_documents(self, sources: Collection[str]) -> dict[str, ReviewItem]:
        """Documents of these sources that wait for a look because people let them in, or let them go."""
        return known.approved_documents(self._database, sources)

    def note_unchanged(self, looked_at: Iterable[tuple[str, DocumentRef]]) -> None:
        """Note where documents (version id, reference) were read that are as they were decided."""
        with self._database.begin() as connection:
            known.note_unchanged(connection, looked_at, self._database.now(connection))

    # Publishing

    def commit_publication(
        self,
        publication: Publication,
        audit_event_details: Mapping[str, Detail],
        at: datetime,
        lock: HeldLock | None = None,
        also: Also | None = None,
    ) -> Committed:
        """Make a run's work true in one transaction; the same run again changes nothing.

        `audit_event_details` joins the audit entry of the generation. With `lock`, the commit is refused when
        the lock was lost meanwhile. `also` is called in the same transaction.
        """
        with audit_log.audited(self._database) as connection:
            if lock is not None:
                check_fence(connection, lock)
            return commit(connection, publication, audit_event_details, at, also)

    # Taking back

    def pointers(self) -> dict[str, Pointer]:
        """Every document with a live version."""
        with self._database.read() as connection:
            return rolled_back.pointers(connection)

    def standings(self, placed: Sequence[LiveDocument]) -> dict[str, RestorableVersion]:
        """For versions that are not live: whether they may be again, by version id."""
        with self._database.read() as connection:
            return rolled_back.standings(connection, placed, self._database.now(connection))

    def taken_off(self) -> list[TakenOff]:
        """What rollbacks took off and only a person lets in again."""
        with self._database.read() as connection:
            return rolled_back.taken_off(connection)

    def access_rules(self, digests: Iterable[str]) -> list[AccessRule]:
        """The rules of these digests."""
        rules: dict[str, AccessRule] = {}
        with self._database.read() as connection:
            known.load_rules(connection, rules, set(digests))
        return list(rules.values())

    def access_rule(self, access_id: str) -> AccessRule:
        """The rule of that access id. Raises `NotFound`."""
        with self._database.read() as connection:
            return known.access_rule(connection, access_id)

    def admitted_at(self, doc_id: str, at: datetime) -> tuple[str, AccessRule] | None:
        """The version of a document that was admitted last at `at`, and its access rule; None if there was none."""
        with self._database.read() as connection:
            return history.admitted_at(connection, doc_id, at)

    # Serving

    def current_generation(self) -> GenerationRecord | None:
        """What is being served; None before the first publication."""
        with self._database.read() as connection:
            row = connection.execute(_CURRENT).mappings().first()
            return None if row is None else GenerationRecord(**row)

    def generation(self, number: int) -> GenerationRecord:
        """The generation of that number."""
        with self._database.read() as connection:
            row = connection.execute(select(generations).where(generations.c.number == number)).mappings().first()
        if row is None:
            raise NotFound(f"There is no generation {number}.", fix="`corpusgate generations list` shows them.")
        return GenerationRecord(**row)

    def generations(self) -> list[GenerationRecord]:
        """Every generation, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(generations).order_by(generations.c.number.desc())).mappings()
            return [GenerationRecord(**row) for row in rows]

    def live_versions(self, version_ids: Iterable[str]) -> set[str]:
        """Which of these versions may be served at this moment (law 2)."""
        with self._database.read() as connection:
            return live_among(connection, version_ids, self._database.now(connection))

    def takedown_check(self, number: int) -> TakedownCheck:
        """The takedowns that the generation after `number` must look at."""
        with self._database.read() as connection:
            return applied.check(connection, number, self._database.now(connection))

    # Explaining

    def waiting(self) -> dict[Action, int]:
        """How many documents wait for review or are quarantined; what a reviewer rejected waits no more."""
        with self._database.read() as connection:
            return kept_out.waiting(connection)

    def kept_out(self, most: int) -> list[NotServed]:
        """Up to `most` documents that wait for review or are quarantined, the newest decision first."""
        with self._database.read() as connection:
            return kept_out.kept_out(connection, most)

    def document_history(self, doc_id: str) -> DocumentHistory:
        """Everything recorded about a document."""
        with self._database.read() as connection:
            return history.document_history(connection, doc_id)

    def version(self, version_id: str) -> VersionRecord:
        """One version with its provenance and verdicts."""
        with self._database.read() as connection:
            return history.version(connection, version_id)

    def owners(self, version_ids: Collection[str]) -> dict[str, str]:
        """Who is responsible for these versions."""
        with self._database.read() as connection:
            return history.owners(connection, version_ids)

    def provenances(self, version_ids: Collection[str]) -> dict[str, Provenance]:
        """Where these versions come from."""
        with self._database.read() as connection:
            return history.provenances(connection, version_ids)

    def resolve_document(self, name: str) -> str:
        """The doc_id that is, or uniquely ends with, `name`; also by the name in its source if it has a pseudonym."""
        with self._database.read() as connection:
            return history.resolve_document(connection, name, self._key)


_PACE_RUNS = 50
"""Newest runs of all sources, among which those of one source show the pace of its refreshes."""
_CURRENT = select(generations).join(current_generation, current_generation.c.number == generations.c.number)


def _runs(connection: Connection, query: Any) -> list[Run]:
    fields = Run.model_fields.keys()
    return [
        Run.model_validate({key: value for key, value in row.items() if key in fields})
        for row in connection.execute(query).mappings()
    ]
