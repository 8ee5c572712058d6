"""Counts and times of every gate, measured by `@measured` on the gate's DoFn.

A gate names itself in `gate`. Beam then has under that namespace `documents_in`, `documents_out`, `chunks_in`,
`chunks_out`, `bytes` and `milliseconds`; what only this gate knows (verdicts, failed scans) it counts itself.

Invariants: measuring changes no element and no order. Only a gate's own time counts: while later gates work on its
output, its clock stands still. Names and numbers only, never text (law 4).
"""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from time import perf_counter_ns
from typing import Any, TypeVar

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.domain.documents.documents import Change, Chunk, Document, DocumentRef, Outcome, TaggedDocument
from pipeline.domain.telemetry.gate_figures import MILLISECONDS, GateFigures
from transforms.support.coders import EmbeddedChunk
from transforms.support.passages import Passages, passages_of

Gate = TypeVar("Gate", bound=type[beam.DoFn])
_A_MILLISECOND = 1_000_000


_WRAPPED = (WindowedValue, beam.pvalue.TaggedOutput)
_DOCUMENT, _CHUNK = "documents", "chunks"


def measured(gate: Gate) -> Gate:
    """Count and time what a gate's DoFn does."""
    process, finish, teardown = gate.process, gate.finish_bundle, gate.teardown

    @wraps(process)
    def measuring(self: Any, element: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        return _meter(self).through(lambda: process(self, element, *args, **kwargs), element)

    @wraps(finish)
    def finishing(self: Any) -> Iterator[Any]:
        return _meter(self).through(lambda: finish(self))

    @wraps(teardown)
    def ending(self: Any) -> None:
        teardown(self)
        _meter(self).end()

    gate.process, gate.finish_bundle, gate.teardown = measuring, finishing, ending
    return gate


def gate_figures(results: Any) -> tuple[GateFigures, ...]:
    """What the gates of a pipeline counted so far, from its result's `metrics()`, by gate."""
    found = results.query()
    gates: dict[str, dict[str, Any]] = {}
    for counter in found["counters"]:
        name = counter.key.metric
        if not name.name.isidentifier():  # a runner's own, such as `metric:element_count:v1` of Prism
            continue
        counts = gates.setdefault(name.namespace, {}).setdefault("counts", {})
        counts[name.name] = counts.get(name.name, 0) + (counter.result or 0)
    for one in found["distributions"]:
        name, spread = one.key.metric, one.result
        if name.name == MILLISECONDS and spread is not None and spread.count:
            gate = gates.setdefault(name.namespace, {})
            gate["calls"] = gate.get("calls", 0) + spread.count
            gate["milliseconds"] = gate.get("milliseconds", 0) + spread.sum
            gate["longest"] = max(gate.get("longest", 0), spread.max)
    return tuple(GateFigures(gate=name, **values) for name, values in sorted(gates.items()))


class _Meter:
    """Counts of one DoFn on one worker."""

    def __init__(self, gate: str, passages: Passages | None) -> None:
        self._came, self._left = (
            {kind: Metrics.counter(gate, f"{kind}_{way}") for kind in (_DOCUMENT, _CHUNK)} for way in ("in", "out")
        )
        self._bytes = Metrics.counter(gate, "bytes")
        self._milliseconds = Metrics.distribution(gate, MILLISECONDS)
        self._passages = passages
        self._rest = 0
        """Nanoseconds that did not make a whole millisecond: they count in the next call, so sums are right."""

    def through(self, call: Callable[[], Iterable[Any] | None], element: Any = None) -> Iterator[Any]:
        """What `call` yields, counted; `element` is what came in."""
        spent, begun = 0, perf_counter_ns()
        try:
            self._enter(element)
            for output in call() or ():
                self._leave(output)
                spent += perf_counter_ns() - begun
                yield output
                begun = perf_counter_ns()
            if self._passages:
                self._passages.settle()
        except Exception as error:
            if self._passages:
                self._passages.failed(error)
            raise
        finally:
            whole, self._rest = divmod(self._rest + spent + perf_counter_ns() - begun, _A_MILLISECOND)
            self._milliseconds.update(whole)

    def end(self) -> None:
        """The worker is done with this gate."""
        if self._passages:
            self._passages.flush()

    def _enter(self, element: Any) -> None:
        if known := _KNOWN.get(type(element)):
            kind, size = known
            self._came[kind].inc()
            self._bytes.inc(size(element))
        if self._passages:
            self._passages.came(element)

    def _leave(self, output: Any) -> None:
        value = output
        while isinstance(value, _WRAPPED):
            value = value.value
        if known := _KNOWN.get(type(value)):
            self._left[known[0]].inc()
        if self._passages:
            self._passages.left(value)


def _meter(gate: Any) -> _Meter:
    meter: _Meter | None = gate.__dict__.get("_meter")
    if meter is None:
        meter = gate._meter = _Meter(gate.gate, passages_of(gate.gate, getattr(gate, "_context", None)))
    return meter


def _listed(change: Change) -> int:
    """Bytes of a document as it was listed."""
    return (change.tagged.ref.length or 0) if change.tagged else 0


def _encoded(chunk: Chunk) -> int:
    return len(chunk.text.encode("utf-8", "surrogatepass"))


_KNOWN: dict[type, tuple[str, Callable[[Any], int]]] = {
    DocumentRef: (_DOCUMENT, lambda ref: ref.length or 0),
    TaggedDocument: (_DOCUMENT, lambda tagged: tagged.ref.length or 0),
    tuple: (_DOCUMENT, lambda _: 0),  # what is known of one document, joined
    Change: (_DOCUMENT, _listed),
    Document: (_DOCUMENT, lambda document: _listed(document.change)),
    Outcome: (_DOCUMENT, lambda outcome: outcome.bytes),
    Chunk: (_CHUNK, _encoded),
    EmbeddedChunk: (_CHUNK, lambda embedded: _encoded(embedded.chunk)),
}
"""What an element is counted as, and how large it is."""
