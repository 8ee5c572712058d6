"""A first look at local folders: which documents stay as they are, so that the graph is for the others.

It makes the same comparison as the graph, with the same functions.

Invariants: a document stays only if it is listed once and its version has a verdict that holds; every other document,
known or listed, is left to the graph. A folder that cannot be listed to its end is left to the graph as a whole. The
graph's report with the documents that stay is the report of a graph without a first look (law 13). Nothing here imports
Beam or starts a detector; the one child process is that of the tag reader. A caller is told of the first document to
scan, and may start detectors then.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.documents.changes import DeletionStats
from pipeline.domain.documents.documents import ChangeKind, DocumentRef, Outcome, TaggedDocument
from pipeline.domain.documents.listings import Listing
from pipeline.domain.documents.provenance import Source, source_of
from pipeline.domain.telemetry.gate_figures import CHANGE, GateFigures, merged
from pipeline.files.json_lines import write_records
from pipeline.runs.report import RunReport
from pipeline.runs.snapshot import KNOWN
from pipeline.telemetry.progress import PROGRESS
from transforms.support.context import RunContext
from transforms.support.source_listing import listed
from transforms.support.tagging import tagged_ref

LISTINGS, LEFT, KNOWN_LEFT = "listings.jsonl", "left.jsonl", "known-left.jsonl"
"""In the staging folder: listings of a first look, and the listed and the known documents it leaves to the graph."""
MOST_LEFT = 500
"""Where more documents than this, and more than stay, are left to the graph, a first look costs more than it saves."""


@dataclass
class FirstLook:
    """The result of a first look at some sources."""

    known: int
    """Documents that the ledger knows of the sources."""
    listings: list[Listing] = field(default_factory=list)
    staying: set[str] = field(default_factory=set)
    """Ids of documents that stay as they are."""
    left: list[DocumentRef] = field(default_factory=list)
    """Documents for the graph."""
    problems: int = 0
    """Documents that stay, with problems."""
    bytes: int = 0
    """Of documents that stay."""

    def stay(self, documents: Iterable[TaggedDocument]) -> None:
        """Note documents that stay."""
        for document in documents:
            self.staying.add(document.doc_id)
            self.bytes += document.ref.length or 0
            self.problems += bool(document.problems)

    @property
    def is_all(self) -> bool:
        """Whether every document stays as it is, so that there is nothing for the graph."""
        complete = not any(listing.failure or listing.partial for listing in self.listings)
        return complete and not self.left and len(self.staying) == self.known

    @property
    def report(self) -> RunReport:
        """The report of a pass over the documents that stay."""
        count = len(self.staying)
        compared = {"documents_in": count, "documents_out": count}
        passed = {**compared, "bytes": self.bytes}
        failed = sum(listing.failure is not None for listing in self.listings)
        partial = sum(bool(listing.partial) for listing in self.listings)
        read = {"documents_out": count + len(self.left), "failed_listings": failed, "partial_listings": partial}
        return RunReport(
            parts=(),
            listings=tuple(self.listings),
            kinds={kind: count if kind is ChangeKind.UNCHANGED else 0 for kind in ChangeKind},
            rescanned=0,
            inputs=count,
            figures=(
                GateFigures(gate="detect_changes", counts={**compared, f"{CHANGE}{ChangeKind.UNCHANGED.value}": count}),
                GateFigures(gate="mask_strings", counts=passed),
                GateFigures(gate="read_sources", counts=read),
                GateFigures(gate="tag_provenance", counts={**passed, "documents_with_problems": self.problems}),
            ),
        )

    def together(self, graph: RunReport) -> RunReport:
        """The report of a graph over what was left to it, with the documents that stay."""
        stay = self.report
        return graph.model_copy(
            update={
                "kinds": {kind: graph.kinds[kind] + stay.kinds[kind] for kind in ChangeKind},
                "inputs": graph.inputs + stay.inputs,
                "figures": merged((*graph.figures, *stay.figures)),
            }
        )

    def is_contradicted(self, outcomes: Iterable[Outcome]) -> bool:
        """Whether the graph met a document that stays, under another name before its name was masked."""
        return any(outcome.doc_id in self.staying for outcome in outcomes)

    def leave_rest(self, context: RunContext) -> RunContext:
        """Write what is left into the staging folder; the context of a graph over it."""
        staging = Path(context.staging)
        write_records(staging / LISTINGS, self.listings)
        write_records(staging / LEFT, self.left)
        with (staging / KNOWN).open("rb") as known, (staging / KNOWN_LEFT).open("wb") as left:
            left.writelines(line for line in known if json.loads(line)["doc_id"] not in self.staying)
        counts = Counter(map(source_of, self.staying))
        return replace(context, staying={listing.source: counts[listing.source] for listing in self.listings})


def first_look(context: RunContext, on_change: Callable[[], None] = lambda: None) -> FirstLook | None:
    """Look at the local folders among the sources of a run; None if that does not pay or did not go well.

    A run without sources has nothing for the graph.

    Args:
        context: The run.
        on_change: Called once a document is seen that the gate has to scan.

    """
    sources = [source for _, source in sorted(context.sources.items()) if _is_folder(source)]
    look = FirstLook(known=sum(_known(context, source) for source in sources))
    try:
        looked = not context.sources or (bool(look.known) and _looked(look, context, sources, cache(on_change)))
    except Exception:  # whatever it is, the graph meets it too and answers for it
        looked = False
    if not looked:
        PROGRESS.reset()
    return look if looked else None


def _looked(look: FirstLook, context: RunContext, sources: Iterable[Source], on_change: Callable[[], None]) -> bool:
    """Look at the sources in turn; whether that pays."""
    key = context.fingerprint_key()
    for source in sources:
        references, listing = listed(source, context)
        look.listings.append(listing)
        if listing.failure or listing.partial:
            look.left += references
            continue
        if listing.documents > _known(context, source):  # at least one of them is new
            on_change()
        staying, claimed = dict[str, tuple[DocumentRef, TaggedDocument]](), set[str]()
        sidecars: dict[str, Declared] = {}
        for reference in references:
            tagged = tagged_ref(reference, context, sidecars)
            kept = context.settled(tagged, key)
            if kept is not None and kept.doc_id not in staying:
                staying[kept.doc_id] = reference, kept
                continue
            claimed |= {tagged.doc_id, context.known_as(reference, key).doc_id, (kept or tagged).doc_id}
            look.left.append(reference)
            on_change()
            if len(look.left) > max(MOST_LEFT, len(look.staying) + len(staying)):
                return False
        # An input that claims the name of another one changes that one too.
        look.left += [staying.pop(doc_id)[0] for doc_id in sorted(claimed & staying.keys())]
        look.stay(kept for _, kept in staying.values())
        PROGRESS.add("listed", len(staying) - len(references))  # the graph counts what is left
    return True


def _known(context: RunContext, source: Source) -> int:
    """Number of documents of a source that the ledger knows."""
    return context.known_counts.get(source.name, DeletionStats()).known


def _is_folder(source: Source) -> bool:
    """Whether it lies on this machine and changes by files alone."""
    return not source.is_kafka and not source.is_inbox and "://" not in source.uri
