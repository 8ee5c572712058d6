"""The report of one pass over the sources.

Invariant: nothing here imports Beam.
"""

from pipeline.domain.documents.documents import ChangeKind
from pipeline.domain.documents.listings import Listing
from pipeline.domain.frozen import Frozen
from pipeline.domain.telemetry.gate_figures import GateFigures


class RunReport(Frozen):
    """What one pass over the sources found."""

    parts: tuple[str, ...]
    listings: tuple[Listing, ...]
    kinds: dict[ChangeKind, int]
    rescanned: int
    inputs: int
    """Listed inputs that changes account for."""
    figures: tuple[GateFigures, ...] = ()
    """What Beam's metrics say of the gates: only the gate's own bookkeeping has to be exact."""

    @property
    def embedded(self) -> int:
        """Chunks the model was asked for; others were known from before."""
        return sum(gate.count("chunks_embedded") for gate in self.figures)
