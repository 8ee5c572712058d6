"""Why a source was narrowed, and what it brought lately: for whoever decides, on pages and on the command line."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.identity.roles import Role
from pipeline.domain.rates.breaches import Breach, BreachKind, WindowRates
from pipeline.domain.rates.ingest_rates import Figure, IngestFigures
from pipeline.domain.rates.recorded import Graph
from pipeline.domain.telemetry.notifications import EventKind
from pipeline.runs.breaker import narrow
from pipeline.settings.application import RateSettings
from pipeline.settings.notifications import ChannelSettings, NotificationSettings, SecretSettings, WebhookSettings
from pipeline.stores.ledger.ingest_rates import recorder
from tests.support.callers import person
from tests.support.ledger_samples import approved_source, make_source
from tests.support.web_home import WebHome

NOW = datetime.now(UTC)
SENTENCE = "90 known documents were changed or deleted in a short time; the limit is 50 of 100: 1.8 times as much."


def breach(source: str = "handbook", value: int = 90) -> Breach:
    return Breach(
        source=source, owner=None, figure=Figure.CHURNED, value=value, bound=50, of=100, kind=BreachKind.FIXED,
        start=NOW,
    )  # fmt: skip


def window(source: str = "handbook", days: int = 0, documents: int = 4, *breaches: Breach) -> WindowRates:
    owners = {"user:olga": IngestFigures(documents=documents, churned=documents)}
    start = NOW - timedelta(days=days)
    return WindowRates(source=source, start=start, known=100, owners=owners, breaches=breaches)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[WebHome]:
    made = WebHome(tmp_path / "home")
    approved_source(made.workspace.database)
    yield made
    made.close()


@pytest.fixture
def narrowed(home: WebHome) -> WebHome:
    """With 25 ordinary runs and one that narrowed the source."""
    windows = [window(days=days) for days in range(1, 26)]
    windows.append(window("handbook", 0, 90, breach()))
    with home.workspace.database.begin() as connection:
        recorder(Graph.REFRESH, windows, "run", RateSettings())(connection, NOW)
    assert narrow(home.workspace, windows) == {"handbook": breach()}
    return home


def said(home: WebHome, *words: str) -> str:
    done = CliRunner().invoke(app, ["--home", str(home.workspace.home.folder), "sources", *words])
    assert done.exit_code == 0, done.output
    return done.output


def test_only_sources_somebody_approved_are_narrowed_and_each_once(home: WebHome) -> None:
    registry = home.workspace.sources
    registry.add_source(make_source("pending"), by="user:rita")
    approved_source(home.workspace.database, "quiet")
    rates = [
        window("handbook", 0, 60, breach(value=60), breach(value=55)),
        window("pending", 0, 60, breach("pending")),
        window("quiet", 0, 60),
    ]
    assert narrow(home.workspace, rates) == {"handbook": breach(value=60)}
    assert narrow(home.workspace, rates) == {}
    states = {source.name: source.state for source in registry.sources()}
    assert states == {
        "handbook": SourceState.NARROWED, "pending": SourceState.PENDING, "quiet": SourceState.APPROVED,
    }  # fmt: skip
    (event,) = [one for one in home.workspace.audit.events("handbook") if one.action == "source.narrowed"]
    details = json.loads(event.details)
    assert event.actor == "service:corpusgate"
    assert (details["figure"], details["value"], details["bound"]) == ("churned", 60, 50)
    assert (details["bound_kind"], details["breaches"], details["from_state"]) == ("fixed", 2, "approved")


def test_a_released_source_can_be_narrowed_again(narrowed: WebHome) -> None:
    narrowed.workspace.registrations.release(person("rosa", Role.REVIEWER), "handbook", "It was a move.")
    assert narrow(narrowed.workspace, [window("handbook", 0, 70, breach(value=70))]) == {"handbook": breach(value=70)}


def test_the_command_line_says_why_and_shows_windows_bands_and_limits(narrowed: WebHome) -> None:
    assert SENTENCE in said(narrowed, "show", "handbook")
    assert json.loads(said(narrowed, "show", "handbook", "--json"))["why_narrowed"] == SENTENCE
    told = said(narrowed, "rates", "handbook")
    assert SENTENCE in told
    assert "churned over 50" in told
    found = json.loads(said(narrowed, "rates", "handbook", "--json", "--windows", "3"))
    assert (found["why_narrowed"], found["state"]) == (SENTENCE, "narrowed")
    newest, before, _ = found["windows"]
    assert newest["breaches"][0]["says"] == SENTENCE
    assert (newest["figures"]["churned"], newest["normal"]) == (90, False)
    assert (before["figures"]["churned"], before["normal"], before["owners"]["user:olga"]["churned"]) == (4, True, 4)
    bands = {band["figure"]: band for band in found["bands"]}
    # 25 windows of four: square root 2, six times chance (0.5) more is 5; the window with the breach taught nothing.
    assert bands["documents"]["band"] == {"windows": 25, "median": 4, "bound": 24, "score": 0.0, "left": False}


def test_a_source_nobody_narrowed_has_no_reason(home: WebHome) -> None:
    home.workspace.sources.narrow_source("handbook", "user:rosa", "Odd edits.")
    home.workspace.registrations.release(person("rosa", Role.REVIEWER), "handbook", "All explained.")
    assert "All explained" not in said(home, "show", "handbook")
    assert json.loads(said(home, "rates", "handbook", "--json"))["windows"] == []


def test_pages_say_why_and_show_what_came(narrowed: WebHome) -> None:
    reviewer = narrowed.browser(narrowed.tokens[Role.REVIEWER])
    for address in ("/", "/sources/handbook"):
        text = reviewer.get(address).text
        assert "is narrowed" in text
        assert SENTENCE in text, address
    text = reviewer.get("/sources/handbook").text
    assert "What it brought lately" in text
    assert "Out of pattern: " + SENTENCE in text
    reader = narrowed.browser(narrowed.tokens[Role.READER])
    assert "handbook" not in reader.get("/").text, "a reader has no part in it"


def test_reviewers_are_told_by_how_much(narrowed: WebHome) -> None:
    channel = ChannelSettings(
        name="reviewers", role=Role.REVIEWER,
        webhook=WebhookSettings(url="https://hooks.example/x", secret=SecretSettings(variable="NONE")),
    )  # fmt: skip
    assert EventKind.NARROWED in channel.kinds
    narrowed.workspace.home.__dict__["settings"] = narrowed.workspace.home.settings.model_copy(
        update={"notifications": NotificationSettings(channels=(channel,))}
    )
    narrowed.workspace.__dict__.pop("notifications", None)
    service = narrowed.workspace.notifications
    service.note()
    service.bundle(at_once=True)
    events = [event for message in service.messages() for event in json.loads(message.body)["events"]]
    told = [event for event in events if event["kind"] == "narrowed"]
    assert [(one["subject"], one["figure"], one["value"], one["bound"]) for one in told] == [
        ("handbook", "churned", 90, 50)
    ]
