"""A detector in a child process: it cannot harm the gate, and its failure is noticed (law 3).

Invariants: no answer of a child process is passed on before that very process has found its canaries and kept quiet
about a clean text. A document the detector did not finish gets a `scan_failed` finding. Detections stay inside this
module: findings that leave it are sealed. Several threads may use it, one at a time.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Any, Self

from pipeline.detectors import canaries
from pipeline.detectors.canaries import Canary
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.errors import CanaryMissed, ChildFailure
from pipeline.domain.findings.findings import Detection, Finding, FindingKind, Lowering, Severity, scan_failure, seal
from pipeline.domain.findings.line_numbers import LineNumbers
from pipeline.sandbox import ChildLimits, ChildProcess
from pipeline.sandbox import Ticket as ChildTicket

_TRIES = 2
"""A child may die of what a document before the canaries did to it; its successor must pass."""

CanarySet = Callable[[FindingKind, Random], Iterable[Canary]]


@dataclass(eq=False)
class ScanTicket:
    """A document on its way through a detector."""

    document: ExtractedText = field(repr=False)
    request: ChildTicket


class GuardedDetector:
    """Runs the detector class `target` (`module:class`, settings are paths) inside limits and under proof."""

    def __init__(
        self,
        target: str,
        settings: dict[str, str],
        limits: ChildLimits,
        canary_set: CanarySet = canaries.planted,
        *,
        canary_every: int = 5000,
        canary_seconds: float = 300.0,
    ) -> None:
        self.target = target
        limits = replace(limits, reads=(*limits.reads, *settings.values()))
        self._child = ChildProcess("pipeline.detectors.worker:create", limits, {"target": target, "settings": settings})
        self._canary_set = canary_set
        self._canary_every, self._canary_seconds = canary_every, canary_seconds
        self._proved_child = -1
        self._proved_at = 0.0
        self._since_proof = 0
        self._proved: set[int] = set()
        self._turn = threading.RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def name(self) -> str:
        """What the detector calls itself."""
        return self._description[0]

    @property
    def kinds(self) -> tuple[FindingKind, ...]:
        """Kinds of findings it looks for."""
        return self._description[1]

    @property
    def detector_digest(self) -> str:
        """Changes whenever the same text could get other findings. Starts the child."""
        return self._description[2]

    @property
    def peak_memory_bytes(self) -> int:
        """Most resident memory its child was seen to have."""
        return self._child.peak_memory_bytes

    def begin(self) -> None:
        """Have its child load while the caller does something else. It proves itself before its first answer."""
        self._child.begin()

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def scan(self, document: ExtractedText, key: bytes) -> list[Finding]:
        """Every finding in `document`; raises `CanaryMissed` when the detector cannot be trusted."""
        return self.result(self.submit(document), key)

    def submit(self, document: ExtractedText) -> ScanTicket:
        """Queue a document; the detector works on it while the caller does something else."""
        with self._turn:
            if self._proved_child < 0:
                self.prove()
            self._since_proof += 1
            return ScanTicket(document, self._send(document))

    def result(self, ticket: ScanTicket, key: bytes) -> list[Finding]:
        """The findings in a submitted document."""
        with self._turn:
            try:
                detections = self._receive(ticket.document, ticket.request)
            except ChildFailure as failure:
                if failure.reason == "startup":
                    raise
                return [scan_failure(self.name, failure.reason)]
            if self._proof_due():
                self.prove()
            if ticket.request.child not in self._proved:  # it died before anybody could put it to the proof
                return [scan_failure(self.name, "crashed")]
        lines = LineNumbers(ticket.document.text)
        return [seal(detection, ticket.document.text, key, lines) for detection in detections]

    def prove(self) -> None:
        """Raise `CanaryMissed` unless every planted canary is found and the clean text gives nothing."""
        for tries_left in reversed(range(_TRIES)):
            try:
                self._prove_once()
            except ChildFailure as failure:
                if failure.reason == "startup":
                    raise
                if not tries_left:
                    raise self._missed(f"did not finish a canary ({failure.reason})") from None
            else:
                return

    def _prove_once(self) -> None:
        # A fresh seed each time: no rule can know a canary by heart.
        chance = Random(secrets.randbits(64))  # noqa: S311
        self._child.start()
        child = self._child.restarts
        flock = [canary for kind in self.kinds for canary in self._canary_set(kind, chance)]
        sent = [(canary, self._send(canary.document)) for canary in flock]
        for canary, request in sent:
            if not canary.answered_by(self._receive(canary.document, request)):
                raise self._missed(f"failed its canary for {canary.file_type}")
        if self._child.restarts == child:
            self._proved.add(child)
            self._proved_child, self._proved_at, self._since_proof = child, time.monotonic(), 0

    def _proof_due(self) -> bool:
        return (
            self._child.restarts != self._proved_child
            or self._since_proof >= self._canary_every
            or time.monotonic() - self._proved_at >= self._canary_seconds
        )

    @cached_property
    def _description(self) -> tuple[str, tuple[FindingKind, ...], str]:
        header, _ = self._child.call({"op": "describe"}, wall_seconds=self._child.limits.start_seconds)
        return str(header["name"]), tuple(map(FindingKind, header["kinds"])), str(header["digest"])

    def _send(self, document: ExtractedText) -> ChildTicket:
        header = {
            "op": "scan",
            "media_type": document.media_type,
            "extractor": document.extractor,
            "hidden": [(run.technique, run.text, run.place) for run in document.hidden],
        }
        return self._child.submit(header, document.text.encode("utf-8", "surrogatepass"))

    def _receive(self, document: ExtractedText, request: ChildTicket) -> list[Detection]:
        header, _ = self._child.result(request)
        try:
            detections = [_detection(fields) for fields in header["detections"]]
            if any(not 0 <= found.start <= found.end <= len(document.text) for found in detections):
                raise ValueError
        except (KeyError, TypeError, ValueError):
            raise ChildFailure("protocol", f"{self.target} gave an answer that is none.") from None
        return detections

    def _missed(self, what: str) -> CanaryMissed:
        return CanaryMissed(
            f"The detector {self.name} {what}, so none of its answers can be trusted.",
            done="The run was stopped; nothing it had scanned since is published.",
            fix="Look for a recent change of the rules in configs/detectors, and run `corpusgate doctor`.",
        )


def _detection(fields: list[Any]) -> Detection:
    kind, detector, entity, start, end, severity, confidence, reason, value, lowered = fields
    if not (isinstance(start, int) and isinstance(end, int) and (value is None or isinstance(value, str))):
        raise TypeError
    return Detection(
        FindingKind(kind),
        str(detector),
        str(entity),
        start,
        end,
        Severity(severity),
        float(confidence),
        str(reason),
        value,
        None if lowered is None else Lowering(lowered),
    )
