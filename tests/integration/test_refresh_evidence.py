"""A real refresh by the real command, watched: its figures in a file and at a gateway, its documents as traces."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline.domain.digests import digest_bytes
from pipeline.domain.errors import ConfigError
from pipeline.runs.refresh import refresh
from pipeline.settings.application import TracingSettings
from pipeline.settings.notifications import SecretSettings
from pipeline.telemetry.tracing import trace_of
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.otlp_receiver import Collector, attributes, collecting
from tests.support.receivers import Receiver, running

pytestmark = pytest.mark.slow

# Joined at run time: a scanner that reads this file must not take it for the real thing.
SECRET = "-".join(["sk", "live", "9fK2mQ7xV4pL8sT3wZ6bN1cR5dY0hJ2e"])
SERVED_GATES = (
    *("extract_text", "scan_secrets", "scan_pii", "scan_injection", "scan_hidden_text"),
    *("assess_impact", "apply_policy", "chunk_documents", "embed_chunks", "write_segments"),
)
PLAIN = {f"chapter-{n}.md": f"# Chapter {n}\n\nLamps are trimmed on day {n} of the month.\n" for n in range(4)}
LEAK = {"keys-of-the-tower.md": f"# Keys\n\nThe api key is {SECRET}\n"}


@dataclass
class Watched:
    """What a refresh left where others look."""

    run: dict[str, Any]
    figures: dict[tuple[str, tuple[str, ...]], float]
    collector: Collector
    gateway: Receiver
    text: str


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    folder = tmp_path_factory.mktemp("watched")
    workspace, data, file = Workspace(folder / "home"), folder / "tower", folder / "corpusgate.prom"
    workspace.create()
    data.mkdir()
    for name, text in (PLAIN | LEAK).items():
        (data / name).write_text(text)
    approve_source(workspace, "tower", data)
    workspace.close()
    with collecting() as collector, running() as gateway:
        configured = workspace.home.configs / "corpusgate.yaml"
        text = configured.read_text()
        for setting, value in (
            ("endpoint: null", f"endpoint: {collector.endpoint}"),
            ("ratio: 0.1", "ratio: 1"),
            ("pushgateway: null", f"pushgateway: http://127.0.0.1:{gateway.port}/200"),
        ):
            assert text.count(setting) == 1
            text = text.replace(setting, value)
        configured.write_text(text)
        command = [Path(sys.executable).with_name("corpusgate"), "--home", str(workspace.home.folder)]
        done = subprocess.run(
            [*command, "refresh", "--json", "--metrics-file", str(file)],
            capture_output=True,
            text=True,
            timeout=420,
            check=False,
        )
    assert done.returncode == 3, done.stderr
    written = file.read_text()
    figures = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(written)
        for sample in family.samples
    }
    return Watched(json.loads(done.stdout), figures, collector, gateway, written)


def test_law_13_gates_count_as_many_documents_out_as_in(watched: Watched) -> None:
    figure = watched.figures
    served, all_of_them = len(PLAIN), len(PLAIN | LEAK)
    for gate in ("tag_provenance", "detect_changes", *SERVED_GATES[:7]):
        counted = [figure[f"corpusgate_run_gate_documents_{way}", (gate,)] for way in ("in", "out")]
        assert counted == [all_of_them, all_of_them], gate
    assert figure["corpusgate_run_gate_documents_out", ("read_sources",)] == all_of_them
    assert figure["corpusgate_run_gate_documents_in", ("chunk_documents",)] == served
    assert figure["corpusgate_run_gate_documents_out", ("chunk_documents",)] == served
    assert figure["corpusgate_run_gate_documents_in", ("write_segments",)] == all_of_them
    cut = figure["corpusgate_run_gate_chunks_out", ("chunk_documents",)]
    for name in ("chunks_in", "chunks_out"):
        assert figure[f"corpusgate_run_gate_{name}", ("embed_chunks",)] == cut >= served
    assert figure["corpusgate_run_chunks_embedded", ()] == cut


def test_bytes_seconds_and_verdicts_are_those_of_the_run(watched: Watched) -> None:
    figure = watched.figures
    size = sum(len(text.encode()) for text in (PLAIN | LEAK).values())
    for gate in ("extract_text", "scan_pii", "apply_policy"):
        assert figure["corpusgate_run_gate_bytes", (gate,)] == size, gate
    assert figure["corpusgate_run_bytes", ()] == size
    for action, count in watched.run["verdicts"].items():
        assert figure["corpusgate_run_verdicts", (action,)] == count
    assert figure["corpusgate_run_verdicts", ("admit",)] == len(PLAIN)
    busy = sum(value for (name, _), value in figure.items() if name == "corpusgate_run_gate_seconds")
    assert 0 < busy <= 2 * watched.run["seconds"], "gates of two threads at most"
    assert figure["corpusgate_generation_number", ()] == watched.run["generation"]["id"] == 1


def test_what_was_pushed_is_what_was_written(watched: Watched) -> None:
    ((path, _, body),) = watched.gateway.seen
    assert path == "/200/metrics/job/corpusgate"
    assert body.decode() == watched.text


def test_every_judged_document_is_one_trace_across_its_gates(watched: Watched) -> None:
    by_trace: dict[bytes, list[Any]] = {}
    for span in watched.collector.spans:
        by_trace.setdefault(span.trace_id, []).append(span)
    assert len(by_trace) == len(PLAIN | LEAK)
    for name, text in (PLAIN | LEAK).items():
        digest = digest_bytes(text.encode())
        spans = by_trace[trace_of(watched.run["run_id"], f"tower:{name}", digest).to_bytes(16, "big")]
        gates = {span.name: attributes(span.attributes) for span in spans}
        refused = tuple(gate for gate in SERVED_GATES if gate not in ("chunk_documents", "embed_chunks"))
        assert sorted(gates) == sorted(SERVED_GATES if name in PLAIN else refused)
        assert {found["corpusgate.content.digest"] for found in gates.values()} == {digest}
        verdict = gates["apply_policy"]["corpusgate.verdict"]
        assert (verdict == "admit") == (name in PLAIN)
        assert ("corpusgate.findings" in gates["scan_secrets"]) == (name in LEAK)


def test_law_04_nothing_of_a_document_leaves_as_evidence(watched: Watched) -> None:
    sent = watched.text.encode() + b"".join(watched.collector.bodies) + watched.gateway.seen[0][2]
    for word in (SECRET, SECRET[8:], "Lamps are trimmed", "Chapter", "keys-of-the-tower", "chapter-1"):
        assert word.encode() not in sent


def test_a_missing_secret_of_the_collector_is_told_before_the_first_document(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    tracing = TracingSettings(
        endpoint="http://127.0.0.1:1/v1/traces", authorization=SecretSettings(variable="NO_SUCH_SECRET")
    )
    found = workspace.home.settings
    workspace.home.__dict__["settings"] = found.model_copy(update={"tracing": tracing})
    with pytest.raises(ConfigError, match="NO_SUCH_SECRET"):
        refresh(workspace)
    assert not workspace.ledger.runs(), "no run was begun"
    workspace.close()
