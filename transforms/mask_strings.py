"""Gate: mask secrets and personal values in names, titles and tags. See `pipeline.domain.documents.served`.

Invariants: it runs before the comparison with the ledger, so no name, title or tag with a value in it is stored,
compared or shown (law 4). A string that was kept masked before is recognised by its mark, and the strings of a
version whose verdict holds are not scanned again: an unchanged corpus starts no detector.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.detectors.strings import StringScanner
from pipeline.domain.documents.documents import DocumentRef, TaggedDocument
from pipeline.domain.documents.served import mask_strings, served_strings
from pipeline.domain.documents.sheet import Sheet
from transforms.support.bases import GateFn, GateTransform
from transforms.support.containment import failure_of
from transforms.support.measured import measured


class MaskNames(GateTransform):
    """References of deleted documents → the same, under the names their documents are known by."""

    def expand(self, references: beam.PCollection) -> beam.PCollection:
        return references | "mask" >> beam.ParDo(_MaskName(self._context)).with_output_types(DocumentRef)


class MaskStrings(GateTransform):
    """Tagged documents → the same, with strings that may be stored and shown, and the findings in them."""

    def expand(self, tagged: beam.PCollection) -> beam.PCollection:
        return tagged | "mask strings" >> beam.ParDo(_Mask(self._context)).with_output_types(TaggedDocument)


@measured
class _Mask(GateFn):
    gate = "mask_strings"
    scanned = Metrics.counter(gate, "documents_scanned")
    masked = Metrics.counter(gate, "documents_masked")

    def setup(self) -> None:
        self._key = self._context.fingerprint_key()
        self._scanner = StringScanner(self._context.detectors, self._context.home_folder, self._key)

    def start_bundle(self) -> None:
        self._waiting: deque[tuple[TaggedDocument, Any, Any]] = deque()

    def process(
        self,
        tagged: TaggedDocument,
        timestamp: Any = beam.DoFn.TimestampParam,
        window: Any = beam.DoFn.WindowParam,
    ) -> Iterator[Any]:
        context = self._context.of(tagged.ref.snapshot)
        source = context.sources[tagged.ref.source]
        if (known := context.settled(tagged, self._key)) is not None:
            yield known
            return
        self.scanned.inc()
        sheet = Sheet(served_strings(tagged, source))
        self._waiting.append((tagged, self._scanner.submit(sheet.text), (timestamp, window)))
        while len(self._waiting) > self._context.detectors.in_flight:
            yield self._next()

    def finish_bundle(self) -> Iterator[Any]:
        while self._waiting:
            yield self._next()

    def _next(self) -> WindowedValue:
        tagged, tickets, (timestamp, window) = self._waiting.popleft()
        source = self._context.of(tagged.ref.snapshot).sources[tagged.ref.source]
        found = self._scanner.result(tickets)
        try:
            kept = mask_strings(tagged, source, self._key, found, self._scanner.scan)
        except Exception as error:  # the document's fault: nothing of its strings is kept; otherwise it is raised again
            kept = mask_strings(tagged, source, self._key, [failure_of(self.gate, error)], self._scanner.scan)
        if kept.provenance.masked:
            self.masked.inc()
        return WindowedValue(kept, timestamp, (window,))


class _MaskName(GateFn):
    """A name that is not known belongs to no document, so its deletion changes nothing and needs no scan."""

    def setup(self) -> None:
        self._key = self._context.fingerprint_key()

    def process(self, ref: DocumentRef) -> Iterator[DocumentRef]:
        yield self._context.of(ref.snapshot).known_as(ref, self._key)
