"""Every figure we export, by name: what it means, its unit and its labels. Adding one starts here.

Invariants: names follow Prometheus' conventions (base units, `_total` for what only grows, moments instead of ages).
Labels come from closed sets or name registered sources; never a document, a person or a piece of text (law 4).
A figure that is not in this list cannot be exported.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class MetricKind(StrEnum):
    """How Prometheus reads a figure."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """One exported name."""

    name: str
    says: str
    labels: tuple[str, ...] = ()
    kind: MetricKind = MetricKind.GAUGE


class Sample(NamedTuple):
    """One figure, ready to be exported."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()


_COUNTER = MetricKind.COUNTER


def _gauge(name: str, says: str, *labels: str) -> Metric:
    return Metric(f"corpusgate_{name}", says, labels)


def _counter(name: str, says: str, *labels: str) -> Metric:
    return Metric(f"corpusgate_{name}_total", says, labels, _COUNTER)


# The corpus, as the ledger has it

BUILD = _gauge("build_info", "1, with the version of this Corpusgate.", "version")
LEDGER_UP = _gauge("ledger_up", "1 when the ledger could be read, 0 when not; then no other figure of it is here.")
GENERATION = _gauge("generation_number", "Number of the generation being served; 0 before the first.")
GENERATION_CREATED = _gauge("generation_created_timestamp_seconds", "When that generation was built.")
GENERATION_DOCUMENTS = _gauge("generation_documents", "Documents in it, as published; revoked ones are still counted.")
GENERATION_CHUNKS = _gauge("generation_chunks", "Chunks in it, as published.")
DOCUMENTS = _gauge("documents", "Documents that are not deleted, by their latest verdict.", "source", "verdict")
DOCUMENTS_SERVED = _gauge("documents_served", "Documents with a version that was made live.", "source")
VERDICTS = _counter("verdicts", "Verdicts on record, from every run.", "source", "verdict")
WAITING = _gauge("waiting", "What waits for a person.", "kind")
WAITING_OLDEST = _gauge("waiting_oldest_timestamp_seconds", "Since when the oldest of it waits.", "kind")
REVIEW_WAITING = _gauge("review_waiting", "Open review items of a source.", "source")
SOURCE_STATE = _gauge("source_state", "1 for the state a source is in, 0 for the others.", "source", "state")
BREAKER = _counter(
    "breaker_events", "How often the breaker narrowed a source, and for which figure.", "source", "figure"
)
REVOCATIONS = _gauge("revocations", "Revocations in force.", "kind")
AUDIT = _counter("audit_entries", "Entries of the audit log.")
ANCHORS = _gauge("audit_anchors", "Folders that keep checkpoints, the one in the home included.")
ANCHORS_BEHIND = _gauge("audit_anchors_behind", "Those that lack the newest checkpoint or cannot be read.")
OLDER_COPY = _gauge("audit_older_copy", "1 if a checkpoint shows that this home is an older copy or was rewritten.")
RUNS = _gauge("runs", "Runs on record, by how they ended.", "state")
RUN_SUCCESS = _gauge("run_last_success_timestamp_seconds", "When the last run that finished did so.")
RUN_FAILURE = _gauge("run_last_failure_timestamp_seconds", "When the last run that failed did so.")

CORPUS = (
    *(BUILD, LEDGER_UP, GENERATION, GENERATION_CREATED, GENERATION_DOCUMENTS, GENERATION_CHUNKS),
    *(DOCUMENTS, DOCUMENTS_SERVED, VERDICTS, WAITING, WAITING_OLDEST, REVIEW_WAITING, SOURCE_STATE, BREAKER),
    *(REVOCATIONS, AUDIT, ANCHORS, ANCHORS_BEHIND, OLDER_COPY, RUNS, RUN_SUCCESS, RUN_FAILURE),
)

# The last run that finished

RUN_SECONDS = _gauge("run_duration_seconds", "How long the last finished run took.")
RUN_BYTES = _gauge("run_bytes", "Bytes of the documents it judged.")
RUN_DOCUMENTS = _gauge("run_documents", "Documents it found, by how they differ from before.", "kind")
RUN_VERDICTS = _gauge("run_verdicts", "Verdicts it gave.", "verdict")
RUN_EMBEDDED = _gauge("run_chunks_embedded", "Chunks it had the model embed; others were known.")
RUN_FAILURES = _gauge("run_scan_failures", "Scans of the last run with documents to scan that did not end.", "detector")

RUN = (RUN_SECONDS, RUN_BYTES, RUN_DOCUMENTS, RUN_VERDICTS, RUN_EMBEDDED, RUN_FAILURES)

# Gates: of a stream since it began, and of one batch run

_GATE_COUNTS = {
    "documents_in": "Documents that reached a gate.",
    "documents_out": "Documents that left it.",
    "chunks_in": "Chunks that reached a gate.",
    "chunks_out": "Chunks that left it.",
    "chunks_embedded": "Chunks the model was asked for.",
    "chunks_cached": "Chunks that were known from before.",
    "failed_listings": "Listings of sources that failed.",
    "partial_listings": "Listings of sources of which a folder or feed could not be read.",
    "breaches": "Figures of sources that left their bounds.",
    "scan_failures": "Documents on which its scan, or the extraction, did not end.",
    "bytes": "Bytes of the documents, or of the chunks' text, that reached a gate.",
    "seconds": "Seconds in which a gate kept a worker busy.",
    "calls": "How often it was called: for each document or chunk, and at the end of each bundle.",
}
GATE_TOTALS = {word: _counter(f"gate_{word}", says, "gate") for word, says in _GATE_COUNTS.items()}
"""By the word Beam's metrics use for it; `seconds` and `calls` are a distribution there."""
GATE_LONGEST = _gauge("gate_longest_seconds", "The longest single call of a gate.", "gate")
GATE_VERDICTS = _counter("gate_verdicts", "Verdicts of the policy gate.", "verdict")
GATE_CHANGES = _counter("gate_changes", "Documents by how they differ from what the ledger knew.", "kind")

RUN_GATE = {
    word: _gauge(f"run_gate_{word}", f"{says[:-1]}, in one run.", "gate") for word, says in _GATE_COUNTS.items()
}
RUN_GATE_LONGEST = _gauge("run_gate_longest_seconds", "The longest single call of a gate in one run.", "gate")

GATES = (*GATE_TOTALS.values(), GATE_LONGEST, GATE_VERDICTS, GATE_CHANGES, *RUN_GATE.values(), RUN_GATE_LONGEST)

# The stream's publisher

WINDOWS = _counter("stream_windows", "Windows that were published.")
AGAIN = _counter("stream_again", "Documents sent in again, because what they were judged against had changed.")
BACKLOG = _gauge("stream_backlog_windows", "Windows that the workers finished and that are not published yet.")
LAG = _gauge(
    "stream_publish_lag_seconds", "From the end of the oldest window in the last publication to that publication."
)
PUBLISHED_AT = _gauge("stream_last_publication_timestamp_seconds", "When a window was last published.")

STREAM = (WINDOWS, AGAIN, BACKLOG, LAG, PUBLISHED_AT)

# The server

REQUESTS = _counter("http_requests", "Requests answered, by the pattern of their route.", "method", "route", "status")
REQUEST_SECONDS = Metric(
    "corpusgate_http_request_duration_seconds", "How long they took.", ("method", "route"), MetricKind.HISTOGRAM
)

SERVER = (REQUESTS, REQUEST_SECONDS)

CATALOGUE = (*CORPUS, *RUN, *GATES, *STREAM, *SERVER)


def labelled(metric: Metric, counts: Iterable[tuple[str, float]]) -> list[Sample]:
    """Samples of a metric with one label."""
    return [Sample(metric, value, (label,)) for label, value in counts]
