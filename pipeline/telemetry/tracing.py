"""Spans of the gates over OTLP/HTTP: the only importer of OpenTelemetry.

Invariants: whatever gate and worker a document passes through in a run, its trace is the same, for the trace's id is
derived; so is whether it is traced at all. Attributes are digests, names of gates and sources, codes and counts, never
text or names of documents (law 4). A collector that does not answer costs spans and a bounded moment, never a document.
"""

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from pipeline import __version__
from pipeline.settings.application import TracingSettings
from pipeline.settings.home import Home

QUIET_SECONDS = 30.0
"""For how long a collector that did not take spans is left alone."""


@dataclass(frozen=True, slots=True)
class GatePassage:
    """One document's way through one gate."""

    gate: str
    trace: int
    first: bool
    """This gate is where the trace begins."""
    start_ns: int
    end_ns: int
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    error: str | None = None
    """Class of the error that ended it."""


def trace_of(run_id: str, doc_id: str, content_digest: str) -> int:
    """The trace of one content of one document in one run."""
    name = "\0".join((run_id, doc_id, content_digest)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(name).digest()[:16], "big") or 1


class Tracer:
    """Takes passages and sends them in the background; one for each process."""

    def __init__(self, settings: TracingSettings, authorization: str | None = None) -> None:
        headers = {"authorization": authorization} if authorization else None
        exporter = _Exporter(settings.endpoint, timeout=settings.timeout_seconds, headers=headers)
        resource = Resource.create({"service.name": "corpusgate", "service.version": __version__})
        self._bound = TraceIdRatioBased(settings.ratio).bound
        self._ids = _Ids()
        self._provider = TracerProvider(ALWAYS_ON, resource, id_generator=self._ids)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("corpusgate.gates", __version__)

    def traces(self, trace: int) -> bool:
        """Whether this trace is one of those to be sent; the same answer everywhere."""
        return trace & TraceIdRatioBased.TRACE_ID_LIMIT < self._bound

    def record(self, passage: GatePassage) -> None:
        """Queue a span. When the queue is full, the oldest one is dropped."""
        root = _root_span(passage.trace)
        if passage.first:
            self._ids.next_root(passage.trace, root)
            parent = Context()
        else:
            above = SpanContext(passage.trace, root, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
            parent = set_span_in_context(NonRecordingSpan(above))
        span = self._tracer.start_span(
            passage.gate, parent, attributes=dict(passage.attributes), start_time=passage.start_ns
        )
        if passage.error:
            span.set_attribute("error.type", passage.error)
            span.set_status(Status(StatusCode.ERROR))
        span.end(passage.end_ns)

    def flush(self) -> None:
        """Send what is queued, or drop it."""
        self._provider.force_flush()

    def close(self) -> None:
        """Send what is queued and end."""
        self._provider.shutdown()


@lru_cache(maxsize=4)
def tracer_for(settings: TracingSettings, home: Path) -> Tracer:
    """The tracer of this process for these settings."""
    secret = settings.authorization and Home(home).secret(settings.authorization)
    return Tracer(settings, secret.decode("ascii") if secret else None)


def _root_span(trace: int) -> int:
    """Id of the span at the top of a trace: known to every gate without having seen it."""
    return (trace & 0xFFFF_FFFF_FFFF_FFFF) or 1


class _Ids(RandomIdGenerator):
    """Random ids, but for the next root span of this thread."""

    def __init__(self) -> None:
        self._next = threading.local()

    def next_root(self, trace: int, span: int) -> None:
        self._next.trace, self._next.span = trace, span

    def generate_trace_id(self) -> int:
        trace: int | None = self._next.__dict__.pop("trace", None)
        return trace or super().generate_trace_id()

    def generate_span_id(self) -> int:
        span: int | None = self._next.__dict__.pop("span", None)
        return span or super().generate_span_id()


class _Exporter(OTLPSpanExporter):
    """Leaves a collector that failed alone for a while: a full queue would otherwise wait for it again and again."""

    _quiet_until = 0.0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if time.monotonic() < self._quiet_until:
            return SpanExportResult.FAILURE
        result = super().export(spans)
        if result is SpanExportResult.FAILURE:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
        return result
