"""Gate of the stream: report that a window is complete, with the parts that belong to it.

Invariants: a window is closed when everything in it is accounted for: the engine hands its parts on together, after
the last of them. A later element gets a closing of its own; no element is dropped for being late. Closing is
idempotent: the same window with the same parts is the same file. Nothing is published here (law 6).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam

from pipeline.files.spool import ClosedWindow, Spool, window_end
from transforms.support.bases import GateFn, GateTransform

_ARRIVED, _DOCUMENT, _PART = "arrived", "document", "part "
_Note = tuple[str, int]


class CloseWindows(GateTransform):
    """{"arrived", "documents": references, "parts": names} → names of closed windows."""

    def expand(self, inputs: Any) -> beam.PCollection:
        notes = (
            inputs["arrived"] | "arrived" >> beam.Map(_counted, _ARRIVED),
            inputs["documents"] | "documents" >> beam.Map(_counted, _DOCUMENT),
            inputs["parts"] | "names" >> beam.Map(_named),
        )
        return (
            notes
            | "notes" >> beam.Flatten()
            | "count" >> beam.CombinePerKey(sum)
            | "one window" >> beam.WithKeys("").with_output_types(tuple[str, _Note])
            | "together" >> beam.GroupByKey()
            | "close" >> beam.ParDo(_Close(self._context)).with_output_types(str)
        )


def _counted(_element: object, what: str) -> _Note:
    return what, 1


def _named(part: str) -> _Note:
    return _PART + part, 1


class _Close(GateFn):
    def process(self, element: tuple[str, Iterable[_Note]], window: Any = beam.DoFn.WindowParam) -> Iterator[str]:
        notes = dict(element[1])
        closed = ClosedWindow(
            end=window_end(window.end.micros),
            parts=tuple(sorted(note.removeprefix(_PART) for note in notes if note.startswith(_PART))),
            arrived=notes.get(_ARRIVED, 0),
            documents=notes.get(_DOCUMENT, 0),
        )
        yield Spool(Path(self._context.stream)).close_window(closed)
