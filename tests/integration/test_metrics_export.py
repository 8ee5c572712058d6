"""How figures get out: at /metrics, at a port, in a file, at a Pushgateway; and that no way of it stops anything."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.errors import UsageError
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.telemetry import metrics as m
from pipeline.domain.telemetry.gate_figures import GateFigures
from pipeline.settings.application import MetricsSettings
from pipeline.telemetry.batch import export_run
from pipeline.telemetry.prometheus import Exposition, offered
from pipeline.telemetry.stream import StreamMetrics
from pipeline.workspace import Workspace
from tests.support.callers import token
from tests.support.index_samples import Doc
from tests.support.receivers import running
from tests.support.served_home import ServedHome
from tests.support.web_home import WebHome

FIGURES = (
    GateFigures(
        gate="apply_policy",
        counts={"documents_in": 3, "documents_out": 3, "bytes": 600, "verdict_admit": 2, "verdict_review": 1, "odd": 9},
        calls=4,
        milliseconds=1500,
        longest=900,
    ),
    GateFigures(gate="detect_changes", counts={"documents_in": 5, "change_new": 3, "change_unchanged": 2}),
)
Lines = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebHome]:
    made = WebHome(tmp_path_factory.mktemp("metrics") / "home")
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home")
    made.refresh(Doc("secret-plans.md", ("Nobody may know of the lamp room.",)))
    yield made
    made.close()


def parsed(text: str) -> Lines:
    """Lines of an exposition by name and labels' values; every name is one the catalogue describes, or the process'."""
    lines: Lines = {}
    described = {metric.name: metric for metric in m.CATALOGUE}
    for family in text_string_to_metric_families(text):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        if not name.startswith("process_"):
            assert family.type == described[name].kind.value, name
            assert family.documentation == described[name].says
        for sample in family.samples:
            key = (sample.name, tuple(sample.labels.values()))
            assert key not in lines, f"{key} stands there twice"
            lines[key] = sample.value
    return lines


def settings(workspace: Workspace, **values: object) -> None:
    found = workspace.home.settings
    metrics = MetricsSettings(**values)  # type: ignore[arg-type]
    workspace.home.__dict__["settings"] = found.model_copy(update={"metrics": metrics})


def test_the_server_tells_auditors_and_operators_how_requests_went(web: WebHome) -> None:
    client = web.client(web.tokens[Role.AUDITOR])
    client.get("/v1/documents/handbook:salaries-of-everybody.md")
    client.get("/no-such-thing-salaries")
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "salaries" not in answer.text, "patterns of routes, never paths"
    lines = parsed(answer.text)
    assert lines[m.REQUESTS.name, ("GET", "/v1/documents/{doc_id:path}", "404")] == 1
    assert lines[f"{m.REQUEST_SECONDS.name}_count", ("GET", "/v1/documents/{doc_id:path}")] == 1
    assert lines[m.LEDGER_UP.name, ()] == 1
    assert lines["process_resident_memory_bytes", ()] > 1e6


def test_a_method_nobody_knows_is_no_label(web: WebHome) -> None:
    client = web.client(web.tokens[Role.OPERATOR])
    client.request("SALARIES", "/")
    lines = parsed(client.get("/metrics").text)
    assert lines[m.REQUESTS.name, ("other", "/", "405")] >= 1
    assert not [labels for _, labels in lines if "SALARIES" in labels]


def test_who_audits_one_source_only_is_refused(web: WebHome) -> None:
    bounded = token(web.workspace, "bound", Grant(role=Role.AUDITOR, sources=("handbook",)))
    for given, status in ((None, 401), (web.tokens[Role.READER], 403), (bounded, 403)):
        answer = web.client(given).get("/metrics", headers={"accept": "application/json"})
        assert (answer.status_code, m.LEDGER_UP.name in answer.text) == (status, False)


def test_a_port_of_its_own_until_it_is_closed(home: ServedHome) -> None:
    stream = StreamMetrics(home.workspace)
    with offered(stream.exposition, "127.0.0.1", _free_port()) as server:
        assert server is not None
        address = f"http://127.0.0.1:{server.port}/metrics"
        lines = parsed(urllib.request.urlopen(address, timeout=10).read().decode())
        with (
            pytest.raises(UsageError, match="Nothing can listen"),
            offered(stream.exposition, "127.0.0.1", server.port),
        ):
            pass
    assert lines[m.GENERATION.name, ()] == 1
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=10)
    with offered(stream.exposition, "127.0.0.1", None) as nowhere:
        assert nowhere is None


def test_the_real_server_offers_its_port_and_lets_it_go(tmp_path: Path) -> None:
    workspace, port = Workspace(tmp_path / "home"), _free_port()
    workspace.create()
    workspace.close()
    configured = workspace.home.configs / "corpusgate.yaml"
    text = configured.read_text()
    assert text.count("\n  port: null\n") == 1
    configured.write_text(text.replace("\n  port: null\n", f"\n  port: {port}\n"))
    command = [Path(sys.executable).with_name("corpusgate"), "--home", str(workspace.home.folder), "serve"]
    server = subprocess.Popen([*command, "--port", str(_free_port())], stderr=subprocess.PIPE, text=True)
    try:
        lines = parsed(_patiently(f"http://127.0.0.1:{port}/metrics", server))
    finally:
        server.send_signal(signal.SIGTERM)
        logged = server.communicate(timeout=60)[1]
    assert server.returncode == 0, logged
    assert lines[m.LEDGER_UP.name, ()] == 1
    socket.create_server(("127.0.0.1", port)).close()


def test_a_stream_tells_of_its_windows_and_gates(home: ServedHome) -> None:
    stream = StreamMetrics(home.workspace)
    assert (m.LAG.name, ()) not in parsed(stream.exposition.text().decode())
    for lag in (3.5, 1.5):
        stream.published(lag)
    stream.backlog(2)
    stream.sent_again(4)
    stream.gates(FIGURES)
    lines = parsed(stream.exposition.text().decode())
    assert lines[m.WINDOWS.name, ()] == 2
    assert (lines[m.LAG.name, ()], lines[m.BACKLOG.name, ()], lines[m.AGAIN.name, ()]) == (1.5, 2, 4)
    assert lines["corpusgate_gate_documents_in_total", ("apply_policy",)] == 3
    assert lines["corpusgate_gate_bytes_total", ("apply_policy",)] == 600
    assert lines["corpusgate_gate_seconds_total", ("apply_policy",)] == 1.5
    assert lines["corpusgate_gate_calls_total", ("apply_policy",)] == 4
    assert lines[m.GATE_LONGEST.name, ("apply_policy",)] == 0.9
    assert {labels: value for (name, labels), value in lines.items() if name == m.GATE_VERDICTS.name} == {
        ("admit",): 2,
        ("review",): 1,
    }
    assert lines[m.GATE_CHANGES.name, ("unchanged",)] == 2
    assert not [name for name, _ in lines if "odd" in name]


def test_a_batch_run_leaves_a_file_and_pushes(home: ServedHome, tmp_path: Path) -> None:
    with running() as gateway:
        for status, went_wrong in (("500", 1), ("200", 0)):
            address = f"http://127.0.0.1:{gateway.port}/{status}"
            settings(home.workspace, textfile="figures/corpusgate.prom", pushgateway=address, job="nightly")
            assert len(list(export_run(home.workspace, FIGURES))) == went_wrong
        assert [path for path, _, _ in gateway.seen] == ["/500/metrics/job/nightly", "/200/metrics/job/nightly"]
        pushed = parsed(gateway.seen[-1][2].decode())
    file = home.workspace.home.folder / "figures" / "corpusgate.prom"
    written = parsed(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o644, "the collector runs under another account"
    assert [path.name for path in file.parent.iterdir()] == [file.name], "nothing half-written is left"
    assert written.keys() == pushed.keys()
    assert written["corpusgate_run_gate_seconds", ("apply_policy",)] == 1.5
    assert written[m.RUN_VERDICTS.name, ("admit",)] == 1
    assert not [name for name, _ in written if name.startswith(("corpusgate_gate_", "process_"))]
    assert b"secret-plans" not in file.read_bytes()


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "hang"])
def test_what_cannot_be_exported_is_told_and_stops_nothing(
    home: ServedHome, tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.telemetry.prometheus.PUSH_SECONDS", 0.3)
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}" if address == "hang" else address
        settings(home.workspace, textfile=str(tmp_path / "file" / "below.prom"), pushgateway=url)
        told = [error.what for error in export_run(home.workspace, FIGURES)]
    assert len(told) == 2
    assert "could not be written" in told[0]
    assert "did not take the metrics" in told[1]


def test_without_settings_nothing_is_read_or_written(home: ServedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.telemetry.batch.CorpusMetrics", None)
    assert not list(export_run(home.workspace, FIGURES))


def test_a_refresh_that_fails_leaves_its_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, file = tmp_path / "home", tmp_path / "corpusgate.prom"
    runner = CliRunner()
    assert runner.invoke(command_line, ["--home", str(home), "init"]).exit_code == 0
    refused = runner.invoke(command_line, ["--home", str(home), "refresh", "nothing", "--metrics-file", str(file)])
    assert refused.exit_code != 0
    assert parsed(file.read_text())[m.LEDGER_UP.name, ()] == 1
    file.unlink()
    runner.invoke(command_line, ["--home", str(home), "refresh", "nothing", "--dry-run", "--metrics-file", str(file)])
    assert not file.exists(), "a dry run changes nothing"


def test_nothing_can_be_exported_that_is_not_described() -> None:
    stray = m.Sample(m.Metric("corpusgate_stray", "Nobody described it."), 1)
    with pytest.raises(ValueError, match="corpusgate_stray"):
        Exposition(lambda: [stray]).text()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _patiently(address: str, server: "subprocess.Popen[str]") -> str:
    """What an address answers, once it does."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return urllib.request.urlopen(address, timeout=10).read().decode()
        except OSError:
            assert server.poll() is None, server.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.1)
