"""Documents on their way through one gate, as spans of their traces.

A trace begins where a changed document enters the gate: reading and comparing thousands of unchanged ones leaves none.
A gate that works on several documents at once has a span for each, from when it came to when it left.

Invariants: without an endpoint in the settings no span is made, and OpenTelemetry is not imported. Of an element only
digests, counts and codes are noted (law 4).
"""

from time import time_ns
from typing import TYPE_CHECKING, Any

from pipeline.domain.documents.documents import Change, Chunk, Document, Outcome
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.findings.findings import FindingKind
from transforms.support.coders import EmbeddedChunk
from transforms.support.context import RunContext

if TYPE_CHECKING:
    from pipeline.telemetry.tracing import Tracer

_Key = tuple[str, str]


def passages_of(gate: str, context: RunContext | None) -> "Passages | None":
    """Where passages through a gate are noted; None when nothing is traced."""
    if context is None or not context.tracing.endpoint:
        return None
    from pipeline.telemetry.tracing import tracer_for  # so that a run without traces does not load it

    return Passages(gate, context.run_id, tracer_for(context.tracing, context.home_folder))


class Passages:
    """Every document that is inside one gate of one worker."""

    def __init__(self, gate: str, run_id: str, tracer: "Tracer") -> None:
        self._gate, self._run_id, self._tracer = gate, run_id, tracer
        self._inside: dict[_Key, _Inside] = {}
        self._through: list[_Key] = []

    def came(self, element: Any) -> None:
        """An element entered the gate."""
        from pipeline.telemetry.tracing import trace_of

        key = _key(element)
        if key is None:
            return
        inside = self._inside.get(key)
        if inside is None:
            trace = trace_of(self._run_id, *key)
            if not self._tracer.traces(trace):
                return
            inside = self._inside[key] = _Inside(trace, isinstance(element, Change))
        inside.waiting += 1
        inside.findings = len(getattr(element, "findings", ()))

    def left(self, output: Any) -> None:
        """An element left the gate; a name of a part stands for everything that was written into it."""
        if isinstance(output, str):
            for one in self._inside.values():
                one.end_ns = time_ns()
            self._through = list(self._inside)
            return
        key = _key(output)
        inside = self._inside.get(key) if key else None
        if key and inside and inside.leaves(output):
            self._through.append(key)

    def settle(self) -> None:
        """A call is over: report the documents that left as often as they came."""
        for key in self._through:
            if inside := self._inside.pop(key, None):
                self._report(key, inside)
        self._through.clear()

    def failed(self, error: Exception) -> None:
        """The bundle failed, and with it everything inside."""
        for key, inside in self._inside.items():
            inside.end_ns = time_ns()
            self._report(key, inside, type(error).__name__)
        self._inside.clear()
        self._through.clear()

    def flush(self) -> None:
        """Send what was reported."""
        self._tracer.flush()

    def _report(self, key: _Key, inside: "_Inside", error: str | None = None) -> None:
        from pipeline.telemetry.tracing import GatePassage

        doc_id, digest = key
        attributes: dict[str, str | int] = {
            "corpusgate.gate": self._gate,
            "corpusgate.run.id": self._run_id,
            "corpusgate.source": source_of(doc_id),
            "corpusgate.content.digest": digest,
            **inside.notes,
        }
        passage = GatePassage(self._gate, inside.trace, inside.first, inside.start_ns, inside.end_ns, attributes, error)
        self._tracer.record(passage)


class _Inside:
    """One document inside a gate."""

    def __init__(self, trace: int, first: bool) -> None:
        self.trace, self.first = trace, first
        self.start_ns = self.end_ns = time_ns()
        self.waiting = 0
        self.findings = 0
        self.notes: dict[str, str | int] = {}

    def leaves(self, output: Any) -> bool:
        """Note what left; whether that was all that had come in."""
        self.end_ns = time_ns()
        if isinstance(output, Chunk | EmbeddedChunk):
            self.notes["corpusgate.chunks"] = int(self.notes.get("corpusgate.chunks", 0)) + 1
            if isinstance(output, Chunk):  # just cut: it did not come in
                return False
        else:
            self._note_judgement(output)
        self.waiting -= 1
        return self.waiting <= 0

    def _note_judgement(self, output: Any) -> None:
        if found := getattr(output, "findings", ())[self.findings :]:
            self.notes["corpusgate.findings"] = len(found)
            if failed := sum(finding.kind is FindingKind.SCAN_FAILED for finding in found):
                self.notes["corpusgate.scan_failures"] = failed
        if verdict := getattr(output, "verdict", None):
            self.notes["corpusgate.verdict"] = verdict.action.value


def _key(element: Any) -> _Key | None:
    """What names a document's content in every gate; None for what is on no way through the gate."""
    chunk = element.chunk if isinstance(element, EmbeddedChunk) else element
    if isinstance(chunk, Chunk):
        return chunk.doc_id, chunk.content_digest
    if not isinstance(element, Change | Document | Outcome):
        return None
    tagged = element.change.tagged if isinstance(element, Document) else element.tagged
    return (tagged.doc_id, tagged.provenance.content_digest) if tagged else None
