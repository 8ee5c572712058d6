"""Figures of the first page: states of documents, runs, waiting items and failures.

Invariants: reads only. The figures are counts, moments, codes and ids of runs, never about one document. Every query
is one pass over an index or one aggregate, so that the page is quick over 100,000 documents.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from pipeline.domain.documents.catalogue import SourceStanding
from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.serving.publication import RunSummary
from pipeline.domain.serving.runs import Run
from pipeline.domain.telemetry.messages import MessageState
from pipeline.stores.database import Database
from pipeline.stores.tables import documents, findings, notification_messages, review_items, runs, verdicts

MOST_RUNS = 20_000
"""Runs of 30 days, at most: one every two minutes."""
_RUN_COLUMNS = [
    runs.c.run_id, runs.c.sources, runs.c.state, runs.c.started_at, runs.c.finished_at, runs.c.reason_code,
    runs.c.summary,
]  # fmt: skip


class Pile(Frozen):
    """Things that wait, and since when the oldest of them does."""

    count: int
    oldest: datetime | None


class ScanFailure(Frozen):
    """What a detector, or the extraction, did not finish."""

    detector: str
    count: int


class DetectorProof(Frozen):
    """What the newest run that scanned anything says about the detectors."""

    run_id: str
    at: datetime
    scanned: int
    detector_digest: str | None
    failures: tuple[ScanFailure, ...]


class Overview:
    """Counts over the whole ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standings(self) -> list[SourceStanding]:
        """Documents that are not deleted, by source and latest verdict."""
        query = (
            select(
                documents.c.source,
                verdicts.c.action,
                func.count().label("documents"),
                func.count(documents.c.live_version).label("served"),
                func.min(verdicts.c.decided_at).label("oldest"),
            )
            .join(verdicts, verdicts.c.verdict_id == documents.c.latest_verdict)
            .where(documents.c.deleted_run.is_(None))
            .group_by(documents.c.source, verdicts.c.action)
            .order_by(documents.c.source, verdicts.c.action)
        )
        with self._database.read() as connection:
            return [SourceStanding(**row) for row in connection.execute(query).mappings()]

    def last_change(self) -> str:
        """Changes whenever a run begins or ends, and with it what `standings` and `runs_since` say."""
        query = select(func.count(), func.count(runs.c.finished_at), func.max(runs.c.finished_at))
        with self._database.read() as connection:
            begun, ended, newest = connection.execute(query).one()
        return f"{begun} {ended} {newest}"

    def runs_since(self, moment: datetime, most: int = MOST_RUNS) -> list[Run]:
        """Runs that started since then, newest first."""
        query = select(*_RUN_COLUMNS).where(runs.c.started_at >= moment)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(runs.c.started_at.desc(), runs.c.run_id).limit(most)).mappings()
            return [_run(row) for row in rows]

    def last_runs(self, most: int) -> list[Run]:
        """The newest runs, newest first."""
        query = select(*_RUN_COLUMNS).order_by(runs.c.started_at.desc(), runs.c.run_id).limit(most)
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query).mappings()]

    def detection(self, candidates: Sequence[Run]) -> DetectorProof | None:
        """What the first of `candidates` that scanned anything says; None when none did."""
        found = next((run for run in candidates if run.summary and run.summary.scanned and run.finished_at), None)
        if found is None or found.summary is None or found.finished_at is None:
            return None
        failed = (
            select(findings.c.detector, func.count().label("count"))
            .join(verdicts, verdicts.c.verdict_id == findings.c.verdict_id)
            .where(verdicts.c.run_id == found.run_id, findings.c.kind == FindingKind.SCAN_FAILED.value)
            .group_by(findings.c.detector)
            .order_by(func.count().desc(), findings.c.detector)
        )
        digest = select(verdicts.c.detector_digest).where(verdicts.c.run_id == found.run_id).limit(1)
        with self._database.read() as connection:
            return DetectorProof(
                run_id=found.run_id,
                at=found.finished_at,
                scanned=found.summary.scanned,
                detector_digest=connection.execute(digest).scalar(),
                failures=tuple(ScanFailure(**row) for row in connection.execute(failed).mappings()),
            )

    def dead_letters(self) -> Pile:
        """Notifications that were given up."""
        dead = notification_messages.c.state == MessageState.DEAD.value
        query = select(func.count(), func.min(notification_messages.c.created_at)).where(dead)
        with self._database.read() as connection:
            count, oldest = connection.execute(query).one()
        return Pile(count=count, oldest=oldest)

    def queue_by_source(self) -> dict[str, int]:
        """Open review items of each source, whoever may see them."""
        query = select(review_items.c.source, func.count()).where(review_items.c.closed_at.is_(None))
        with self._database.read() as connection:
            return {name: int(n) for name, n in connection.execute(query.group_by(review_items.c.source))}

    def rules_decided(self, since: timedelta) -> dict[str, dict[Action, int]]:
        """How many verdicts of runs since then each rule decided, by what it decided."""
        query = (
            select(verdicts.c.rule_ids, verdicts.c.action, func.count())
            .join(runs, runs.c.run_id == verdicts.c.run_id)
            .group_by(verdicts.c.rule_ids, verdicts.c.action)
        )
        counted: dict[str, dict[Action, int]] = {}
        with self._database.read() as connection:
            start = self._database.now(connection) - since
            for rule_ids, action, n in connection.execute(query.where(runs.c.started_at >= start)):
                for rule_id in dict.fromkeys(rule_ids):
                    by_action = counted.setdefault(rule_id, {})
                    by_action[Action(action)] = by_action.get(Action(action), 0) + n
        return counted


def _run(row: Any) -> Run:
    summary = row["summary"]
    return Run(**{**row, "summary": None if summary is None else RunSummary.model_validate(summary)})
