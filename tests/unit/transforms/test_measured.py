"""What is counted and traced of a gate, on the real engine, with gates that do next to nothing."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.metrics import Metrics
from apache_beam.metrics.execution import MetricKey, MetricResult
from apache_beam.metrics.metricbase import MetricName
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.domain.documents.documents import Change, ChangeKind, Chunk, Document, ExtractedText, Outcome
from pipeline.domain.findings.findings import Finding, scan_failure
from pipeline.domain.telemetry.gate_figures import GateFigures
from pipeline.settings.application import TracingSettings
from pipeline.telemetry.tracing import trace_of, tracer_for
from tests.support.index_samples import Doc
from tests.support.otlp_receiver import attributes, collecting
from transforms.support.measured import gate_figures, measured

LINES = ("Tea is served at four.", "Milk goes in first.")
DOCS = [Doc(f"{n}.md", (f"{n}", *LINES)) for n in range(20)]


@dataclass(frozen=True)
class Context:
    """As much of a run's context as measuring needs."""

    run_id: str = "run-1"
    tracing: TracingSettings = TracingSettings()  # noqa: RUF009
    home_folder: Path = Path("none")


def change(doc: Doc) -> Change:
    tagged = doc.tagged
    tagged = tagged.model_copy(update={"ref": tagged.ref.model_copy(update={"length": 100})})
    return Change(kind=ChangeKind.NEW, doc_id=doc.doc_id, tagged=tagged)


class Gate(beam.DoFn):
    """What the gates under test share."""

    def __init__(self, context: Any = None) -> None:
        self._context = context or Context()


@measured
class Extract(Gate):
    gate = "extract_text"

    def process(self, element: Change) -> Iterator[Document]:
        text = ExtractedText(text="\n".join(LINES), media_type="text/plain", extractor="test")
        yield Document(change=element, extracted=text, text_digest="0" * 64)


@measured
class Slow(Gate):
    """Holds documents back and works on them together, as the scanning gates do."""

    gate = "scan_slow"

    def start_bundle(self) -> None:
        self._waiting: list[Any] = []

    def process(
        self, element: Document, timestamp: Any = beam.DoFn.TimestampParam, window: Any = beam.DoFn.WindowParam
    ) -> Iterator[Document]:
        self._waiting.append((element, timestamp, window))
        return iter(())

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for document, timestamp, window in self._waiting:
            time.sleep(0.01)
            found: tuple[Finding, ...] = (scan_failure("slow", "timed out"),)
            yield WindowedValue(document.noting(findings=(*document.findings, *found)), timestamp, (window,))


@measured
class Cut(Gate):
    gate = "chunk_documents"

    def process(self, element: Document) -> Iterator[Any]:
        doc = next(doc for doc in DOCS if doc.doc_id == element.doc_id)
        for ordinal, text in enumerate(LINES):
            yield Chunk(
                chunk_id=f"{element.doc_id}-{ordinal}",
                doc_id=element.doc_id,
                content_digest=doc.content_digest,
                access_id="a",
                ordinal=ordinal,
                start=0,
                end=len(text),
                text=text,
                text_digest="0" * 64,
            )
        yield beam.pvalue.TaggedOutput("outcomes", doc.outcome())


@measured
class Write(Gate):
    gate = "write_segments"

    def start_bundle(self) -> None:
        self._waiting: list[Outcome] = []

    def process(self, element: Outcome) -> Iterator[str]:
        self._waiting.append(element)
        return iter(())

    def finish_bundle(self) -> Iterator[Any]:
        if self._waiting:
            window = beam.transforms.window.GlobalWindow()
            yield WindowedValue("part", window.max_timestamp(), (window,))


@measured
class Refusing(Gate):
    gate = "refusing"

    def process(self, element: Change) -> Iterator[Change]:
        raise LookupError("something of the document")
        yield element


def pipeline() -> beam.Pipeline:
    return beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))


def through_gates(context: Context) -> dict[str, GateFigures]:
    graph = pipeline()
    extracted = graph | beam.Create([change(doc) for doc in DOCS]) | beam.ParDo(Extract(context))
    scanned = extracted | beam.ParDo(Slow(context))
    cut = scanned | beam.ParDo(Cut(context)).with_outputs("outcomes", main="chunks")
    _ = cut.outcomes | beam.ParDo(Write(context))
    result = graph.run()
    result.wait_until_finish()
    return {one.gate: one for one in gate_figures(result.metrics())}


@pytest.fixture(scope="module")
def figures() -> dict[str, GateFigures]:
    return through_gates(Context())


def test_every_gate_counts_what_came_and_what_left(figures: dict[str, GateFigures]) -> None:
    assert set(figures) == {"extract_text", "scan_slow", "chunk_documents", "write_segments"}
    for gate in ("extract_text", "scan_slow", "chunk_documents"):
        assert figures[gate].count("documents_in") == figures[gate].count("documents_out") == len(DOCS), gate
        assert figures[gate].count("bytes") == 100 * len(DOCS), gate
    assert figures["chunk_documents"].count("chunks_out") == len(LINES) * len(DOCS)
    assert figures["write_segments"].count("documents_in") == len(DOCS)


def test_the_time_of_documents_worked_on_together_is_counted_too(figures: dict[str, GateFigures]) -> None:
    assert figures["scan_slow"].milliseconds >= 10 * len(DOCS)
    assert figures["scan_slow"].longest >= 10 * len(DOCS), "the bundle's end is one call"


def test_parts_of_a_millisecond_add_up_and_waiting_for_others_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, seen = count(0, 300_000), list[int]()
    monkeypatch.setattr("transforms.support.measured.perf_counter_ns", lambda: next(clock))
    gate = Extract()
    monkeypatch.setattr(Metrics, "distribution", lambda *_: SimpleNamespace(update=seen.append))
    for doc in DOCS:
        for _ in gate.process(change(doc)):
            next(clock), next(clock)  # the gates behind it work
    assert len(seen) == len(DOCS)
    assert set(seen) <= {0, 1}, "each call takes 0.6 ms"
    assert sum(seen) == 12


def test_what_a_runner_counts_for_itself_is_no_gate_and_attempts_count_where_commits_do_not() -> None:
    def counter(namespace: str, name: str, **values: int | None) -> MetricResult:
        key = MetricKey("step", MetricName(namespace, name))
        return MetricResult(key, values.get("committed"), values.get("attempted"))

    counters = [
        counter("beam", "metric:element_count:v1", committed=20, attempted=20),
        counter("scan_pii", "documents_in", committed=None, attempted=7),
        counter("scan_pii", "documents_in", committed=5, attempted=9),
    ]
    results = SimpleNamespace(query=lambda: {"counters": counters, "distributions": []})
    assert gate_figures(results) == (GateFigures(gate="scan_pii", counts={"documents_in": 12}),)


def test_spans_of_documents_join_their_traces_and_hold_no_text() -> None:
    with collecting() as collector:
        through_gates(Context(tracing=TracingSettings(endpoint=collector.endpoint, ratio=1)))
    by_trace: dict[bytes, list[Any]] = {}
    for span in collector.spans:
        by_trace.setdefault(span.trace_id, []).append(span)
    assert set(by_trace) == {trace_of("run-1", d.doc_id, d.content_digest).to_bytes(16, "big") for d in DOCS}
    for spans in by_trace.values():
        assert sorted(span.name for span in spans) == [
            "chunk_documents",
            "extract_text",
            "scan_slow",
            "write_segments",
        ]
        (root,) = (span for span in spans if not span.parent_span_id)
        assert root.name == "extract_text"
        noted = {span.name: attributes(span.attributes) for span in spans}
        assert len({found["corpusgate.content.digest"] for found in noted.values()}) == 1
        assert all(found["corpusgate.source"] == "hand" for found in noted.values())
        assert noted["scan_slow"]["corpusgate.findings"] == noted["scan_slow"]["corpusgate.scan_failures"] == 1
        assert noted["chunk_documents"]["corpusgate.chunks"] == len(LINES)
        assert noted["chunk_documents"]["corpusgate.verdict"] == "admit"
        slow = next(span for span in spans if span.name == "scan_slow")
        assert slow.end_time_unix_nano - slow.start_time_unix_nano >= 10_000_000, "it waited in the gate"
    everything = b"".join(collector.bodies)
    assert not [line for line in LINES if line.encode() in everything]
    assert not [doc.name for doc in DOCS if doc.name.encode() in everything]


def test_a_gate_that_fails_is_told_by_the_class_of_its_error() -> None:
    with collecting() as collector:
        context = Context(tracing=TracingSettings(endpoint=collector.endpoint, ratio=1))
        graph = pipeline()
        _ = graph | beam.Create([change(DOCS[0])]) | beam.ParDo(Refusing(context))
        with pytest.raises(LookupError):
            graph.run().wait_until_finish()
        tracer_for(context.tracing, context.home_folder).flush()
    spans = [span for span in collector.spans if span.name == "refusing"]
    assert spans
    assert all(attributes(span.attributes)["error.type"] == "LookupError" for span in spans)
    assert b"something of the document" not in b"".join(collector.bodies)


def test_without_an_endpoint_tracing_is_not_even_loaded() -> None:
    """A run that traces nothing must not pay for it."""
    code = "import sys, pipeline.runs.graph; sys.exit('opentelemetry.sdk' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[3]).returncode == 0
