"""A look at sources that may not have changed, before anything is started for the documents that did.

It makes the same comparison as the graph, with the same functions, and gives up at the first document that needs more.

Invariants: it reports only a pass that the graph would report alike: every listing made to its end, every known
document found and no other, each with a verdict that holds for its version. Nothing here imports Beam or starts a
detector; the one child process is that of the tag reader. A caller is told of the first document to scan, and may start
detectors then.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.documents.changes import DeletionStats, compare
from pipeline.domain.documents.documents import ChangeKind, KnownVersion, TaggedDocument
from pipeline.domain.documents.listings import Listing
from pipeline.domain.documents.provenance import Source
from pipeline.domain.telemetry.gate_figures import CHANGE, GateFigures
from pipeline.files.json_lines import read_records
from pipeline.runs.report import RunReport
from pipeline.runs.snapshot import KNOWN
from pipeline.telemetry.progress import PROGRESS
from transforms.support.context import RunContext
from transforms.support.source_listing import listed
from transforms.support.tagging import tagged_ref

MOST_DOCUMENTS = 2_000
"""Of a larger corpus the graph looks at once: its start counts for little, and looking twice would not."""


def unchanged(context: RunContext, on_change: Callable[[], None] = lambda: None) -> RunReport | None:
    """The report of a run in which every document stays as it is; None if any might not, or none can tell quickly.

    Args:
        context: The run.
        on_change: Called once a document is seen that the gate has to scan.

    """
    sources = context.sources.values()
    if sum(counts.known for counts in context.known_counts.values()) > MOST_DOCUMENTS or not all(
        _is_folder(source) for source in sources
    ):
        return None
    try:
        found = _all_settled(context, sources, on_change)
    except Exception:  # whatever it is, the graph meets it too and answers for it
        found = None
    if found is None:
        PROGRESS.reset()
        return None
    listings, documents = found
    count = len(documents)
    compared = {"documents_in": count, "documents_out": count}
    passed = {**compared, "bytes": sum(one.ref.length or 0 for one in documents)}
    problems = sum(bool(one.problems) for one in documents)
    return RunReport(
        parts=(),
        listings=listings,
        kinds={kind: count if kind is ChangeKind.UNCHANGED else 0 for kind in ChangeKind},
        rescanned=0,
        inputs=count,
        figures=(
            GateFigures(gate="detect_changes", counts={**compared, f"{CHANGE}{ChangeKind.UNCHANGED.value}": count}),
            GateFigures(gate="mask_strings", counts=passed),
            GateFigures(gate="read_sources", counts={"documents_out": count}),
            GateFigures(gate="tag_provenance", counts={**passed, "documents_with_problems": problems}),
        ),
    )


def _all_settled(
    context: RunContext, sources: Iterable[Source], on_change: Callable[[], None]
) -> tuple[tuple[Listing, ...], list[TaggedDocument]] | None:
    """Every listing and every document; None at the first that the gate has to look at."""
    known = {version.doc_id: version for version in read_records(Path(context.staging) / KNOWN, KnownVersion)}
    key, binding = context.fingerprint_key(), context.binding.digest
    listings, documents = [], list[TaggedDocument]()
    for source in sorted(sources, key=lambda source: source.name):
        references, listing = listed(source, context)
        count = context.known_counts.get(source.name, DeletionStats()).known
        if listing.documents > count:  # at least one of them is new
            on_change()
        if listing.failure or listing.partial or listing.documents != count:
            return None
        listings.append(listing)
        sidecars: dict[str, Declared] = {}
        for reference in references:
            tagged = context.settled(tagged_ref(reference, context, sidecars), key)
            if tagged is None or not _stays(tagged, known.pop(tagged.doc_id, None), binding):
                on_change()
                return None
            documents.append(tagged)
    return None if known else (tuple(listings), documents)


def _stays(tagged: TaggedDocument, known: KnownVersion | None, binding: str) -> bool:
    """Whether the ledger's verdict on this version holds."""
    change = compare(tagged.doc_id, [tagged], known, binding)
    return change is not None and change.kind is ChangeKind.UNCHANGED and not change.rescan


def _is_folder(source: Source) -> bool:
    """Whether it lies on this machine and changes by files alone."""
    return not source.is_kafka and not source.is_inbox and "://" not in source.uri
