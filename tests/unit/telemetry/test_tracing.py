"""Spans as a collector gets them: one trace for a document wherever its gates run, and nothing lost but spans."""

import time
from pathlib import Path

import pytest

from pipeline.domain.errors import ConfigError
from pipeline.settings.application import TracingSettings
from pipeline.settings.notifications import SecretSettings
from pipeline.telemetry.tracing import GatePassage, Tracer, trace_of, tracer_for
from pipeline.workspace import Workspace
from tests.support.otlp_receiver import Collector, attributes, collecting

GATES = ("extract_text", "scan_secrets", "apply_policy")
TRACE = trace_of("run-1", "handbook:a.md", "0" * 64)


def tracer(collector: Collector, **settings: object) -> Tracer:
    return Tracer(TracingSettings(endpoint=collector.endpoint, ratio=1, **settings))  # type: ignore[arg-type]


def passage(gate: str, trace: int = TRACE, **more: object) -> GatePassage:
    return GatePassage(gate, trace, gate == GATES[0], 10_000, 20_000, {"corpusgate.gate": gate}, **more)  # type: ignore[arg-type]


def test_gates_of_several_workers_join_one_trace_under_the_first() -> None:
    with collecting() as collector:
        workers = [tracer(collector) for _ in GATES]
        for worker, gate in reversed(list(zip(workers, GATES, strict=True))):  # the first gate's span comes last
            worker.record(passage(gate))
            worker.close()
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == set(GATES)
    assert {span.trace_id for span in spans.values()} == {TRACE.to_bytes(16, "big")}
    root = spans["extract_text"]
    assert not root.parent_span_id
    assert {spans[gate].parent_span_id for gate in GATES[1:]} == {root.span_id}
    assert len({span.span_id for span in spans.values()}) == len(GATES)
    assert (root.start_time_unix_nano, root.end_time_unix_nano) == (10_000, 20_000)
    assert collector.resources[0]["service.name"] == "corpusgate"


def test_a_trace_is_of_one_content_of_one_document_in_one_run() -> None:
    one = ("run-1", "handbook:a.md", "0" * 64)
    others = [("run-2", *one[1:]), (one[0], "handbook:b.md", one[2]), (*one[:2], "1" * 64)]
    assert trace_of(*one) == TRACE
    assert len({TRACE, *(trace_of(*other) for other in others)}) == 4


def test_every_worker_traces_the_same_share_of_documents() -> None:
    traces = [trace_of("run", f"handbook:{n}", "0" * 64) for n in range(2_000)]
    with collecting() as collector:
        settings = TracingSettings(endpoint=collector.endpoint, ratio=0.25)
        one, other = Tracer(settings), Tracer(settings)
        chosen = [trace for trace in traces if one.traces(trace)]
        assert chosen == [trace for trace in traces if other.traces(trace)]
        one.close()
        other.close()
    assert 400 < len(chosen) < 600


def test_an_error_is_told_by_its_class() -> None:
    with collecting() as collector:
        worker = tracer(collector)
        worker.record(passage("scan_secrets", error="ValueError"))
        worker.close()
    (span,) = collector.spans
    assert span.status.code == span.status.STATUS_CODE_ERROR
    assert attributes(span.attributes)["error.type"] == "ValueError"
    assert not span.status.message


def test_a_collector_that_refuses_is_left_alone_for_a_while() -> None:
    with collecting(status=400) as collector:
        worker = tracer(collector)
        for _ in range(3):
            worker.record(passage("scan_secrets"))
            worker.flush()
        worker.close()
        assert len(collector.bodies) == 1, "the second and third batch were dropped without asking again"


def test_a_collector_that_is_not_there_costs_a_bounded_moment() -> None:
    with collecting() as collector:
        settings = TracingSettings(endpoint=collector.endpoint, ratio=1, timeout_seconds=0.5)
    worker = Tracer(settings)  # its collector is gone
    started = time.monotonic()
    for _ in range(1_500):  # three batches
        worker.record(passage("scan_secrets"))
    worker.flush()
    worker.close()
    assert time.monotonic() - started < 5


def test_the_authorization_is_read_from_its_place_and_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.home.create()
    with collecting() as collector:
        settings = TracingSettings(
            endpoint=collector.endpoint, ratio=1, authorization=SecretSettings(variable="OTLP_SECRET")
        )
        with pytest.raises(ConfigError):
            tracer_for(settings, workspace.home.folder)
        monkeypatch.setenv("OTLP_SECRET", "Bearer of-bad-news")
        worker = tracer_for(settings, workspace.home.folder)
        assert tracer_for(settings, workspace.home.folder) is worker, "one for each process"
        worker.record(passage("scan_secrets"))
        worker.close()
    assert collector.headers[0]["authorization"] == "Bearer of-bad-news"
