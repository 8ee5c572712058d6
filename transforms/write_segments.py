"""Gate: leave embedded chunks and outcomes where the publisher finds them.

Invariants: writing is idempotent (a part is named by its content), so bundles may run twice. Nothing written here is
served: publishing is one atomic step after the run (law 6). Only names of parts go on, never text.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import apache_beam as beam
import numpy as np
from apache_beam.transforms.window import BoundedWindow
from apache_beam.utils.windowed_value import WindowedValue

from pipeline.domain.documents.documents import Outcome
from pipeline.index.staging import StagingWriter
from transforms.support.bases import GateFn, GateTransform
from transforms.support.coders import EmbeddedChunk
from transforms.support.context import RunContext
from transforms.support.measured import measured

CHUNKS_PER_PART = 5_000
OUTCOMES_PER_PART = 20_000

Element = TypeVar("Element")


class WriteSegments(GateTransform):
    """{"outcomes", "chunks"} → names of the parts written; a dry run has no chunks."""

    def expand(self, inputs: Any) -> beam.PCollection:
        outcomes = _WriteParts(self._context, _write_outcomes, OUTCOMES_PER_PART)
        parts = [inputs["outcomes"] | "write outcomes" >> beam.ParDo(outcomes).with_output_types(str)]
        if "chunks" in inputs:
            chunks = _WriteParts(self._context, _write_chunks, CHUNKS_PER_PART)
            parts.append(inputs["chunks"] | "write chunks" >> beam.ParDo(chunks).with_output_types(str))
        return parts | "parts" >> beam.Flatten()


@measured
class _WriteParts(GateFn, Generic[Element]):
    gate = "write_segments"

    def __init__(
        self, context: RunContext, write: Callable[[StagingWriter, Sequence[Element]], str], elements_per_part: int
    ) -> None:
        super().__init__(context)
        self._write, self._elements_per_part = write, elements_per_part

    def setup(self) -> None:
        self._writer = StagingWriter(Path(self._context.staging))

    def start_bundle(self) -> None:
        self._waiting: dict[BoundedWindow, list[Element]] = {}

    def process(self, element: Element, window: Any = beam.DoFn.WindowParam) -> Iterator[WindowedValue]:
        waiting = self._waiting.setdefault(window, [])
        waiting.append(element)
        if len(waiting) >= self._elements_per_part:
            yield self._flush(window)

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for window in list(self._waiting):
            yield self._flush(window)

    def _flush(self, window: BoundedWindow) -> WindowedValue:
        name = self._write(self._writer, self._waiting.pop(window))
        return WindowedValue(name, window.max_timestamp(), (window,))


def _write_chunks(writer: StagingWriter, embedded: Sequence[EmbeddedChunk]) -> str:
    return writer.write_chunks([e.chunk for e in embedded], np.stack([e.vector for e in embedded]))


def _write_outcomes(writer: StagingWriter, outcomes: Sequence[Outcome]) -> str:
    return writer.write_outcomes(outcomes)
