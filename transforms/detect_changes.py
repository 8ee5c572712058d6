"""Gate: compare listings with the last decisions of the ledger.

Invariants: only digests and tags are shuffled, never text. Every listed and every known document leaves as exactly
one change. Documents of a source whose listing failed are not compared at all, nor is anything beneath a folder or feed
that could not be read (law 9).
"""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents.changes import DeletionStats, compare, pair_renames, settle_deletion
from pipeline.domain.documents.documents import (
    Change,
    ChangeKind,
    KnownVersion,
    Side,
    TaggedDocument,
)
from pipeline.domain.documents.holds import DeletionHold
from pipeline.domain.documents.listings import Listing
from pipeline.domain.documents.printable_names import is_beneath
from pipeline.domain.documents.provenance import source_of, split_doc_id
from pipeline.domain.documents.pseudonyms import stands_beneath
from pipeline.domain.telemetry.gate_figures import CHANGE
from transforms.support.bases import GateFn, GateTransform
from transforms.support.measured import measured


class DetectChanges(GateTransform):
    """{"tagged", "known", "listings"} → changes, the unchanged ones included."""

    def expand(self, inputs: Any) -> beam.PCollection:
        failed = beam.pvalue.AsList(inputs["listings"] | "failed listings" >> beam.FlatMap(_failed_source))
        unread = beam.pvalue.AsDict(inputs["listings"] | "unread parts" >> beam.FlatMap(_unread_parts))
        known = inputs["known"] | "of listed sources" >> beam.ParDo(_WasListed(self._context), failed, unread)
        sides = (
            inputs["tagged"] | "listed side" >> beam.Map(_listed_side),
            known | "known side" >> beam.Map(_known_side),
        )
        # One type on both sides: a union of two would fall back to pickling.
        compared = (
            sides
            | "sides" >> beam.Flatten()
            | "join" >> beam.GroupByKey()
            | "compare"
            >> beam.ParDo(_CompareSides(self._context.binding.digest)).with_outputs("moving", main="settled")
        )
        moving = (
            compared.moving
            | "by content" >> beam.Map(_by_content)
            | "same content" >> beam.GroupByKey()
            | "recognise renames" >> beam.FlatMap(_paired)
        )
        known_counts = known | "count known" >> beam.Map(_one_known)
        moved_counts = moving | "count moved" >> beam.FlatMap(_one_moved)
        counted = [known_counts, moved_counts]
        if self._context.staying:
            staying = [(source, DeletionStats(known=count)) for source, count in self._context.staying.items()]
            counted.append(known.pipeline | "count staying" >> beam.Create(staying))
        stats = counted | beam.Flatten() | "deletions by source" >> beam.CombinePerKey(_total)
        links = beam.pvalue.AsDict(inputs["listings"] | "links" >> beam.FlatMap(_links))
        guarded = moving | "guard deletions" >> beam.ParDo(_Guard(self._context), beam.pvalue.AsDict(stats), links)
        changes = (compared.settled, guarded) | "changes" >> beam.Flatten()
        touched = changes | "sources touched" >> beam.FlatMap(_source_touched) | beam.combiners.Count.PerElement()
        return changes | "share of source" >> beam.Map(_shared, beam.pvalue.AsDict(touched), beam.pvalue.AsDict(stats))


@measured
class _CompareSides(beam.DoFn):
    gate = "detect_changes"

    def __init__(self, binding: str) -> None:
        self._binding = binding

    def process(self, element: tuple[str, Iterable[Side]]) -> Iterator[Change]:
        doc_id, sides = element[0], list(element[1])
        tagged = [side.tagged for side in sides if side.tagged is not None]
        known = next((side.known for side in sides if side.known is not None), None)
        change = compare(doc_id, tagged, known, self._binding)
        if change is None:
            return
        Metrics.counter(self.gate, f"{CHANGE}{change.kind.value}").inc()
        if change.kind in (ChangeKind.NEW, ChangeKind.DELETED):
            yield beam.pvalue.TaggedOutput("moving", change)
        else:
            yield change


def _listed_side(tagged: TaggedDocument) -> tuple[str, Side]:
    return tagged.doc_id, Side(tagged=tagged)


def _known_side(known: KnownVersion) -> tuple[str, Side]:
    return known.doc_id, Side(known=known)


def _by_content(change: Change) -> tuple[str, Change]:
    tagged, previous = change.tagged, change.previous
    digest = tagged.provenance.content_digest if tagged else previous.content_digest if previous else ""
    return f"{source_of(change.doc_id)} {digest}", change


def _paired(element: tuple[str, Iterable[Change]]) -> Iterator[Change]:
    yield from pair_renames(list(element[1]))


def _failed_source(listing: Listing) -> Iterator[str]:
    if listing.failure:
        yield listing.source


def _links(listing: Listing) -> Iterator[tuple[str, tuple[str, ...]]]:
    if listing.links:
        yield listing.source, listing.links


def _unread_parts(listing: Listing) -> Iterator[tuple[str, tuple[str, ...]]]:
    if listing.partial:
        yield listing.source, tuple(omission.name for omission in listing.partial)


class _WasListed(GateFn):
    """Known versions → those that would be gone if they are not found, as far as their source could be listed."""

    def setup(self) -> None:
        self._key = self._context.fingerprint_key()

    def process(
        self, known: KnownVersion, failed: list[str], unread: dict[str, tuple[str, ...]]
    ) -> Iterator[KnownVersion]:
        source, uri = split_doc_id(known.doc_id)
        parts = unread.get(source, ())
        unseen = any(is_beneath(uri, part) or stands_beneath(self._key, part, uri) for part in parts)
        if source not in failed and not unseen:
            yield known


def _one_known(known: KnownVersion) -> tuple[str, DeletionStats]:
    return source_of(known.doc_id), DeletionStats(known=1)


def _one_moved(change: Change) -> Iterator[tuple[str, DeletionStats]]:
    if change.kind is ChangeKind.DELETED and not change.renamed_away:
        yield source_of(change.doc_id), DeletionStats(lost=1)
    if change.kind is ChangeKind.NEW and not change.renamed_from:
        yield source_of(change.doc_id), DeletionStats(new=1)


def _source_touched(change: Change) -> Iterator[str]:
    if change.kind not in (ChangeKind.NEW, ChangeKind.UNCHANGED) and not change.renamed_away:
        yield source_of(change.doc_id)


def _shared(change: Change, touched: dict[str, int], stats: dict[str, DeletionStats]) -> Change:
    """Note on every document to be judged how much of its source the run touches."""
    known = stats.get(source_of(change.doc_id), DeletionStats()).known
    if change.kind in (ChangeKind.UNCHANGED, ChangeKind.DELETED) or not known:
        return change
    share = touched.get(source_of(change.doc_id), 0) / known
    return change.model_copy(update={"touched_share": round(min(1.0, share), 4)})


def _total(stats: Iterable[DeletionStats]) -> DeletionStats:
    known = lost = new = 0
    for one in stats:
        known, lost, new = known + one.known, lost + one.lost, new + one.new
    return DeletionStats(known=known, lost=lost, new=new)


class _Guard(GateFn):
    """Changes → the same, with the deletions that wait for people held (law 9)."""

    def setup(self) -> None:
        self._key = self._context.fingerprint_key()

    def process(
        self, change: Change, stats: dict[str, DeletionStats], links: dict[str, tuple[str, ...]]
    ) -> Iterator[Change]:
        if change.kind is not ChangeKind.DELETED:
            yield change
            return
        source, uri = split_doc_id(change.doc_id)
        counts = stats.get(source, DeletionStats()) + self._peak(source)
        hold = self._context.deletions.why_held(counts)
        if hold is None and self._is_behind(uri, links.get(source, ())):
            hold = DeletionHold.BEHIND_LINK
        yield settle_deletion(change, hold)

    def _peak(self, source: str) -> DeletionStats:
        return DeletionStats(peak=self._context.known_counts.get(source, DeletionStats()).peak)

    def _is_behind(self, uri: str, links: tuple[str, ...]) -> bool:
        return any(is_beneath(uri, link) or stands_beneath(self._key, link, uri) for link in links)
