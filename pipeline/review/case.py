"""A review item with everything that its page shows, as plain data.

Invariants: no value of a secret or of personal data is in it (law 4), but for weak evidence that readers will see as it
stands (`domain.policy.served_in_clear`); if the values in a text cannot be located with
certainty, that text is not shown, and the case says so. Shown text is checked against the digests that the item is
bound to.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.domain.documents.documents import Action, Impact
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.errors import IntegrityError
from pipeline.domain.findings.findings import Finding, FindingKind, Lowering
from pipeline.domain.findings.masking import MaskedText, Numbering, mask, relocated, values_of
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import EVERYONE, AccessChange, AccessRule
from pipeline.domain.identity.persons import person, same_person
from pipeline.domain.identity.roles import Caller
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.policy_context import recorded_change, recorded_context
from pipeline.domain.policy.served_in_clear import served_in_clear
from pipeline.domain.review.break_glass import BrokenGlass
from pipeline.domain.review.claims import Claim, Question
from pipeline.domain.review.items import PENDING, ItemKind, ItemState, ReviewItem
from pipeline.domain.review.past import PastDecision, PastVerdict, SourcePast
from pipeline.files.texts import TextStore
from pipeline.review import rights
from pipeline.review.layout import TextView, view
from pipeline.review.original import OriginalReader
from pipeline.stores.database import Connection
from pipeline.stores.ledger import history, liveness
from pipeline.stores.ledger.history import VerdictRecord
from pipeline.stores.ledger.liveness import in_words
from pipeline.stores.review import break_glass
from pipeline.stores.review import past as review_past
from pipeline.stores.review import work as review_work

_MAY_BE_SERVED = (*PENDING, ItemState.APPLIED)
"""States of an item whose version is served, or is as soon as people approve it."""
NOT_KEPT = "The text is no longer kept."
NOT_MASKED = "The values in this text cannot be masked for sure, so it is not shown."


@dataclass(frozen=True)
class CaseMaterial:
    """Where a case takes from what the ledger does not hold."""

    home: Path
    texts: TextStore
    policy: Policy
    originals: OriginalReader
    key: bytes
    """Key of the pseudonyms in names."""


class WhyHere(Frozen):
    """One rule that sent the item to people, in words."""

    rule_id: str
    words: str
    fix: str


class Readers(Frozen):
    """Who may read a version."""

    tenant: str
    clearance: str
    """The lowest clearance that suffices."""
    everyone: bool
    allow: tuple[str, ...]
    deny: tuple[str, ...]


class FindingView(Frozen):
    """A finding without its value."""

    number: int
    """As `corpusgate explain` and `corpusgate waivers add` number it."""
    kind: FindingKind
    detector: str
    entity: str
    severity: str
    confidence: float
    line: int
    where: str
    """Its line, or the string it is in: `title`, `name` or another tag."""
    preview: str
    reason: str
    fingerprint: str
    lowered: Lowering | None
    """Why the detector judged it harmless; null where it did not."""
    action: str
    """What policy does because of it alone."""


class ReviewerStanding(Frozen):
    """What the caller may do with the item at this moment."""

    decides: bool
    approves: bool
    why_not: str
    """Why they may not approve; empty when they may."""
    claimed_by_other: bool


class ReviewCase(Frozen):
    """An item with what a reviewer needs to decide it."""

    item: ReviewItem
    approvals: int
    """Given and not expired."""
    standing: ReviewerStanding
    claim: Claim | None
    why: tuple[WhyHere, ...]
    obstacles: tuple[str, ...]
    """Takedowns in force, which keep the document out of every answer whatever is decided here."""
    provenance: Provenance
    served: Provenance | None
    """Of the version that is served meanwhile."""
    readers: Readers
    readers_served: Readers | None
    access: AccessChange | None
    impact: Impact | None
    findings: tuple[FindingView, ...]
    text: TextView | None
    text_problem: str
    """Why there is no text, or nothing to compare it with; empty otherwise."""
    media_type_hint: str
    """Suffix of the document's name, such as `pdf`."""
    questions: tuple[Question, ...]
    verdicts: tuple[PastVerdict, ...]
    decisions: tuple[PastDecision, ...]
    source: SourcePast
    glass: BrokenGlass | None


def build_case(
    connection: Connection, item: ReviewItem, caller: Caller, at: datetime, material: CaseMaterial
) -> ReviewCase:
    """Everything about `item`; the caller's right to see it was checked."""
    new = history.version(connection, item.version_id)
    verdict = history.verdict_of_item(connection, item)
    live = history.live_version(connection, item.doc_id)
    served = history.version(connection, live) if live is not None and live != item.version_id else None
    text, problem = _text(connection, item, verdict, material)
    verdicts, decisions = review_past.of_document(connection, item.doc_id)
    claim = review_work.claims(connection, [item.item_id], at).get(item.item_id)
    old_rule = served.provenance.access if served is not None else None
    return ReviewCase(
        item=item,
        approvals=item.valid_approvals(at),
        standing=_standing(connection, item, caller, claim),
        claim=claim,
        why=_why(item, material.policy),
        obstacles=obstacles(connection, item, new.provenance, at),
        provenance=new.provenance,
        served=served.provenance if served is not None else None,
        readers=_readers(new.provenance.access),
        readers_served=_readers(old_rule) if old_rule is not None else None,
        access=AccessChange.between(old_rule, new.provenance.access) if old_rule is not None else None,
        impact=item.impact,
        findings=tuple(_findings(verdict, new.provenance, material.policy)),
        text=text,
        text_problem=problem,
        media_type_hint=item.doc_id.rpartition(".")[2].lower()[:12] if "." in item.doc_id else "",
        questions=tuple(review_work.thread(connection, item.item_id)),
        verdicts=verdicts,
        decisions=decisions,
        source=review_past.of_source(connection, item.source, at),
        glass=break_glass.of_item(connection, item.item_id),
    )


def obstacles(connection: Connection, item: ReviewItem, provenance: Provenance, at: datetime) -> tuple[str, ...]:
    """Takedowns in force, in words: they keep the document of an item out of every answer whatever is decided."""
    if item.kind is ItemKind.DELETION:
        return ()
    this = liveness.of_version(item.doc_id, item.version_id, provenance)
    return tuple(in_words(one) for one in liveness.obstacles(connection, [this], at).get(item.version_id, ()))


def _standing(connection: Connection, item: ReviewItem, caller: Caller, claim: Claim | None) -> ReviewerStanding:
    part = rights.part_in(connection, item, caller.name)
    others = claim is not None and not same_person(claim.person, caller.name)
    mine = any(one.person == person(caller.name) and one.decision in ("approve", "redact") for one in item.decisions)
    if item.state not in PENDING:
        why_not = f"This item is {item.state.value}."
    elif part is not None:
        why_not = f"{caller.name} {part}."
    elif others and claim is not None:
        why_not = f"{claim.person} works on it until {claim.expires_at:%H:%M} UTC."
    else:
        why_not = f"{caller.name} approved it before." if mine else ""
    decides = rights.decides(item, caller) and item.state in PENDING and not others
    return ReviewerStanding(decides=decides, approves=decides and not why_not, why_not=why_not, claimed_by_other=others)


def _why(item: ReviewItem, policy: Policy) -> tuple[WhyHere, ...]:
    """The rules in the words of the decision, with what the policy of today asks of the owner."""
    then = dict(zip(item.rule_ids, item.reasons, strict=False))
    rules = {rule_id: policy.rule(rule_id) for rule_id in item.rule_ids}
    return tuple(
        WhyHere(
            rule_id=rule_id,
            words=then.get(rule_id) or (rule.reason if rule else ""),
            fix=rule.fix if rule else "",
        )
        for rule_id, rule in rules.items()
    )


def _readers(rule: AccessRule) -> Readers:
    return Readers(
        tenant=rule.tenant,
        clearance=rule.classification.value,
        everyone=EVERYONE in rule.allow,
        allow=rule.allow,
        deny=rule.deny,
    )


def _findings(verdict: VerdictRecord, provenance: Provenance, policy: Policy) -> Sequence[FindingView]:
    document = recorded_context(provenance, verdict.bytes)
    change = recorded_change(verdict.kind, verdict.impact or Impact(score=0))
    return [
        FindingView(
            number=number,
            severity=one.severity.value,
            action=policy.finding_action(one, document, change).value,
            **one.model_dump(
                include={"kind", "detector", "entity", "confidence", "line", "preview", "reason", "lowered"}
            ),
            where=one.where,
            fingerprint=one.fingerprint,
        )
        for number, one in enumerate(verdict.findings, 1)
    ]


def whole_text(connection: Connection, item: ReviewItem, material: CaseMaterial) -> TextView | None:
    """The text of a case with its unchanged stretches; None where there is none to show."""
    return _text(connection, item, history.verdict_of_item(connection, item), material, whole=True)[0]


def _text(
    connection: Connection, item: ReviewItem, verdict: VerdictRecord, material: CaseMaterial, *, whole: bool = False
) -> tuple[TextView | None, str]:
    """The masked text next to what is served, and what could not be shown of either."""
    served = history.live_verdict(connection, item.doc_id)
    old, old_findings = _served_text(served, material.texts)
    live = history.live_version(connection, item.doc_id)
    old_clear: frozenset[int] = frozenset()
    if served is not None and live is not None and old_findings is not None:
        old_clear = _in_clear(served, old_findings, history.version(connection, live).provenance, material.policy)
    if item.kind is ItemKind.DELETION:
        if old is None or old_findings is None:
            return None, NOT_KEPT if old is None else NOT_MASKED
        return view(None, mask(old, old_findings, Numbering(), clear=old_clear), whole=True), ""
    new = kept_text(verdict, material.texts)
    if new is None:
        return None, NOT_KEPT
    numbering, findings = Numbering(), verdict.findings
    clear: frozenset[int] = frozenset()
    if item.state in _MAY_BE_SERVED:
        provenance = history.version(connection, item.version_id).provenance
        clear = _in_clear(verdict, findings, provenance, material.policy)
    values = values_of(new, findings, clear)
    before: MaskedText | None = None
    problem = ""
    if old is not None and old_findings is not None:
        values |= values_of(old, old_findings, old_clear)
        before = mask(old, old_findings, numbering, values, clear=old_clear)
    elif served is not None:
        problem = "There is nothing to compare it with: " + (NOT_KEPT if old is None else NOT_MASKED)
    return view(before, mask(new, findings, numbering, values, clear=clear), whole=whole), problem


def _in_clear(
    verdict: VerdictRecord, findings: Sequence[Finding], provenance: Provenance, policy: Policy
) -> frozenset[int]:
    """Numbers of the findings in a text of that verdict that readers see, or will see, as they stand."""
    document = recorded_context(provenance, verdict.bytes)
    change = recorded_change(verdict.kind, verdict.impact or Impact(score=0))
    return served_in_clear(policy, verdict.verdict.binding.policy_digest, findings, document, change)


def kept_text(verdict: VerdictRecord, texts: TextStore) -> str | None:
    """The text a verdict was given on, checked against its digest; None when it is not kept."""
    if verdict.text_digest is None or not texts.has(verdict.text_digest):
        return None
    try:
        return texts.get(verdict.text_digest)
    except IntegrityError:
        return None


def _served_text(verdict: VerdictRecord | None, texts: TextStore) -> tuple[str | None, Sequence[Finding] | None]:
    """What is served and the findings on record in it; no findings when it is not known where they stand."""
    if verdict is None or verdict.served_digest is None or not texts.has(verdict.served_digest):
        return None, None
    text = texts.get(verdict.served_digest)
    redacted = verdict.verdict.action is Action.REDACT
    return text, relocated(verdict.findings, text) if redacted else verdict.findings
