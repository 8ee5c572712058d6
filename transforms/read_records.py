"""Gate of the stream: the records of Kafka topics, landed in the home, as references.

A topic is read from its first record at every start. A decided record is skipped after one look at the snapshot, so a
restart neither loses nor repeats a record, and no offsets are kept. A landed record without a decision goes on first,
because the topic may have dropped it.

Invariants: a record is durable in the home before its reference goes on, and text crosses no shuffle. Every record is
a version of a document or a document with problems; none is dropped because of its content. While the stream drains,
nothing is landed and nothing goes on; it is read again at the next start.
"""

import time
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.kafka import FOLDER, Topic, consumer_options, pace_options, topic_of
from pipeline.domain.documents.provenance import Source
from pipeline.domain.documents.records import record_of
from pipeline.domain.errors import UsageError
from pipeline.files.landing import Landing
from pipeline.files.spool import Spool
from pipeline.settings.application import KafkaSettings
from transforms.support.bases import GateFn, GateTransform
from transforms.support.context import RunContext
from transforms.support.kafka_io import read_topic
from transforms.support.measured import measured


class ReadRecords(GateTransform):
    """→ references to the newest records of each document, each at least once."""

    def __init__(self, context: RunContext, settings: KafkaSettings) -> None:
        super().__init__(context)
        self._settings = settings

    def expand(self, begin: beam.pvalue.PBegin) -> beam.PCollection:
        sources = kafka_sources(self._context)
        before = (
            begin
            | "sources" >> beam.Create([source.name for source in sources])
            | "landed before" >> beam.ParDo(_LandedBefore(self._context)).with_output_types(DocumentRef)
        )
        arrived = [begin | source.name >> _ReadSource(source, self._context, self._settings) for source in sources]
        return (before, *arrived) | "references" >> beam.Flatten()


def kafka_sources(context: RunContext) -> list[Source]:
    """The sources of a run that are topics."""
    return [source for source in context.sources.values() if source.is_kafka]


class _ReadSource(GateTransform):
    """The topic of one source."""

    def __init__(self, source: Source, context: RunContext, settings: KafkaSettings) -> None:
        super().__init__(context)
        self._source, self._settings = source, settings

    def expand(self, begin: beam.pvalue.PBegin) -> beam.PCollection:
        topic = topic_of(self._source.uri)
        landing = Landing(self._context.home_folder, self._source.name)
        landing.create()
        landing.begin_pace()
        options = _options(topic, self._context.home_folder) | pace_options(str(landing.pace))
        rows = begin | "read" >> read_topic(topic.name, options, self._settings)
        return rows | "land" >> beam.ParDo(Land(self._context, self._source.name)).with_output_types(DocumentRef)


@measured
class Land(GateFn):
    """Rows of one source's topic → references."""

    gate = "read_records"
    superseded = Metrics.counter(gate, "superseded")
    known = Metrics.counter(gate, "known")
    doubtful = Metrics.counter(gate, "with_problems")

    def __init__(self, context: RunContext, source: str) -> None:
        super().__init__(context)
        self._source = source

    def start_bundle(self) -> None:
        self._now = self._context.of(self._context.newest())
        self._reached = dict[int, int]()

    def finish_bundle(self) -> None:
        for partition, offset in self._reached.items():
            self._landing.keep_pace(partition, offset)

    def process(self, row: Any) -> Iterator[DocumentRef]:
        self._reached[row.partition] = row.offset
        if self._spool.is_draining:
            return
        headers = {header.key: header.value for header in row.headers or ()}
        record = record_of(row.topic, row.partition, row.offset, row.key, row.value, headers)
        doc_id = f"{self._source}:{record.uri}"
        if not _is_due(self._now, doc_id, record.order, record.digest):
            self.known.inc()
            return
        withhold = self._now.erased.find(doc_id, record.digest) is not None
        ref = self._landing.land(record, row.value, withhold=withhold)
        if ref is None:
            self.superseded.inc()
            return
        if record.problems:
            self.doubtful.inc()
        yield ref

    @cached_property
    def _landing(self) -> Landing:
        return Landing(self._context.home_folder, self._source)

    @cached_property
    def _spool(self) -> Spool:
        return Spool(Path(self._context.stream))


class _LandedBefore(GateFn):
    """A source's name → what is landed of it and not decided."""

    def process(self, source: str) -> Iterator[Any]:
        now = self._context.of(self._context.newest())
        for ref in Landing(now.home_folder, source).listed():
            if _is_due(now, ref.doc_id, ref.order or 0, ref.stamp):
                yield beam.window.TimestampedValue(ref, time.time())


def _is_due(now: RunContext, doc_id: str, order: int, digest: str) -> bool:
    """Whether the ledger has not decided about a version, nor about a later one."""
    seen = now.seen[doc_id]
    return seen.order is None or order > seen.order or (order == seen.order and digest != seen.stamp)


def _options(topic: Topic, home: Path) -> dict[str, str]:
    if topic.options is None:
        return consumer_options(topic, None, "")
    file = home / "configs" / FOLDER / f"{topic.options}.properties"
    try:
        content = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"There is no file of options {file.name}, or it cannot be read.",
            fix=f"Put it into configs/{FOLDER} of the home, readable by the workers.",
        ) from None
    return consumer_options(topic, content, str(file))
