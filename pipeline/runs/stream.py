"""The unbounded graph: the same gate as in a refresh, for arriving documents.

    poll sources, read records ─ windows ─ resolve arrivals ─ tag provenance ─ mask strings ─ compare arrivals
      ─ gate ─ close windows

The driver (`pipeline.runs.streaming`) runs next to it and publishes each closed window as a small generation (law 6).

Invariants: nothing here touches ledger or index: workers read snapshots and leave parts, from which only the driver
publishes. Everything may run twice: a document that arrives again is compared again and is unchanged. Only references
are shuffled; text appears behind the shuffle and stays there. This runs as a process of its own, which ends with its
driver.
"""

import argparse
import json
import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import apache_beam as beam
from apache_beam.runners.runner import PipelineResult, PipelineState
from apache_beam.transforms.trigger import AccumulationMode, AfterCount, AfterWatermark
from apache_beam.transforms.window import FixedWindows
from apache_beam.utils.timestamp import Duration

from pipeline.domain.documents.documents import DocumentRef
from pipeline.engines.errors import ours
from pipeline.engines.flink_jobs import end_job
from pipeline.engines.runners import stream_runner
from pipeline.files.spool import Spool
from pipeline.settings.application import KafkaSettings
from pipeline.settings.home import Home
from transforms.close_windows import CloseWindows
from transforms.compare_arrivals import CompareArrivals
from transforms.gate import Gate
from transforms.mask_strings import MaskNames, MaskStrings
from transforms.poll_sources import PollSources
from transforms.read_records import ReadRecords, kafka_sources
from transforms.resolve_arrivals import ResolveArrivals
from transforms.support.context import RunContext, read_context
from transforms.support.measured import gate_figures
from transforms.tag_provenance import TagProvenance

LATE_SECONDS = 86_400
_LOOK_SECONDS = 2.0
logging.getLogger("apache_beam").setLevel(logging.CRITICAL)


def build(
    pipeline: beam.Pipeline, context: RunContext, kafka: KafkaSettings, window_seconds: float, poll_seconds: float
) -> None:
    """The whole graph."""
    references = [pipeline | "poll sources" >> PollSources(context, poll_seconds)]
    if kafka_sources(context):
        references.append(pipeline | "read records" >> ReadRecords(context, kafka))
    windows = beam.WindowInto(
        FixedWindows(window_seconds),
        trigger=AfterWatermark(late=AfterCount(1)),
        accumulation_mode=AccumulationMode.DISCARDING,
        allowed_lateness=Duration(LATE_SECONDS),
    )
    take_in(references | "all references" >> beam.Flatten() | "windows" >> windows, context)


def take_in(arrived: beam.PCollection, context: RunContext) -> None:
    """From windowed references to closed windows."""
    documents = arrived | "resolve arrivals" >> ResolveArrivals(context)
    there = documents | "there" >> beam.Filter(_is_there)
    tagged = there | "tag provenance" >> TagProvenance(context) | MaskStrings(context)
    gone = documents | "gone" >> beam.Filter(_is_gone) | "mask names" >> MaskNames(context)
    changes = {"tagged": tagged, "gone": gone} | "compare arrivals" >> CompareArrivals(context)
    gated = changes | "gate" >> Gate(context)
    closing = {"arrived": arrived, "documents": documents, "parts": gated["parts"]}
    _ = closing | "close windows" >> CloseWindows(context)


def _is_there(ref: DocumentRef) -> bool:
    return not ref.gone


def _is_gone(ref: DocumentRef) -> bool:
    return ref.gone


def main() -> None:
    """Run the graph until it is told to end; the driver starts this."""
    parser = argparse.ArgumentParser(prog="pipeline.runs.stream")
    parser.add_argument("home", type=Path)
    parser.add_argument("--window", type=float, required=True)
    parser.add_argument("--poll", type=float, required=True)
    parser.add_argument("--runner")
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    home = Home(given.home)
    spool = Spool(home.path(home.settings.stream.folder))
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver decides when
    try:
        run(home, spool, given, stop)
    except Exception as error:
        said = ours(error)
        print(json.dumps({"what": said.what, "done": said.done, "fix": said.fix}), flush=True)  # noqa: T201
        sys.exit(int(said.exit_code))


def run(home: Home, spool: Spool, given: argparse.Namespace, stop: threading.Event) -> None:
    """Start the graph, leave figures of it, and cancel it when `stop` is set. Raises `CorpusgateError` if it fails."""
    engine = stream_runner(home.settings, given.runner, given.workers)
    context = read_context(spool.folder)
    pipeline = beam.Pipeline(runner=engine.runner, options=engine.options)
    build(pipeline, context, home.settings.kafka, given.window, given.poll)
    try:
        flink = (given.runner or home.settings.runner.stream) == "flink"
        if flink:
            _end_former_job(home, spool)
        result = pipeline.run()
        spool.note_job(str(getattr(result, "_job_id", "")))
        print(json.dumps({"running": True}), flush=True)  # noqa: T201 - the driver reads this
        while not stop.wait(_LOOK_SECONDS):
            _leave_figures(result, spool)
            if PipelineState.is_terminal(result.state):
                result.wait_until_finish(duration=1_000)
                return
        result.cancel()
        if flink:
            _end_former_job(home, spool)
        spool.note_job("")
    except Exception as error:  # the text of a runner's error can quote elements: keep only what is ours
        raise ours(error) from None


def _end_former_job(home: Home, spool: Spool) -> None:
    """On a cluster a job goes on without the driver that started it: two would do everything twice."""
    former = spool.former_job()
    if former:
        end_job(home.settings.runner.flink, former)


def _leave_figures(result: PipelineResult, spool: Spool) -> None:
    try:
        figures = gate_figures(result.metrics())
    except Exception:
        return
    spool.leave_figures(figures)


if __name__ == "__main__":
    main()
