"""The review of items: see, claim, decide, and confirm or undo break-glass.

Invariants: an item outside a caller's grants does not exist for them. No person approves a document that they
submitted, edited or own; `restricted` documents and changes that widen access need two different people; an approval
is bound to one version, one binding and one redaction, and expires (law 8). Every decision and its audit entry are
one transaction. A written reason is kept with the decision; the audit log holds its digest.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.words import Words
from pipeline.domain.errors import Conflict, CorpusgateError, NotAllowed, UsageError
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.findings.redaction import redaction_digest
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.persons import person
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.waivers import Waiver
from pipeline.domain.review.break_glass import BrokenGlass
from pipeline.domain.review.claims import Claim
from pipeline.domain.review.items import APPROVALS, Decision, DecisionKind, ItemKind, ItemState, ReviewItem
from pipeline.domain.review.queue import QueueFilter, QueuePage, Sort
from pipeline.extraction.rendering import Rendering
from pipeline.review import glass
from pipeline.review.acting import audit, check_words, pending, refuse_others_claim
from pipeline.review.case import NOT_KEPT, CaseMaterial, ReviewCase, build_case, kept_text, obstacles, whole_text
from pipeline.review.layout import TextView
from pipeline.review.original import Original, location
from pipeline.review.rights import SEE, find, grants, refuse_involved, require_reviewer
from pipeline.review.waivers import WaiverService
from pipeline.settings.application import ReviewSettings
from pipeline.stores.audit import log as audit_log
from pipeline.stores.database import Connection, Database
from pipeline.stores.ledger import history
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.stores.review import break_glass
from pipeline.stores.review import past as review_past
from pipeline.stores.review import queue as review_queue
from pipeline.stores.review import search as review_search
from pipeline.stores.review import work as review_work
from pipeline.stores.review.reach import within

MOST_AT_ONCE = 200
"""Items one bulk decision may name."""
LARGEST_PAGE = 500

_AFTER = {DecisionKind.REJECT: ItemState.REJECTED, DecisionKind.QUARANTINE: ItemState.QUARANTINED}


class BulkResult(Frozen):
    """What became of one item of a bulk decision."""

    item_id: str
    state: ItemState | None
    """Where it stands now; None when it was not decided."""
    problem: str = ""
    """Why it was not decided."""


class ReviewService:
    """The queue and everything people do with it."""

    def __init__(
        self,
        database: Database,
        settings: ReviewSettings | None = None,
        material: Callable[[], CaseMaterial] | None = None,
        *,
        words: Words,
    ) -> None:
        self._database = database
        self._settings = settings or ReviewSettings()
        self._material = material
        self._words = words

    # See

    def page(
        self,
        caller: Caller,
        wanted: QueueFilter | None = None,
        *,
        sort: Sort = Sort.IMPACT,
        after: str | None = None,
        size: int = 50,
        counts: bool = True,
    ) -> QueuePage:
        """One page of what the caller may see, with counts by facet."""
        if not 1 <= size <= LARGEST_PAGE:
            raise UsageError(f"A page holds 1 to {LARGEST_PAGE} items.", fix="Ask for fewer.")
        reach = within(grants(caller, *SEE))
        with self._database.read() as connection:
            at = self._database.now(connection)
            return review_search.page(
                connection, reach, wanted or QueueFilter(), at, sort=sort, after=after, size=size, counts=counts
            )

    def list_items(self, caller: Caller, wanted: QueueFilter | None = None) -> list[ReviewItem]:
        """Everything the caller may see, oldest first."""
        items: list[ReviewItem] = []
        after: str | None = None
        while True:
            page = self.page(caller, wanted, sort=Sort.AGE, after=after, size=LARGEST_PAGE, counts=False)
            items.extend(row.item for row in page.rows)
            after = page.next
            if after is None:
                return items

    def item(self, name: str, caller: Caller) -> ReviewItem:
        """One item, by its id or the beginning of it."""
        with self._database.read() as connection:
            return find(connection, name, caller).standing(self._database.now(connection))

    def case(self, name: str, caller: Caller) -> ReviewCase:
        """An item with everything a reviewer needs to decide it, its text masked; for reviewers of it alone."""
        if self._material is None:
            raise UsageError(
                "This service was opened without the texts of documents.",
                fix="Open it with the texts: `Workspace.reviews` has them.",
            )
        with self._database.read() as connection:
            at = self._database.now(connection)
            item = find(connection, name, caller, Role.REVIEWER).standing(at)
            return build_case(connection, item, caller, at, self._material())

    def obstacles(self, name: str, caller: Caller) -> tuple[str, ...]:
        """Takedowns in force, which keep the document of an item out of every answer whatever is decided."""
        with self._database.read() as connection:
            item = find(connection, name, caller, Role.REVIEWER)
            provenance = history.version(connection, item.version_id).provenance
            return obstacles(connection, item, provenance, self._database.now(connection))

    def whole_text(self, name: str, caller: Caller) -> TextView | None:
        """The text of an item's case with its unchanged stretches, masked; for reviewers of it alone."""
        if self._material is None:
            raise UsageError(
                "This service was opened without the texts of documents.",
                fix="Open it with the texts: `Workspace.reviews` has them.",
            )
        with self._database.read() as connection:
            item = find(connection, name, caller, Role.REVIEWER).standing(self._database.now(connection))
            return whole_text(connection, item, self._material())

    def original(self, name: str, caller: Caller, first: int = 1) -> Original:
        """How the document of an item looks, values covered, and what it hides; for reviewers of it alone."""
        if self._material is None:
            raise UsageError(
                "This service was opened without the texts of documents.",
                fix="Open it with the texts: `Workspace.reviews` has them.",
            )
        material = self._material()
        with self._database.read() as connection:
            item = find(connection, name, caller, Role.REVIEWER)
            version = history.version(connection, item.version_id)
            verdict = history.verdict_of_item(connection, item)
            inbox_file = review_past.inbox_file(connection, item.version_id)
        text = kept_text(verdict, material.texts)
        if text is None:
            return Original(rendering=Rendering(), problem=NOT_KEPT)
        source = SourceRegistry(self._database).source(item.source)
        path = location(source, version.provenance.uri, material.home, inbox_file, material.key)
        return material.originals.read(path, source, version, text, verdict.findings, first)

    # Claim

    def claim(self, name: str, caller: Caller) -> Claim:
        """Take an item, or keep it longer. Only an operator takes over what somebody else still holds."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            item = pending(connection, name, caller, at)
            if not caller.may(Role.OPERATOR, item.source, item.classification):
                require_reviewer(item, caller)
                refuse_others_claim(connection, item, caller, at)
            until = at + timedelta(minutes=self._settings.claim_minutes)
            claim = Claim(item_id=item.item_id, person=person(caller.name), claimed_at=at, expires_at=until)
            review_work.put_claim(connection, claim)
            audit(connection, at, caller, "review.claim", item)
            return claim

    def release(self, name: str, caller: Caller) -> None:
        """Give an item back; one's own, or as an operator anybody's."""
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            item = find(connection, name, caller)
            held = review_work.claims(connection, [item.item_id], at).get(item.item_id)
            if held is None:
                return
            if not caller.may(Role.OPERATOR, item.source, item.classification):
                refuse_others_claim(connection, item, caller, at)
            review_work.drop_claim(connection, item.item_id)
            audit(connection, at, caller, "review.release", item)

    # Decide

    def approve(self, name: str, caller: Caller, reason: str, *, redacted: bool = False) -> ReviewItem:
        """Approve an item; with the last approval it needs, the next run acts on it.

        `redacted`: let the text in without what asked for a person; bound to the findings as they are.
        """
        return self._decide(name, caller, DecisionKind.REDACT if redacted else DecisionKind.APPROVE, reason)

    def reject(self, name: str, caller: Caller, reason: str) -> ReviewItem:
        """Refuse an item; one refusal is enough, and it takes an unused approval back."""
        return self._decide(name, caller, DecisionKind.REJECT, reason)

    def quarantine(self, name: str, caller: Caller, reason: str) -> ReviewItem:
        """Keep this version out whatever policy says later, and have it leave if it is served."""
        return self._decide(name, caller, DecisionKind.QUARANTINE, reason)

    def bulk(self, names: Sequence[str], caller: Caller, decision: DecisionKind, reason: str) -> list[BulkResult]:
        """One decision for items that share rules and source, each under its own checks and audit entry."""
        names = list(dict.fromkeys(names))
        if not 1 <= len(names) <= MOST_AT_ONCE:
            raise UsageError(f"1 to {MOST_AT_ONCE} items are decided at once.", fix="Select fewer.")
        with self._database.read() as connection:
            items = [find(connection, name, caller) for name in names]
        if len({(item.source, item.kind, tuple(sorted(item.rule_ids))) for item in items}) > 1:
            raise UsageError(
                "These items do not wait for the same rules in the same source.",
                fix="Filter by one rule and one source, and decide the others by themselves.",
            )
        results = []
        for item_id in dict.fromkeys(item.item_id for item in items):
            try:
                state = self._decide(item_id, caller, decision, reason).state
                results.append(BulkResult(item_id=item_id, state=state))
            except CorpusgateError as refused:
                results.append(BulkResult(item_id=item_id, state=None, problem=refused.what))
        return results

    def waive(self, name: str, caller: Caller, numbers: Sequence[int], days: int, reason: str) -> Waiver:
        """Ask to waive findings of an item's document, by number; somebody else approves the waiver."""
        with self._database.read() as connection:
            at = self._database.now(connection)
            item = pending(connection, name, caller, at)
            require_reviewer(item, caller)
            refuse_others_claim(connection, item, caller, at)
        waivers = WaiverService(self._database, self._words, self._settings.waiver_days)
        return waivers.ask(item.doc_id, caller, reason, days, numbers=numbers)

    # Break-glass

    def break_glass(self, name: str, caller: Caller, reason: str, hours: float = 24) -> BrokenGlass:
        """Let one version in alone, for a while; for operators, and people have to look at it afterwards."""
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            item = pending(connection, name, caller, at)
            check_words(reason, "A reason")
            broken = glass.broken(connection, item, caller, reason, at, hours, self._settings.break_glass_hours)
            review_queue.move(connection, [item.item_id], ItemState.APPROVED, at)
            minutes, reason_digest = round(hours * 60), digest_text(reason)
            audit(connection, at, caller, "review.break_glass", item, minutes=minutes, reason_digest=reason_digest)
            return broken

    def confirm(self, name: str, caller: Caller, reason: str) -> BrokenGlass:
        """Say afterwards that break-glass was right; with enough people saying so what it let in stays."""
        return self._look_after(name, caller, "confirm", reason)

    def undo(self, name: str, caller: Caller, reason: str) -> BrokenGlass:
        """Say afterwards that break-glass was wrong; what it let in is not served from here on."""
        return self._look_after(name, caller, "undo", reason)

    def open_break_glass(self) -> list[BrokenGlass]:
        """What operators let in alone and people have not looked at yet: to be shown everywhere."""
        with self._database.read() as connection:
            return break_glass.find(connection, break_glass.still_open())

    def glass_over(self, source: str) -> set[str]:
        """Documents of a source that are served under a break-glass that is over: they must be evaluated again."""
        with self._database.read() as connection:
            return break_glass.over(connection, [source], self._database.now(connection))

    def _look_after(self, name: str, caller: Caller, decision: str, reason: str) -> BrokenGlass:
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            item = find(connection, name, caller)
            check_words(reason, "A reason")
            reviewed = glass.reviewed(connection, item, caller, decision, reason, at)
            audit(connection, at, caller, f"review.glass_{decision}", item, reason_digest=digest_text(reason))
            return reviewed

    def _decide(self, name: str, caller: Caller, kind: DecisionKind, reason: str) -> ReviewItem:
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            item = pending(connection, name, caller, at)
            require_reviewer(item, caller)
            check_words(reason, "A reason")
            redaction = ""
            if kind in APPROVALS:
                refuse_involved(connection, item, caller.name)
                redaction = _redaction(connection, item) if kind is DecisionKind.REDACT else ""
                _refuse_repetition(item, caller, redaction, at)
            if kind is DecisionKind.QUARANTINE and item.kind is ItemKind.DELETION:
                raise UsageError("A deletion cannot be put into quarantine.", fix="Reject it to keep the document.")
            refuse_others_claim(connection, item, caller, at)
            decision = Decision(
                person=person(caller.name),
                decision=kind,
                redaction=redaction,
                reason=reason,
                at=at,
                expires_at=at + timedelta(days=self._settings.approval_days),
            )
            others = tuple(one for one in item.decisions if one.person != decision.person)
            decided = item.model_copy(update={"decisions": (*others, decision)})
            state = _AFTER.get(kind) or (ItemState.APPROVED if decided.enough(at) else item.state)
            review_queue.decide(connection, item, decision)
            review_queue.move(connection, [item.item_id], state, at)
            details: dict[str, audit_log.Detail] = {
                "binding_digest": item.binding or None,
                "approvals": decided.valid_approvals(at),
                "required": item.required_approvals,
                "reason_digest": digest_text(reason),
            }
            if redaction:
                details["redaction_digest"] = redaction
            audit(connection, at, caller, f"review.{kind.value}", item, **details)
            return decided.model_copy(update={"state": state})


def _refuse_repetition(item: ReviewItem, caller: Caller, redaction: str, at: datetime) -> None:
    if item.valid_approvals(at) >= item.required_approvals:
        raise Conflict("This change is approved already.", fix="The next refresh acts on it.")
    mine = [one for one in item.decisions if one.person == person(caller.name) and one.expires_at > at]
    if any(one.decision in APPROVALS and one.redaction == redaction for one in mine):
        raise NotAllowed(f"{caller.name} approved this change before.", fix="It needs the approval of another person.")


def _redaction(connection: Connection, item: ReviewItem) -> str:
    """What an approval with redaction is bound to: the findings of the verdict that waits."""
    if item.kind is ItemKind.DELETION:
        raise UsageError("A deletion has no text to redact.", fix="Approve or reject it.")
    findings = history.verdict_of_item(connection, item).findings
    if not any(one.end > one.start for one in findings if one.kind is not FindingKind.SCAN_FAILED):
        raise UsageError("Nothing was found that could be taken out of the text.", fix="Approve or reject it.")
    return redaction_digest(findings)
