"""What a publication does to the review queue.

Invariants: an approval is used up by the outcome it allowed, and by nothing else. Anything pending about a document
goes stale as soon as the document, its binding or its listing says something other than what was asked (law 8).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from pipeline.domain.documents import Action, ChangeKind, Outcome
from pipeline.domain.permissions import Classification
from pipeline.domain.publication import Publication, serves
from pipeline.stores import review_queue
from pipeline.stores.review_queue import PENDING, ItemKind, ItemState, ReviewItem
from pipeline.stores.tables import access_rules, review_items, versions

SLICE = 10_000
"""Bound parameters a statement; both databases allow more than three times as many."""


@dataclass(frozen=True, slots=True)
class QueueChanges:
    """Items to open, and items whose time is over."""

    opened: list[ReviewItem] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    by_document: dict[str, str] = field(default_factory=dict)

    @classmethod
    def plan(
        cls, connection: Connection, publication: Publication, sources: Sequence[str], at: datetime
    ) -> "QueueChanges":
        """Compare what waits with what the run decided."""
        plan = cls()
        outcomes = {outcome.doc_id: outcome for outcome in publication.outcomes}
        standing: set[tuple[str, ItemKind | None]] = set()
        for pending in review_queue.find(connection, review_items.c.state.in_(PENDING)):
            item = pending.standing(at)
            outcome = outcomes.get(item.doc_id)
            if outcome is None:
                # Not reported missing by a run that listed its source: it is back.
                if item.kind is ItemKind.DELETION and item.doc_id.partition(":")[0] in sources:
                    plan.stale.append(item.item_id)
            elif _fulfils(outcome, item):
                plan.applied.append(item.item_id)
                plan.by_document[item.doc_id] = item.item_id
            elif _still_asks(outcome, item):
                standing.add((item.doc_id, item.kind))
                plan.by_document[item.doc_id] = item.item_id
            else:
                plan.stale.append(item.item_id)
        asking = [o for o in publication.outcomes if _asked_kind(o) and (o.doc_id, _asked_kind(o)) not in standing]
        bound = _bound_versions(connection, [o.version_id for o in asking])
        for outcome in asking:
            item = _new_item(outcome, publication.summary.run_id, *bound[outcome.version_id], at)
            plan.opened.append(item)
            plan.by_document[item.doc_id] = item.item_id
        return plan

    def write(self, connection: Connection, at: datetime) -> None:
        """Store the changes."""
        review_queue.move(connection, self.applied, ItemState.APPLIED, at)
        review_queue.move(connection, self.stale, ItemState.STALE, at)
        review_queue.add(connection, self.opened)

    def item_of(self, doc_id: str) -> str | None:
        """The review item a document's outcome opened, kept or used up."""
        return self.by_document.get(doc_id)


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


def _bound_versions(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[str, Classification]]:
    bound: dict[str, tuple[str, Classification]] = {}
    query = select(versions.c.version_id, versions.c.submitter, access_rules.c.rule).join(access_rules)
    for start in range(0, len(ids), SLICE):
        chosen = query.where(versions.c.version_id.in_(ids[start : start + SLICE]))
        for version, submitter, rule in connection.execute(chosen):
            bound[version] = (submitter, Classification(rule["classification"]))
    return bound


def _new_item(
    outcome: Outcome, run_id: str, submitter: str, classification: Classification, at: datetime
) -> ReviewItem:
    kind = _asked_kind(outcome)
    if kind is None:
        raise ValueError("only what waits for people becomes a review item")
    widened = outcome.impact is not None and outcome.impact.access_widened
    verdict = outcome.verdict
    held = (("mass-delete-guard",), ("More documents disappeared at once than the guard lets go without a person.",))
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
        submitter=submitter,
        required_approvals=2 if widened or classification is Classification.RESTRICTED else 1,
        run_id=run_id,
        state=ItemState.OPEN,
        opened_at=at,
    )
