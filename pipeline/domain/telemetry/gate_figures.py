"""Figures of the gates in one run, or in a stream since its start, for export.

Invariant: a count without a described name is left out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from pydantic import Field

from pipeline.domain.frozen import Frozen
from pipeline.domain.telemetry import metrics
from pipeline.domain.telemetry.metrics import Metric, Sample

VERDICT, CHANGE = "verdict_", "change_"
"""Counters of these beginnings go on with an action, and with a kind of change."""
MILLISECONDS = "milliseconds"


class GateFigures(Frozen):
    """The counts of one gate."""

    gate: str
    counts: dict[str, int] = Field(default_factory=dict)
    calls: int = 0
    milliseconds: int = 0
    longest: int = 0
    """Milliseconds of the longest call."""

    def count(self, name: str) -> int:
        """One of its counts; 0 for what it never counted."""
        return self.counts.get(name, 0)


def merged(figures: Iterable[GateFigures]) -> tuple[GateFigures, ...]:
    """The figures of several parts of a run, one for each gate."""
    gates: dict[str, list[GateFigures]] = {}
    for one in figures:
        gates.setdefault(one.gate, []).append(one)
    return tuple(
        GateFigures(
            gate=gate,
            counts=dict(sum((Counter(one.counts) for one in parts), Counter[str]())),
            calls=sum(one.calls for one in parts),
            milliseconds=sum(one.milliseconds for one in parts),
            longest=max(one.longest for one in parts),
        )
        for gate, parts in sorted(gates.items())
    )


def totals(figures: Iterable[GateFigures]) -> Iterator[Sample]:
    """Of a stream: they only grow until it starts anew."""
    for one in figures:
        yield from _counted(one, metrics.GATE_TOTALS)
        yield Sample(metrics.GATE_LONGEST, one.longest / 1000, (one.gate,))
        for name, count in sorted(one.counts.items()):
            if name.startswith(VERDICT):
                yield Sample(metrics.GATE_VERDICTS, count, (name.removeprefix(VERDICT),))
            elif name.startswith(CHANGE):
                yield Sample(metrics.GATE_CHANGES, count, (name.removeprefix(CHANGE),))


def of_one_run(figures: Iterable[GateFigures]) -> Iterator[Sample]:
    """Of one batch run; its verdicts and kinds of changes are in its summary."""
    for one in figures:
        yield from _counted(one, metrics.RUN_GATE)
        yield Sample(metrics.RUN_GATE_LONGEST, one.longest / 1000, (one.gate,))


def _counted(one: GateFigures, described: dict[str, Metric]) -> Iterator[Sample]:
    counts: dict[str, float] = {**one.counts, "seconds": one.milliseconds / 1000, "calls": one.calls}
    for word, metric in described.items():
        if word in counts:
            yield Sample(metric, counts[word], (one.gate,))
