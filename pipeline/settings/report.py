"""Models of the settings under `report` in `corpusgate.yaml`."""

from pydantic import Field

from pipeline.domain.frozen import Frozen
from pipeline.domain.signals.escalations import EscalationLimits


class ReportSettings(Frozen):
    """The signals report: earlier periods to compare with, and thresholds."""

    earlier: int = Field(default=8, ge=1, le=52)
    """Earlier periods of the same length that figures are compared with."""
    escalate: EscalationLimits = EscalationLimits()
    """Thresholds from which a signal needs a person."""
