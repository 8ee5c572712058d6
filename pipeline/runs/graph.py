"""The batch graph of a refresh, and the one that runs it.

Invariants: it reads a snapshot of the ledger and writes only to the run's staging folder.
"""

from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam

from pipeline.domain.documents.changes import reported_kind
from pipeline.domain.documents.documents import Change, ChangeKind, DocumentRef, KnownVersion
from pipeline.domain.documents.listings import Listing
from pipeline.engines.errors import ours
from pipeline.engines.quicker import specs_read_once
from pipeline.engines.runners import Engine
from pipeline.files.durable import write_file
from pipeline.files.json_lines import read_records
from pipeline.runs.first_look import KNOWN_LEFT, LEFT, LISTINGS
from pipeline.runs.report import RunReport
from pipeline.runs.snapshot import KNOWN
from transforms.detect_changes import DetectChanges
from transforms.gate import Gate
from transforms.mask_strings import MaskStrings
from transforms.read_sources import LISTED, ReadSources
from transforms.support.context import RunContext
from transforms.support.measured import gate_figures
from transforms.tag_provenance import TagProvenance

_REPORT = "report.json"


def run_graph(context: RunContext, engine: Engine) -> RunReport:
    """Build and run the Beam graph over the snapshot in the staging folder; returns what it reported."""
    staging = Path(context.staging)
    pipeline = beam.Pipeline(runner=engine.runner, options=engine.options)
    with specs_read_once():
        build(pipeline, context)
        try:
            result = pipeline.run()
            result.wait_until_finish()
        except Exception as error:
            raise ours(error) from None
    figures = gate_figures(result.metrics())
    report = RunReport.model_validate_json((staging / _REPORT).read_bytes())
    return report.model_copy(update={"figures": figures})


def build(pipeline: beam.Pipeline, context: RunContext) -> None:
    """The whole graph, or the graph over what a first look left to it."""
    staging = Path(context.staging)
    sources = [source for name, source in context.sources.items() if name not in context.staying]
    listed = pipeline | "sources" >> beam.Create(sources) | "read sources" >> ReadSources(context)
    references, listings, known_file = listed.references, listed[LISTED], KNOWN
    if context.staying:
        left = pipeline | "left" >> beam.Create([str(staging / LEFT)]) | "read left" >> beam.FlatMap(_read_references)
        looked = pipeline | "looked at" >> beam.Create([str(staging / LISTINGS)])
        references = (references, left) | "references" >> beam.Flatten()
        listings = (listings, looked | "read listings" >> beam.FlatMap(_read_listings)) | "listings" >> beam.Flatten()
        known_file = KNOWN_LEFT
    tagged = references | "tag provenance" >> TagProvenance(context) | MaskStrings(context)
    known = pipeline | "ledger" >> beam.Create([str(staging / known_file)]) | beam.FlatMap(_read_known)
    changes = {"tagged": tagged, "known": known, "listings": listings} | "detect changes" >> DetectChanges(context)
    gated = changes | "gate" >> Gate(context)
    counts = changes | "count" >> beam.FlatMap(_counted) | "sum" >> beam.combiners.Count.PerElement()
    _ = (
        pipeline
        | "report" >> beam.Create([str(staging / _REPORT)])
        | "write report"
        >> beam.Map(
            _write_report,
            beam.pvalue.AsList(gated["parts"]),
            beam.pvalue.AsList(listings),
            beam.pvalue.AsList(counts),
        )
    )


def _read_known(path: str) -> Iterator[KnownVersion]:
    return read_records(Path(path), KnownVersion)


def _read_references(path: str) -> Iterator[DocumentRef]:
    return read_records(Path(path), DocumentRef)


def _read_listings(path: str) -> Iterator[Listing]:
    return read_records(Path(path), Listing)


def _counted(change: Change) -> Iterator[str]:
    yield f"kind {reported_kind(change).value}"
    if change.rescan:
        yield "rescanned"
    yield from ["input"] * change.inputs


def _write_report(path: str, parts: list[str], listings: list[Listing], counts: list[tuple[str, int]]) -> None:
    totals = dict(counts)
    report = RunReport(
        parts=tuple(sorted(set(parts))),
        listings=tuple(sorted(listings, key=lambda listing: listing.source)),
        kinds={kind: totals.get(f"kind {kind.value}", 0) for kind in ChangeKind},
        rescanned=totals.get("rescanned", 0),
        inputs=totals.get("input", 0),
    )
    write_file(Path(path), report.model_dump_json().encode())
