"""Containment: if a gate's own code fails on a document, it is quarantined and the run continues.

Invariants: a failure of one document is a finding that policy can never admit (law 3), never an exception that stops
a run or is retried in a stream for ever. A problem of the machine or of Corpusgate itself (a full disk, a missed
canary, a damaged file) still stops the run. Only the class of an error is kept: its text could quote the document
(law 4).
"""

from pipeline.domain.documents.documents import Document, ExtractedText
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import Finding, scan_failure

NOT_CONTAINED = (CorpusgateError, OSError, MemoryError)
"""No document's fault."""


def contained(document: Document, gate: str, error: Exception) -> Document:
    """The document with the failure of a gate as a finding. Raises `error` where it is no document's fault."""
    return document.noting(findings=(*document.findings, failure_of(gate, error)))


def failure_of(gate: str, error: Exception) -> Finding:
    """The failure of a gate as a finding. Raises `error` where it is no document's fault."""
    if isinstance(error, NOT_CONTAINED):
        raise error
    return scan_failure(gate, type(error).__name__)


def not_extracted(error: Exception) -> ExtractedText:
    """What stands for the text of a document the extracting gate failed on. Raises `error` where it is none."""
    if isinstance(error, NOT_CONTAINED):
        raise error
    return ExtractedText(text="", media_type="application/octet-stream", extractor="none", failure=type(error).__name__)
