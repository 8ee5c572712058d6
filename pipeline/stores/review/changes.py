"""Changes of the review queue by a publication.

Invariants: an approval is used up by the outcome it allowed, and by nothing else. Anything pending about a document
goes stale as soon as the document, its binding or its listing differs from the item (law 8).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from pipeline.domain.digests import digest_json
from pipeline.domain.documents.documents import Action, ChangeKind, Outcome
from pipeline.domain.documents.holds import DeletionHold
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.review.items import ItemKind, ItemState, ReviewItem
from pipeline.domain.serving.publication import Publication, serves
from pipeline.stores.review import queue as review_queue
from pipeline.stores.tables import access_rules, break_glass, documents, review_items, versions

SLICE = 10_000
"""Bound parameters a statement; both databases allow more than three times as many."""


@dataclass(frozen=True, slots=True)
class QueueChanges:
    """Items to open, and items whose time is over."""

    opened: list[ReviewItem] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    under_glass: dict[str, str] = field(default_factory=dict)
    """Items applied under break-glass alone, each with the verdict that stands on it."""
    by_document: dict[str, str] = field(default_factory=dict)

    @classmethod
    def plan(
        cls, connection: Connection, publication: Publication, sources: Sequence[str], at: datetime
    ) -> "QueueChanges":
        """Compare what waits with what the run decided."""
        plan = cls()
        outcomes = {outcome.doc_id: outcome for outcome in publication.outcomes}
        standing: set[tuple[str, ItemKind | None]] = set()
        for pending in _pending(connection, list(outcomes), sources):
            item = pending.standing(at)
            outcome = outcomes.get(item.doc_id)
            if outcome is None:
                # Not reported missing by a run that listed its source: it is back.
                if item.kind is ItemKind.DELETION and source_of(item.doc_id) in sources:
                    plan.stale.append(item.item_id)
            elif _fulfils(outcome, item):
                plan.applied.append(item.item_id)
                if item.valid_approvals(at) < item.required_approvals:
                    plan.under_glass[item.item_id] = verdict_id(publication.summary.run_id, item.doc_id)
                plan.by_document[item.doc_id] = item.item_id
            elif _still_asks(outcome, item):
                standing.add((item.doc_id, item.kind))
                plan.by_document[item.doc_id] = item.item_id
            else:
                plan.stale.append(item.item_id)
        asking = [o for o in publication.outcomes if _asked_kind(o) and (o.doc_id, _asked_kind(o)) not in standing]
        bound = _bound_versions(connection, [o.version_id for o in asking])
        for outcome in asking:
            item = _new_item(outcome, publication.summary.run_id, bound[outcome.version_id], at)
            plan.opened.append(item)
            plan.by_document[item.doc_id] = item.item_id
        return plan

    def write(self, connection: Connection, at: datetime) -> None:
        """Store the changes."""
        review_queue.move(connection, self.applied, ItemState.APPLIED, at)
        review_queue.move(connection, self.stale, ItemState.STALE, at)
        review_queue.add(connection, self.opened)
        glass = update(break_glass).where(break_glass.c.item_id == bindparam("id")).values(verdict_id=bindparam("on"))
        if self.under_glass:
            connection.execute(glass, [{"id": item, "on": verdict} for item, verdict in self.under_glass.items()])

    def item_of(self, doc_id: str) -> str | None:
        """The review item a document's outcome opened, kept or used up."""
        return self.by_document.get(doc_id)


def _pending(connection: Connection, doc_ids: Sequence[str], sources: Sequence[str]) -> Iterator[ReviewItem]:
    """What waits about these documents, and the deletions that wait of listed sources: a long queue costs nothing."""
    waits, about = review_items.c.closed_at.is_(None), review_items.c.doc_id
    for start in range(0, len(doc_ids), SLICE):
        yield from review_queue.find(connection, waits, about.in_(doc_ids[start : start + SLICE]))
    if sources:
        known = set(doc_ids)
        deletions = review_items.c.kind == ItemKind.DELETION
        found = review_queue.find(connection, waits, deletions, review_items.c.source.in_(list(sources)))
        yield from (item for item in found if item.doc_id not in known)


def verdict_id(run_id: str, doc_id: str) -> str:
    """The id of the one verdict a run gives a document."""
    return digest_json([run_id, doc_id])[:32]


def _asked_kind(outcome: Outcome) -> ItemKind | None:
    if outcome.kind is ChangeKind.DELETED:
        return ItemKind.DELETION if outcome.held else None
    waits = outcome.verdict is not None and outcome.verdict.action is Action.REVIEW
    return ItemKind.VERSION if waits else None


def _binding(outcome: Outcome) -> str:
    """A deletion is bound to the version that would go, and to no policy."""
    return "" if outcome.verdict is None or outcome.kind is ChangeKind.DELETED else outcome.verdict.binding.digest


def _same(outcome: Outcome, item: ReviewItem) -> bool:
    return (outcome.version_id, _binding(outcome)) == (item.version_id, item.binding)


def _fulfils(outcome: Outcome, item: ReviewItem) -> bool:
    expected = item.kind is ItemKind.VERSION
    return serves(outcome) is expected and _same(outcome, item) and item.state is ItemState.APPROVED


def _still_asks(outcome: Outcome, item: ReviewItem) -> bool:
    if outcome.held and item.kind is ItemKind.VERSION:
        return True  # nothing happened to the document yet, so what was asked about it stays asked
    return _asked_kind(outcome) is item.kind and _same(outcome, item)


def _bound_versions(connection: Connection, ids: Sequence[str]) -> dict[str, "_Bound"]:
    bound: dict[str, _Bound] = {}
    live, live_rule = versions.alias("live"), access_rules.alias("live_rule")
    query = (
        select(versions.c.version_id, versions.c.submitter, access_rules.c.rule, live_rule.c.rule.label("served"))
        .join(access_rules)
        .join(documents, documents.c.doc_id == versions.c.doc_id)
        .outerjoin(live, live.c.version_id == documents.c.live_version)
        .outerjoin(live_rule, live_rule.c.digest == live.c.access_digest)
    )
    for start in range(0, len(ids), SLICE):
        chosen = query.where(versions.c.version_id.in_(ids[start : start + SLICE]))
        for version, submitter, rule, served in connection.execute(chosen):
            old = None if served is None else Classification(served["classification"])
            bound[version] = _Bound(submitter, Classification(rule["classification"]), old)
    return bound


class _Bound(NamedTuple):
    """What an item takes from the version it is about, and from what is served meanwhile."""

    submitter: str
    classification: Classification
    served: Classification | None


def _new_item(outcome: Outcome, run_id: str, bound: _Bound, at: datetime) -> ReviewItem:
    kind = _asked_kind(outcome)
    if kind is None:
        raise ValueError("only what waits for people becomes a review item")
    widened = outcome.impact is not None and outcome.impact.access_widened
    verdict = outcome.verdict
    hold = outcome.hold or DeletionHold.AT_ONCE
    held = (hold.value,), (hold.sentence,)
    rule_ids, reasons = (verdict.rule_ids, verdict.reasons) if verdict is not None else held
    return ReviewItem(
        item_id=review_queue.item_id(run_id, outcome.doc_id, kind),
        doc_id=outcome.doc_id,
        version_id=outcome.version_id,
        binding=_binding(outcome),
        kind=kind,
        rule_ids=rule_ids,
        reasons=reasons,
        impact=outcome.impact,
        submitter=bound.submitter,
        required_approvals=2 if widened or bound.classification is Classification.RESTRICTED else 1,
        run_id=run_id,
        state=ItemState.OPEN,
        opened_at=at,
        source=source_of(outcome.doc_id),
        classification=bound.classification,
        served_classification=bound.served,
        impact_score=0 if outcome.impact is None else outcome.impact.score,
    )
