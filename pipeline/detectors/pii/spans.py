"""Matches that recognisers pass to the detector.

Invariants: a `PiiMatch` lives only while a document is scanned; its span lies inside the text it was found in.
"""

from dataclasses import dataclass

from pipeline.domain.findings.findings import Lowering, Severity


@dataclass(frozen=True, slots=True)
class PiiMatch:
    """One place that looks like personal data, with how sure its recogniser is."""

    rule: str
    entity: str
    severity: Severity
    start: int
    end: int
    confidence: float
    reason: str
    lowered: Lowering | None = None
    """Why it was judged not to be what it looks like (law 5)."""
    leans: bool = False
    """Whether it counts only because of a word near it: neither its shape nor check digits would do."""
    labelled: bool = False
    """Whether it counts only because of a label right before it."""
