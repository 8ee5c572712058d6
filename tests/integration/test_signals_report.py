"""The signals report over a home with planted facts: figures are derived by hand from `SignalHome`."""

import json
import re
import shlex
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from starlette.testclient import TestClient
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.documents.documents import Action, Impact
from pipeline.domain.errors import ConfigError, CorpusgateError, ExitCode, NotAllowed, UsageError
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.signals.report import SignalsReport
from pipeline.reports.evidence_bundle import EvidenceRequest, export_evidence
from pipeline.reports.signals import notify, signals_report
from pipeline.reports.signals_markdown import signals_markdown
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.audit.signals import FINISHED
from pipeline.web.app import create_app
from pipeline.web.display.signals import standalone
from pipeline.workspace import Workspace
from tests.support.callers import person, token
from tests.support.ledger_samples import outcome
from tests.support.receivers import running
from tests.support.signal_home import DAY, EARLIER, END, HOUR, MONDAY, WEEK, SignalHome
from tests.support.web_home import BROWSER, ORIGIN

OPERATOR = person("user:oscar", Role.OPERATOR)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignalHome]:
    made = SignalHome(tmp_path_factory.mktemp("signals") / "home")
    made.plant()
    yield made
    made.workspace.close()


@pytest.fixture(scope="module")
def report(home: SignalHome) -> SignalsReport:
    return signals_report(home.workspace, OPERATOR, WEEK)


def test_detections_are_counted_by_kind_and_entity(report: SignalsReport) -> None:
    rows = {(one.kind.value, one.entity): one for one in report.figures.entities}
    address = rows["pii", "EMAIL_ADDRESS"]
    # many.md 25, some.md 5, incomplete.md 1, and twenty cards; two a week before. The sample is lowered.
    assert (address.findings.values, address.documents.values) == ((2,) * EARLIER + (51,), (2,) * EARLIER + (23,))
    assert (address.findings.usual, address.lowered, address.again) == (2.0, 1, 0)
    key = rows["secret", "API_KEY"]
    assert (key.findings.now, key.again, key.documents.now) == (0, 2, 0), "again.md was only judged again"
    assert report.figures.of_kind(FindingKind.INJECTION) == (0,) * EARLIER + (3,)
    assert not any(one.kind is FindingKind.SCAN_FAILED for one in report.figures.entities)


def test_injection_names_rules_and_masked_shapes(report: SignalsReport) -> None:
    found = report.figures.injection
    assert found.hits.values == (0,) * EARLIER + (4,)
    assert found.documents.values == (0,) * EARLIER + (3,)
    assert found.actions == {Action.ADMIT: 1, Action.QUARANTINE: 2}
    assert [(one.rule, one.shortest, one.longest, one.documents, one.trend.now) for one in found.patterns] == [
        ("injection.override", 10, 31, 2, 3),
        ("orders.forward", 12, 12, 1, 1),
    ]


def test_a_redaction_without_the_digest_of_the_scanned_text_is_unproven(report: SignalsReport) -> None:
    found = report.figures.redaction
    assert found.redacted.values == (1,) * EARLIER + (2,)
    assert (found.unproven, found.incomplete.values) == (1, (0,) * EARLIER + (1,))


def test_breaches_and_widenings_are_listed(report: SignalsReport) -> None:
    breaker, widened = report.figures.breaker, report.figures.widenings
    assert breaker.breaches.values == (0,) * EARLIER + (2,)
    assert {(one.source, one.figure.value) for one in breaker.listed} == {("wiki", "documents"), ("wiki", "deleted")}
    assert breaker.narrowed == ("wiki",)
    assert widened.documents.values == (0,) * EARLIER + (2,)
    assert widened.actions == {Action.ADMIT: 1, Action.REVIEW: 1}
    assert [one.doc_id for one in widened.listed] == ["handbook:wide-1.md", "handbook:wide-2.md"]


def test_a_document_counts_once_a_period_by_its_last_verdict(tmp_path: Path) -> None:
    made = SignalHome(tmp_path / "home")
    widened = Impact(score=60, access_widened=True)
    made.run(MONDAY, outcome("wide.md", action=Action.REVIEW, impact=widened))
    made.run(MONDAY + DAY, outcome("wide.md", "second", impact=widened))
    found = signals_report(made.workspace, OPERATOR, WEEK).figures
    assert (found.widenings.documents.now, found.widenings.actions) == (1, {Action.ADMIT: 1})
    assert (found.coverage.judged.now, found.runs.finished.now) == (1, 2)
    made.workspace.close()


def test_review_latency_is_from_the_opening_to_the_last_decision(report: SignalsReport) -> None:
    found = report.figures.review
    # Opened on Tuesday at 10:00: wide-1, late, soon, storm. Decided after 4 and 30 hours.
    assert (found.opened.now, found.decided.now) == (4, 2)
    assert (found.p50_hours.now, found.p95_hours.now) == (4, 30)
    assert (found.open, found.oldest) == (2, MONDAY + DAY + 10 * HOUR)


def test_an_older_standing_does_not_know_what_came_later(home: SignalHome) -> None:
    wednesday = MONDAY + 2 * DAY
    found = signals_report(home.workspace, OPERATOR, since=MONDAY, until=wednesday).figures
    assert (found.review.open, found.review.decided.now) == (3, 1), "late.md was decided on Wednesday"
    assert (found.waivers.active, found.waivers.pending) == (4, 0)
    assert (found.glass.open, found.canaries.waiting, found.runs.failed.now) == ((), 2, 0)


def test_waivers_and_break_glass_are_those_at_the_end(report: SignalsReport) -> None:
    waivers, glass = report.figures.waivers, report.figures.glass
    assert (waivers.asked.now, waivers.active, waivers.pending) == (5, 2, 1)
    assert [one.id for one in waivers.ending] == ["ends-soon", "ends-late"]
    assert (glass.broken.now, [one.subject for one in glass.open]) == (1, ["handbook:storm.md"])


def test_canaries_and_runs_are_counted(report: SignalsReport) -> None:
    canaries, runs = report.figures.canaries, report.figures.runs
    assert (canaries.held.now, canaries.waiting, canaries.oldest) == (3, 1, MONDAY + 4 * DAY)
    assert (canaries.missed.now, runs.failed.now, runs.finished.values) == (1, 2, (1,) * EARLIER + (2,))
    assert runs.reasons == {"canary-missed": 1, "source-error": 1}


def test_coverage_says_why_documents_were_not_read(report: SignalsReport) -> None:
    found = report.figures.coverage
    assert (found.judged.values, found.unread.values) == ((2,) * EARLIER + (39,), (0,) * EARLIER + (3,))
    assert found.blank.values == (0,) * EARLIER + (2,)
    (reason,) = found.reasons
    assert (reason.detector, reason.documents) == ("extraction", 3)
    assert "encrypted" in reason.reason
    assert (found.unread_at_end, found.omitted) == (3, {})


def test_freshness_is_the_last_finished_run_over_a_source(report: SignalsReport) -> None:
    found = {one.source: one.last_read for one in report.figures.freshness}
    assert found == {
        "archive": None,
        "wiki": MONDAY - 6 * DAY + 12 * HOUR,
        "handbook": MONDAY + DAY + 10 * HOUR,
    }


def test_a_principal_and_documents_far_from_their_usual_are_named(report: SignalsReport) -> None:
    found = report.figures.retrievals
    assert found.answers.values == (3,) * EARLIER + (64,)
    assert found.principals.values == (1,) * EARLIER + (2,)
    named = {(one.kind, one.name): one.trend.now for one in found.unusual}
    assert named == {
        ("principal", "user:mal"): 60,
        ("document", "handbook:many.md"): 64,
        ("document", "handbook:some.md"): 60,
    }


def test_signals_beyond_their_thresholds_come_first_each_with_a_command_that_exists(
    home: SignalHome, report: SignalsReport
) -> None:
    signals = [one.signal for one in report.escalations]
    assert signals == [
        "detections", "injection", "redaction", "breaker", "breaker", "freshness", "waivers", "glass", "canaries",
        "canaries", "runs", "coverage", "retrievals", "retrievals", "retrievals",
    ]  # fmt: skip
    for one in report.escalations:
        if one.command.startswith("corpusgate refresh"):
            continue  # it acts
        done = ran(home.workspace, *shlex.split(one.command)[1:])
        assert (one.command, done[0]) in ((one.command, 0), (one.command, 1)), done  # `doctor` fails on such a home
        assert "No such" not in done[1]


def ran(workspace: Workspace, *arguments: str) -> tuple[int, str]:
    """A command on the home; exit code and output."""
    result = CliRunner().invoke(command_line, ["--home", str(workspace.home.folder), *arguments])
    error = result.exception
    return error.exit_code if isinstance(error, CorpusgateError) else result.exit_code, result.output


def test_every_door_gives_the_same_report(home: SignalHome, report: SignalsReport, tmp_path: Path) -> None:
    expected = report.model_dump(mode="json")
    assert json.loads(ran(home.workspace, "report", "--week", WEEK, "--json")[1]) == expected
    file = tmp_path / "week.json"
    assert ran(home.workspace, "report", "--week", WEEK, "--out", str(file))[0] == 0
    assert json.loads(file.read_text()) == expected
    auditor = token(home.workspace, "user:ana", Role.AUDITOR)
    app = create_app(home.workspace)
    rest = TestClient(app, base_url=ORIGIN, headers={"authorization": f"Bearer {auditor}"})
    assert rest.get("/v1/report", params={"week": WEEK}).json() == expected
    with TestClient(app, base_url=ORIGIN, headers=BROWSER) as browser:
        browser.post("/login", data={"token": auditor})
        page = browser.get("/report", params={"week": WEEK}).text
    html, markdown, table = (
        standalone(report),
        signals_markdown(report),
        ran(home.workspace, "report", "--week", WEEK)[1],
    )
    words = {door: re.sub(r"<[^>]+>|\\", "", text) for door, text in (("page", page), ("file", html))}
    words |= {"markdown": markdown.replace("\\", ""), "terminal": table}
    for one in report.escalations:
        silent = [door for door, text in words.items() if "".join(one.what.split()) not in "".join(text.split())]
        assert silent == [], one.what


def test_postgres_gives_the_same_report(
    report: SignalsReport, tmp_path: Path, migrated_databases: Callable[[], AbstractContextManager[str]]
) -> None:
    with migrated_databases() as url:
        made = SignalHome(tmp_path / "home", url)
        made.plant()
        assert signals_report(made.workspace, OPERATOR, WEEK) == report
        made.workspace.close()


def test_the_file_loads_and_runs_nothing(report: SignalsReport) -> None:
    html = standalone(report)
    assert "<script" not in html
    assert not re.search(r"(?:src|href)=\"(?!#)", html)
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in html


def test_only_people_of_the_whole_corpus_see_it(home: SignalHome) -> None:
    for role in (Role.AUDITOR, Role.REVIEWER, Role.OPERATOR):
        assert signals_report(home.workspace, person("user:who", role), WEEK).escalations
    bound = Grant(role=Role.REVIEWER, sources=("handbook",))
    for grant in (Role.READER, Role.OWNER, bound):
        with pytest.raises(NotAllowed):
            signals_report(home.workspace, person("user:who", grant), WEEK)


@pytest.mark.parametrize(
    ("week", "since", "until"),
    [
        ("2024-31", None, None),
        ("2024-W54", None, None),
        ("2999-W01", None, None),
        (WEEK, MONDAY, None),
        ("", None, END),
        ("", END, MONDAY),
        ("", MONDAY, MONDAY + 400 * DAY),
    ],
)
def test_a_time_without_a_report_is_refused(
    home: SignalHome, week: str, since: datetime | None, until: datetime | None
) -> None:
    with pytest.raises(UsageError):
        signals_report(home.workspace, OPERATOR, week, since, until)


def test_a_home_without_a_run_says_that_nothing_is_known(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    found = signals_report(workspace, OPERATOR, WEEK)
    assert found.figures.coverage.judged.now is None
    assert found.escalations == ()
    text = signals_markdown(found)
    assert "Nothing on record needs anybody. Unknown for this period: documents, ingest rates, retrievals." in text
    assert "answers: unknown" in text
    assert text.count("Unknown: nothing is on record for the period.") == 10
    denied = (
        "No detector",
        "No pattern",
        "No figure left",
        "No change",
        "No run failed",
        "Every judged",
        "Every source",
    )
    assert [words for words in denied if words in text] == [], "an empty record proves none of these"
    workspace.close()


def test_a_home_of_one_week_has_no_usual_values(tmp_path: Path) -> None:
    made = SignalHome(tmp_path / "home")
    made.extraordinary()
    found = signals_report(made.workspace, OPERATOR, WEEK)
    assert found.figures.coverage.judged.values == (None,) * EARLIER + (39,)
    assert found.figures.retrievals.answers.values == (None,) * EARLIER + (64,)
    assert found.figures.retrievals.unusual == ()
    assert {one.signal for one in found.escalations}.isdisjoint({"detections", "injection", "retrievals"})
    assert any("no figure has a usual value yet" in sentence for sentence in found.unknown)
    made.workspace.close()


def test_the_last_drills_are_those_before_the_end_of_the_period(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    for drill, passed in (("restore", False), ("leak", True), ("restore", True), ("leak", False)):
        details: dict[str, Detail] = {"digest": "d" * 64, "passed": passed}
        workspace.audit.record(AuditEntry("user:oscar", FINISHED, f"drill:{drill}", details))
    now = datetime.now(UTC) + HOUR
    found = signals_report(workspace, OPERATOR, since=now - DAY, until=now).figures
    assert [(one.drill, one.passed) for one in found.drills] == [("leak", False), ("restore", True)]
    assert signals_report(workspace, OPERATOR, since=now - 9 * DAY, until=now - DAY).figures.drills == ()
    workspace.close()


def test_a_report_is_only_sent_where_a_channel_gets_it(home: SignalHome, report: SignalsReport) -> None:
    with pytest.raises(ConfigError, match="No notification channel"):
        notify(home.workspace, report, OPERATOR)
    with pytest.raises(NotAllowed):
        notify(home.workspace, report, person("user:ana", Role.AUDITOR))


def test_evidence_about_a_period_that_is_over_holds_the_report(
    home: SignalHome, report: SignalsReport, tmp_path: Path
) -> None:
    period = EvidenceRequest(since=MONDAY, until=END)
    first, second = (export_evidence(home.workspace, OPERATOR, period, tmp_path / name) for name in ("a.tar", "b.tar"))
    assert first.sha256 == second.sha256
    with tarfile.open(tmp_path / "a.tar") as archive:
        member = archive.extractfile("report.json")
        assert member is not None
        assert json.loads(member.read()) == report.model_dump(mode="json")
    now = datetime.now(UTC)
    later = EvidenceRequest(since=now - 300 * DAY, until=now + 30 * DAY)
    assert any(
        "signals report" in absent for absent in export_evidence(home.workspace, OPERATOR, later, tmp_path / "c").absent
    )


def test_the_counts_of_a_week_reach_a_channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = SignalHome(tmp_path / "home")
    made.plant()
    monkeypatch.setenv("REPORT_HOOK", "hush")
    with running() as receiver:
        hook = {"url": f"http://127.0.0.1:{receiver.port}/204", "secret": {"variable": "REPORT_HOOK"}}
        channel = {
            "name": "auditors",
            "role": "auditor",
            "digest_minutes": 0,
            "webhook": {**hook, "allow_loopback": True},
        }
        settings = made.workspace.home.configs / "corpusgate.yaml"
        written = yaml.safe_load(settings.read_text()) | {"notifications": {"channels": [channel]}}
        settings.write_text(yaml.safe_dump(written))
        assert ran(made.workspace, "report", "--notify", "--since", "2024-07-30T00:00Z")[0] == ExitCode.USAGE
        assert ran(made.workspace, "report", "--notify", "--week", WEEK)[0] == ExitCode.FINE
        (body,) = [json.loads(body) for _, _, body in receiver.seen]
    (event,) = (one for one in body["events"] if one["kind"] == "report")
    carried = {name: event[name] for name in ("escalations", "injection_hits", "not_read", "open_reviews")}
    assert (event["subject"], carried) == (
        WEEK, {"escalations": 15, "injection_hits": 4, "not_read": 3, "open_reviews": 2},
    )  # fmt: skip
    made.workspace.close()
