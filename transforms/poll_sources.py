"""Gate of the stream: new files of folders and bucket prefixes, and requested documents.

Every few seconds each source is listed. A file whose stamp the ledger has on record is left alone; everything else
goes on as references. Requests of the driver (approvals, submissions, documents whose verdict was no longer valid at
publication) go on whatever their stamps say.

Invariants: nothing is marked as read here: only the ledger counts, so a lost reference comes again and a restart
begins where the ledger stands. A listing that fails yields nothing and deletes nothing (law 9); `corpusgate refresh`
handles deletions from folders. While the stream drains, nothing goes on.
"""

import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.attention import Attention
from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.provenance import Source
from pipeline.files.spool import Spool
from transforms.support.bases import GateFn, GateTransform
from transforms.support.context import RunContext
from transforms.support.listing import UnreadFeed, look, references
from transforms.support.masked_names import found_again, is_without_place
from transforms.support.measured import measured
from transforms.support.ticks import Ticks

MOST_AT_ONCE = 200
"""References that go on at one tick; the rest follow at the next, so that no window becomes endless."""
MOST_BEHIND = 500
"""With so many windows waiting to be published, nothing new is taken in: it waits where it is."""


class PollSources(GateTransform):
    """→ references, each at least once."""

    def __init__(self, context: RunContext, seconds: float) -> None:
        super().__init__(context)
        self._seconds = seconds

    def expand(self, begin: beam.PCollection) -> beam.PCollection:
        ticks = begin | "ticks" >> Ticks(self._seconds)
        return ticks | "poll" >> beam.ParDo(_Poll(self._context)).with_output_types(DocumentRef)


@measured
class _Poll(GateFn):
    gate = "poll_sources"
    failed = Metrics.counter(gate, "failed_listings")

    def setup(self) -> None:
        self._files, self._requests = Attention(), Attention()
        self._room = MOST_AT_ONCE

    def process(self, _tick: object) -> Iterator[DocumentRef]:
        self._spool.beat()
        if self._spool.is_draining or len(self._spool.closed_windows()) > MOST_BEHIND:
            return
        for number, ref in enumerate(self._due(self._context.of(self._context.newest()), time.monotonic())):
            if number == 0:
                self._spool.note_taken_in()
            yield ref

    def _due(self, context: RunContext, now: float) -> Iterator[DocumentRef]:
        present: set[str] = set()
        self._room = MOST_AT_ONCE
        for source in context.sources.values():
            if not source.is_listed:
                continue
            try:
                yield from self._appeared(source.located(context.home), context, now, present)
            except Exception:  # whatever a file system raises: it is listed again at the next tick
                self.failed.inc()
                present.update(self._files.names_of(f"{source.name} "))
        self._files.keep_only(present)
        yield from self._asked_for(context, now)

    def _appeared(self, source: Source, context: RunContext, now: float, present: set[str]) -> Iterator[DocumentRef]:
        listed = look(source, context.own)
        if listed.partial:
            self.failed.inc()
            present.update(self._files.names_of(f"{source.name} "))
        for file in listed.files:
            name = f"{source.name} {file.path}"
            present.add(name)
            if self._room <= 0 or not self._files.is_due(name, file.stamp, now):
                continue
            try:
                unknown = [
                    ref
                    for ref in references(source, file, context.extraction)
                    if context.seen[context.known_as(ref, self._key).doc_id].stamp != file.stamp
                ]
            except UnreadFeed:  # it is read again when it is written again
                self.failed.inc()
                continue
            if not unknown:
                self._files.settle(name)
            self._room -= len(unknown)
            yield from unknown

    def _asked_for(self, context: RunContext, now: float) -> Iterator[DocumentRef]:
        requests = self._spool.open_requests()
        for name in requests:
            if self._requests.is_due(name, "", now):
                yield from self._with_places(self._spool.read_request(name), context)
        self._requests.keep_only(requests)

    def _with_places(self, refs: Iterable[DocumentRef], context: RunContext) -> Iterator[DocumentRef]:
        """References with their place; the place of a masked name is not on record, so its source is listed."""
        for ref in refs:
            if not is_without_place(ref):
                yield ref
                continue
            try:
                found = found_again(ref, context, self._key)
            except Exception:  # whatever a file system raises: the request stays, and is tried again
                self.failed.inc()
                continue
            if found is not None:
                yield found

    @cached_property
    def _key(self) -> bytes:
        return self._context.fingerprint_key()

    @cached_property
    def _spool(self) -> Spool:
        return Spool(Path(self._context.stream))
