"""A home with nine weeks on record, planted by hand: eight ordinary ones, then 2024-W31 with every kind of signal."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from pipeline.domain.documents.documents import Action, Impact, Outcome
from pipeline.domain.documents.emptiness import NO_TEXT
from pipeline.domain.documents.listings import Omission
from pipeline.domain.findings.findings import Finding, FindingKind, Lowering, Severity, scan_failure
from pipeline.domain.policy.redacting import REDACTION_INCOMPLETE
from pipeline.domain.rates.breaches import Breach, BreachKind, WindowRates
from pipeline.domain.rates.ingest_rates import Figure, IngestFigures
from pipeline.domain.rates.recorded import Graph
from pipeline.domain.review.held_generations import HeldReport
from pipeline.stores.audit.log import AuditEntry, Detail, append, audited
from pipeline.stores.ledger.ingest_rates import recorder
from pipeline.stores.retrievals.log import RetrievalLog
from pipeline.stores.tables import (
    break_glass,
    held_decisions,
    held_generations,
    review_decisions,
    review_items,
    runs,
    waivers,
)
from pipeline.stores.tables import sources as source_table
from pipeline.workspace import Workspace
from tests.support.ledger_samples import FINDING, approved_source, outcome, publication
from tests.support.retrievals import retrieval

WEEK = "2024-W31"
MONDAY = datetime(2024, 7, 29, tzinfo=UTC)
END = MONDAY + timedelta(days=7)
EARLIER = 8
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
UNREAD = scan_failure("extraction", "encrypted", "application/pdf")


def hit(length: int, rule: str = "injection.override", kind: FindingKind = FindingKind.INJECTION) -> Finding:
    """A hit of a rule, of so many characters."""
    given = {"kind": kind, "detector": rule, "entity": rule.partition(".")[2].upper(), "severity": Severity.HIGH}
    return FINDING.model_copy(update={**given, "start": 5, "end": 5 + length})


def judged(uri: str, action: Action, *rules: str, **more: Any) -> Outcome:
    """An outcome under these rules."""
    made = outcome(uri, action=action, **more)
    assert made.verdict is not None
    return made.model_copy(update={"verdict": made.verdict.model_copy(update={"rule_ids": rules or ("the-rule",)})})


def blank(uri: str) -> Outcome:
    """A document that was read, and holds no text."""
    made = outcome(uri)
    assert made.verdict is not None
    return made.model_copy(update={"verdict": made.verdict.model_copy(update={"reasons": (NO_TEXT,)})})


class SignalHome:
    """The home; its moments are in 2024 whatever the clock says."""

    def __init__(self, folder: Path, url: str = "sqlite:///corpusgate.db") -> None:
        Workspace(folder).home.create()  # opens no database yet
        settings = folder / "configs" / "corpusgate.yaml"
        written = settings.read_text().replace("keep_days: 400", "keep_days: 36500")
        settings.write_text(written.replace("url: sqlite:///corpusgate.db", f"url: {url}"))
        self.workspace = Workspace(folder)
        self.workspace.create()
        self._numbers = count(1)
        self._database = self.workspace.database
        for name in ("handbook", "wiki", "archive"):
            approved_source(self._database, name)
        self.change(source_table, "name", ["handbook", "wiki", "archive"], approved_at=MONDAY - 80 * DAY)
        for name in ("handbook", "wiki", "archive"):
            self.audit(MONDAY - 81 * DAY, "source.added", name)
            self.audit(MONDAY - 80 * DAY, "source.approved", name)
        self.retrievals = RetrievalLog(self._database)

    def change(self, table: Any, key: str, ids: Sequence[str], **values: Any) -> None:
        """Write columns that no service lets a test write, such as moments of the past."""
        with self._database.begin() as connection:
            connection.execute(update(table).where(table.c[key].in_(ids)).values(**values))

    def audit(self, at: datetime, action: str, subject: str, **details: Detail) -> None:
        """An entry as it would have been written then."""
        with audited(self._database) as connection:
            append(connection, at, [AuditEntry("user:somebody", action, subject, details)])

    def add(self, table: Any, *rows: dict[str, Any]) -> None:
        """Write rows as a service would have written them then."""
        with self._database.begin() as connection:
            connection.execute(insert(table), list(rows))

    def run(self, at: datetime, *outcomes: Outcome, sources: tuple[str, ...] = ("handbook",), **omitted: str) -> str:
        """A run that began and ended then."""
        run_id = f"run-{next(self._numbers)}"
        self.workspace.ledger.start_run(run_id, sources, at)
        made = publication(*outcomes, run_id=run_id)
        incomplete = {name: (Omission(name="deep", reason=why),) for name, why in omitted.items()}
        summary = made.summary.model_copy(update={"incomplete": incomplete})
        self.workspace.ledger.commit_publication(made.model_copy(update={"summary": summary}), {}, at)
        return run_id

    def fail(self, at: datetime, reason: str) -> None:
        """A run that failed then."""
        run_id = f"run-{next(self._numbers)}"
        self.workspace.ledger.start_run(run_id, ("handbook",), at)
        self.workspace.ledger.fail_run(run_id, reason)
        self.change(runs, "run_id", [run_id], finished_at=at)
        self.audit(at, "run.failed", run_id, reason=reason)

    def answers(self, at: datetime, principal: str, number: int, *versions: str) -> None:
        """So many answers to a principal, a minute apart."""
        found = [
            retrieval(next(self._numbers), *versions, at=at + n * timedelta(minutes=1), principal=principal)
            for n in range(number)
        ]
        self.retrievals.add([(one, ()) for one in found])

    def decide(self, uri: str, at: datetime, state: str = "applied") -> None:
        """Close the item about a document as a reviewer would have done then."""
        with self._database.read() as connection:
            rows = connection.execute(review_items.select().where(review_items.c.doc_id == f"handbook:{uri}")).all()
        ids = [row.item_id for row in rows]
        decision = {"person": "user:rosa", "decision": "approve", "reason": "Fine.", "at": at, "expires_at": at + DAY}
        self.add(review_decisions, *({"item_id": one, "redaction": "", **decision} for one in ids))
        for one in ids:
            self.audit(at, "review.approve", f"handbook:{uri}", item_id=one, approvals=1, required=1)
        self.change(review_items, "item_id", ids, state=state, closed_at=at if state != "approved" else None)

    def waive(self, name: str, asked: datetime, ends: datetime, **more: Any) -> None:
        """A waiver as its row stands."""
        base = {"waiver_id": name, "source": "handbook", "reason": "A sample.", "asked_by": "user:olga"}
        self.add(waivers, {**base, "asked_at": asked, "expires_at": ends, **more})

    def break_glass(self, uri: str, at: datetime, **more: Any) -> str:
        """An emergency admission of the version that waits; returns the id of its item."""
        with self._database.read() as connection:
            row = connection.execute(review_items.select().where(review_items.c.doc_id == f"handbook:{uri}")).one()
        base = {"item_id": row.item_id, "doc_id": row.doc_id, "version_id": row.version_id, "broken_by": "user:oscar"}
        self.add(break_glass, {**base, "broken_at": at, "expires_at": at + DAY, "reason": "A storm.", **more})
        return str(row.item_id)

    def hold(self, name: str, run_id: str, at: datetime, **more: Any) -> None:
        """A generation that was held then."""
        base = {"held_id": name, "digest": "d" * 64, "binding": "b" * 64, "run_id": run_id, "state": "open"}
        report = HeldReport(
            questions=1, changed=1, below=1, min_overlap=0.5, compared=True, sentence="One answer changed.", results=()
        )
        empty = {"report": report.model_dump(mode="json"), "changes": {}, "scopes": [], "submitters": []}
        self.add(held_generations, {**base, **empty, "opened_at": at, **more})

    def rates(self, at: datetime, breaches: int = 0) -> None:
        """Ingest figures of a window that began then."""
        left = [
            Breach(source="wiki", owner=None, figure=figure, value=90, bound=30, kind=BreachKind.FIXED, start=at)
            for figure in (Figure.DOCUMENTS, Figure.DELETED)[:breaches]
        ]
        window = WindowRates(
            source="wiki", start=at, known=100, owners={"user:olga": IngestFigures(documents=9)}, breaches=tuple(left)
        )
        with self._database.begin() as connection:
            recorder(Graph.REFRESH, [window], "run-1", self.workspace.home.settings.rates)(connection, at)

    def plant(self) -> None:
        """Eight ordinary weeks, and the week of the report."""
        for week in range(EARLIER, 0, -1):
            self.ordinary(MONDAY - week * 7 * DAY, week)
        self.extraordinary()

    def ordinary(self, monday: datetime, week: int) -> None:
        """Two documents with an address each, one redacted; three answers to ann."""
        noon = monday + DAY + 12 * HOUR
        plain = [
            outcome(f"plain-{week}-{n}.md", findings=(FINDING,), action=action)
            for n, action in enumerate((Action.ADMIT, Action.REDACT))
        ]
        self.run(noon, *plain, sources=("handbook", "wiki"))
        self.rates(noon)
        self.answers(noon, "user:ann", 3, plain[0].version_id)

    def extraordinary(self) -> None:
        """Every kind of signal; `test_signals_report.py` counts them by hand."""
        tuesday, friday = MONDAY + DAY, MONDAY + 4 * DAY
        secret = FINDING.model_copy(update={"kind": FindingKind.SECRET, "detector": "s.key", "entity": "API_KEY"})
        sample = FINDING.model_copy(update={"lowered": Lowering.SAMPLE})
        widened = Impact(score=60, access_widened=True)
        lowered = Impact(score=40, classification_lowered=True)
        first = [
            outcome("many.md", findings=(FINDING,) * 25),
            outcome("some.md", findings=(FINDING,) * 5, action=Action.REDACT),
            outcome("sample.md", findings=(sample,)),
            judged("incomplete.md", Action.QUARANTINE, REDACTION_INCOMPLETE, "pii", findings=(FINDING,)),
            outcome("unproven.md", action=Action.REDACT).model_copy(update={"served_digest": None}),
            outcome("attack-1.md", action=Action.QUARANTINE, findings=(hit(10), hit(24))),
            outcome("attack-2.md", action=Action.QUARANTINE, findings=(hit(31),)),
            outcome("order.md", findings=(hit(12, "orders.forward", FindingKind.PLAIN_ORDER),)),
            outcome("again.md", findings=(secret, secret), rescan=True),
            *(judged(f"closed-{n}.pdf", Action.QUARANTINE, "unread", findings=(UNREAD,)) for n in range(3)),
            *(outcome(f"card-{number}.md", findings=(FINDING,)) for number in range(20)),
            *(blank(f"blank-{number}.md") for number in range(2)),
        ]
        run_id = self.run(tuesday, *first, wiki="permission denied")
        second = [
            outcome("wide-1.md", action=Action.REVIEW, impact=widened),
            outcome("wide-2.md", impact=lowered),
            outcome("late.md", action=Action.REVIEW),
            outcome("soon.md", action=Action.REVIEW),
            outcome("storm.md", action=Action.REVIEW),
        ]
        self.run(tuesday + 10 * HOUR, *second, wiki="permission denied")
        self.decide("late.md", tuesday + 40 * HOUR)
        self.decide("soon.md", tuesday + 14 * HOUR)
        self.break_glass("storm.md", friday)
        self.fail(friday, "canary-missed")
        self.fail(friday + HOUR, "source-error")
        self.rates(tuesday, breaches=2)
        self.change(source_table, "name", ["wiki"], state="narrowed")
        self.audit(tuesday, "source.narrowed", "wiki")
        approved = {"approved_by": "user:rosa", "approved_at": tuesday}
        self.waive("ends-soon", MONDAY, END + 3 * DAY, **approved)
        self.waive("ends-late", MONDAY, END + 60 * DAY, **approved)
        self.waive("pending", friday, END + 30 * DAY)
        self.waive("ended", MONDAY, END + 9 * DAY, **approved, ended_by="user:rosa", ended_at=friday, end_reason="No.")
        self.waive("over", MONDAY, friday, **approved)
        self.hold("held-open", run_id, friday)
        self.hold("held-done", run_id, tuesday, state="applied", closed_at=friday)
        self.hold("held-decided", run_id, tuesday, state="approved")
        decision = {"person": "user:rosa", "decision": "approved", "reason": "Fine.", "expires_at": END}
        self.add(held_decisions, {"held_id": "held-decided", "at": friday, **decision})
        self.answers(tuesday, "user:ann", 4, first[0].version_id)
        self.answers(tuesday, "user:mal", 60, first[0].version_id, first[1].version_id)
