"""What a reviewer can do.

Invariants: nobody approves what they submitted; `restricted` documents and changes that widen access need two
different people; an approval is bound to one version and one binding and expires (law 8). Every decision and its
audit entry are one transaction. What reviewers write is kept with the decision; the audit log holds its digest.
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from pipeline.domain.digests import digest_text
from pipeline.domain.errors import NotAllowed, UsageError
from pipeline.stores import audit_log, history, review_queue
from pipeline.stores.audit_log import AuditEntry
from pipeline.stores.database import Connection, Database
from pipeline.stores.history import VersionRecord
from pipeline.stores.review_queue import PENDING, Decision, DecisionKind, ItemState, ReviewItem
from pipeline.stores.separation import person, same_person

LONGEST_REASON = 1_000


class ReviewCase(BaseModel):
    """An item with what a reviewer needs to decide it; nothing in it holds document text."""

    model_config = ConfigDict(frozen=True)

    item: ReviewItem
    version: VersionRecord
    served: VersionRecord | None
    """The version being served now, when it is another one."""


class ReviewService:
    """List, show, approve, reject."""

    def __init__(self, database: Database, approval_days: int = 14) -> None:
        self._database = database
        self._valid_for = timedelta(days=approval_days)

    def list_items(self, state: ItemState | None = ItemState.OPEN) -> list[ReviewItem]:
        """Items in `state`, or all of them, oldest first."""
        with self._database.read() as connection:
            at = self._database.now(connection)
            found = review_queue.in_states(connection, None if state is None else {state, *_may_become(state)})
        items = [item.standing(at) for item in found]
        return [item for item in items if state is None or item.state is state]

    def show(self, item: str) -> ReviewCase:
        """One item, by its id or the beginning of it."""
        with self._database.read() as connection:
            found = review_queue.require(connection, item).standing(self._database.now(connection))
            live = history.live_version(connection, found.doc_id)
            other = None if live in (None, found.version_id) else live
            return ReviewCase(
                item=found,
                version=history.version(connection, found.version_id),
                served=None if other is None else history.version(connection, other),
            )

    def approve(self, item: str, by: str, reason: str) -> ReviewItem:
        """Approve an item; with the last approval it needs, the next run acts on it."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            found = _pending(connection, item, at)
            if same_person(by, found.submitter):
                raise NotAllowed(
                    f"{by} submitted this change and may not approve it.", fix="Ask somebody else to review it."
                )
            if found.state is ItemState.APPROVED:
                raise UsageError("This change is approved already.", fix="The next refresh acts on it.")
            mine = [one for one in found.decisions if one.person == person(by) and one.expires_at > at]
            if mine:
                raise NotAllowed(f"{by} approved this change before.", fix="It needs the approval of another person.")
            return self._decide(connection, found, by, reason, DecisionKind.APPROVE, at)

    def reject(self, item: str, by: str, reason: str) -> ReviewItem:
        """Refuse an item; one refusal is enough, and it takes an unused approval back."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            found = _pending(connection, item, at)
            return self._decide(connection, found, by, reason, DecisionKind.REJECT, at)

    def _decide(
        self, connection: Connection, item: ReviewItem, by: str, reason: str, kind: DecisionKind, at: datetime
    ) -> ReviewItem:
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise UsageError("A reason is needed, of at most 1000 characters.", fix="Say in one sentence why.")
        decision = Decision(person=person(by), decision=kind, reason=reason, at=at, expires_at=at + self._valid_for)
        others = tuple(one for one in item.decisions if one.person != decision.person)
        decided = item.model_copy(update={"decisions": (*others, decision)})
        if kind is DecisionKind.REJECT:
            state = ItemState.REJECTED
        else:
            enough = decided.valid_approvals(at) >= item.required_approvals
            state = ItemState.APPROVED if enough else ItemState.OPEN
        review_queue.decide(connection, item, decision)
        review_queue.move(connection, [item.item_id], state, at)
        details: dict[str, audit_log.Detail] = {
            "item_id": item.item_id,
            "kind": item.kind.value,
            "version_id": item.version_id,
            "binding_digest": item.binding or None,
            "approvals": decided.valid_approvals(at),
            "required": item.required_approvals,
            "reason_digest": digest_text(reason),
        }
        audit_log.append(connection, at, [AuditEntry(by, f"review.{kind.value}", item.doc_id, details)])
        return decided.model_copy(update={"state": state})


def _pending(connection: Connection, name: str, at: datetime) -> ReviewItem:
    item = review_queue.require(connection, name).standing(at)
    if item.state not in PENDING:
        raise UsageError(
            f"This review item is {item.state.value}; it cannot be decided any more.",
            fix="`corpusgate review list` shows what waits.",
        )
    return item


def _may_become(state: ItemState) -> set[ItemState]:
    """States an item may be stored in and yet stand in `state`, because its approvals expired."""
    return {ItemState.APPROVED} if state is ItemState.OPEN else set()
