"""Endless ticks at an interval, which make a stream look again.

Invariants: one tick a bundle, so what it brought is on its way before the next. A missed tick is not repeated: the
next look sees the same. The ticks are one restriction that is never split: an engine that does (Prism asks every
bundle of more than 0.1 s to) takes the watermark of the far half for that of the whole, and from then on everything
is too late for its window. That is why Beam's own `PeriodicImpulse` is not used.
"""

import sys
import time
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.restriction_trackers import OffsetRange, OffsetRestrictionTracker
from apache_beam.io.watermark_estimators import ManualWatermarkEstimator
from apache_beam.transforms.window import TimestampedValue
from apache_beam.utils.timestamp import Timestamp


class Ticks(beam.PTransform):
    """→ the moments of the ticks, `seconds` apart, beginning when the graph runs."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def expand(self, begin: beam.PCollection) -> beam.PCollection:
        every = begin | "every" >> beam.Create([self._seconds]) | "from now on" >> beam.Map(_from_now_on)
        return every | "tick" >> beam.ParDo(_Tick()).with_output_types(Timestamp)


def _from_now_on(seconds: float) -> tuple[float, float]:
    return time.time(), seconds


class WholeTracker(OffsetRestrictionTracker):
    """Claims like any other and can be put off, but not split."""

    def try_split(self, fraction_of_remainder: float) -> tuple[OffsetRange, OffsetRange] | None:
        """What is left for later, if that is all of it."""
        split: tuple[OffsetRange, OffsetRange] | None = super().try_split(0) if fraction_of_remainder == 0 else None
        return split


class _Restriction(beam.transforms.core.RestrictionProvider):
    """The numbers of the ticks."""

    def initial_restriction(self, _element: Any) -> OffsetRange:
        return OffsetRange(0, sys.maxsize)

    def create_tracker(self, restriction: OffsetRange) -> WholeTracker:
        return WholeTracker(restriction)

    def restriction_size(self, element: tuple[float, float], restriction: OffsetRange) -> int:
        return max(0, _newest(*element) - int(restriction.start))

    def truncate(self, _element: Any, _restriction: OffsetRange) -> None:
        """On a drain no more ticks come."""


_NUMBERS = beam.DoFn.RestrictionParam(_Restriction())
_WATERMARK = beam.DoFn.WatermarkEstimatorParam(ManualWatermarkEstimator.default_provider())


class _Tick(beam.DoFn):
    @beam.DoFn.unbounded_per_element()  # type: ignore[untyped-decorator]
    def process(
        self, element: tuple[float, float], tracker: Any = _NUMBERS, watermark: Any = _WATERMARK
    ) -> Iterator[TimestampedValue]:
        started, seconds = element
        number = max(int(tracker.current_restriction().start), _newest(started, seconds))
        moment = started + number * seconds
        if time.time() >= moment:
            if not tracker.try_claim(number):
                return
            yield TimestampedValue(Timestamp(moment), Timestamp(moment))
            moment += seconds
        watermark.set_watermark(Timestamp(moment))
        tracker.defer_remainder(Timestamp(moment))


def _newest(started: float, seconds: float) -> int:
    """Number of the tick that is due now."""
    return int((time.time() - started) / seconds)
