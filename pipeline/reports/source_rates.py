"""Recent figures of a source, its normal range, and why it was narrowed, for the person who may release it.

Invariants: reads only. Counts, names of owners and sources, and the breaker's own sentences; never text.
"""

from datetime import UTC, datetime

from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.frozen import Frozen
from pipeline.domain.rates.breaches import Band, Breach, Limits
from pipeline.domain.rates.ingest_rates import Figure
from pipeline.domain.rates.recorded import Graph, RecordedWindow
from pipeline.domain.rates.usual import band
from pipeline.stores.ledger.ingest_rates import WHOLE, history, recent
from pipeline.workspace import Workspace


class BandOf(Frozen):
    """A learned band of the source as a whole."""

    graph: Graph
    figure: Figure
    windows: int
    """Earlier windows with any of it."""
    band: Band | None
    """None while it warms up."""


class SaidBreach(Breach):
    """A breach with its sentence for a person."""

    says: str


class WindowOnRecord(RecordedWindow):
    """A window, with its breaches in sentences too."""

    breaches: tuple[SaidBreach, ...]


class SourceRates(Frozen):
    """One source."""

    source: str
    state: SourceState
    why_narrowed: str | None
    limits: Limits
    windows: tuple[WindowOnRecord, ...]
    """Newest first."""
    bands: tuple[BandOf, ...]


def recent_windows(workspace: Workspace, source: str, windows: int) -> list[RecordedWindow]:
    """The newest windows of a source, newest first."""
    return recent(workspace.database, source, windows)


def why_narrowed(workspace: Workspace, source: str, state: SourceState) -> str | None:
    """The reason given when a source was narrowed, by the breaker or by a person; None when it is not."""
    return workspace.sources.reason(source) if state is SourceState.NARROWED else None


def source_rates(workspace: Workspace, source: str, windows: int) -> SourceRates:
    """The newest windows of a source and its bands. Raises `NotFound`."""
    registered, settings = workspace.sources.source(source), workspace.home.settings.rates
    limits, now = settings.limits_of(source), datetime.now(UTC)
    bands = []
    for graph in Graph:
        with workspace.database.read() as connection:
            (known,) = history(
                connection, [source], graph, now, windows=settings.history_windows, share_hours=settings.share_hours
            )
        past = known.past.get(WHOLE, {})
        for figure in Figure:
            if values := past.get(figure, ()):
                learned = band(values, values[-1], limits)
                bands.append(BandOf(graph=graph, figure=figure, windows=len(values), band=learned))
    return SourceRates(
        source=source,
        state=registered.state,
        why_narrowed=why_narrowed(workspace, source, registered.state),
        limits=limits,
        windows=tuple(map(_said, recent_windows(workspace, source, windows))),
        bands=tuple(bands),
    )


def _said(window: RecordedWindow) -> WindowOnRecord:
    breaches = tuple(SaidBreach(**one.model_dump(), says=one.sentence) for one in window.breaches)
    return WindowOnRecord(**window.model_dump(exclude={"breaches"}), breaches=breaches)
