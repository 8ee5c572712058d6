"""Recorded verdicts, and what a policy would decide about them: at a second look, or in the place of the first one.

Invariants: pure. A second look is the one that a run takes when a policy changes: the document is as it was, its change
is the difference to the served version, and earlier decisions stand above the policy as they do in a run.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.domain.documents.changes import relation
from pipeline.domain.documents.documents import Action, ChangeKind, Impact, KnownVersion
from pipeline.domain.documents.pasts import RETURNED
from pipeline.domain.documents.provenance import Provenance, SourceState
from pipeline.domain.identity.persons import person
from pipeline.domain.policy.overruling import Standing, overruling
from pipeline.domain.policy.policy import EMPTIED, UNTAGGED, Policy, PolicyValue
from pipeline.domain.policy.policy_context import recorded_change, recorded_context
from pipeline.domain.policy.redacting import REDACTION_INCOMPLETE
from pipeline.domain.policy.reweighing import Reweighed, Reweighing
from pipeline.domain.policy.simulation import NOT_KEPT, EvidenceGap, PolicySimulator, RecordedFinding, SimulatedVerdict
from pipeline.domain.policy.waivers import ActiveWaivers
from pipeline.domain.serving.erasing import ERASED
from pipeline.domain.serving.takedown import ROLLED_BACK


class RecordedVerdict(NamedTuple):
    """One verdict with its evidence, as far as it is on record."""

    verdict_id: str
    doc_id: str
    kind: ChangeKind
    action: Action
    rule_ids: tuple[str, ...]
    reasons: tuple[str, ...]
    impact: Impact | None
    policy_digest: str
    detector_digest: str
    approved: bool
    """Whether people approved it."""
    unread: bool
    renamed: bool
    bytes: int
    provenance: Provenance
    access_digest: str
    findings: tuple[RecordedFinding, ...]
    waivable: tuple[tuple[str, str], ...]
    """Detector and fingerprint of each finding, by which waivers name it."""


class PolicyTrial:
    """A policy on trial against recorded verdicts."""

    def __init__(self, policy: Policy, current: Policy, waivers: ActiveWaivers, detector_digest: str) -> None:
        """Prepare it.

        Args:
            policy: The policy on trial.
            current: The policy in force, whose weights are known.
            waivers: Waivers in force.
            detector_digest: Of the detectors and the extraction of now.

        """
        self.simulator = PolicySimulator(policy)
        self._current, self._waivers, self._detector_digest = current.digest, waivers, detector_digest
        self._known, self._unknown = Reweighing(current.impact, policy.impact), Reweighing(None, policy.impact)
        self._problem_rules = {UNTAGGED} | {rule.id for rule in current.rules if "document.problems" in rule.when}
        self._narrowed_rules = {
            rule.id for rule in current.rules if '"narrowed"' in rule.when and rule.action.rank >= Action.REVIEW.rank
        }
        self._weighs = bool({"impact", "factors"} & self.simulator.uses["change"])

    def second_look(self, known: KnownVersion, recorded: RecordedVerdict, state: SourceState) -> SimulatedVerdict:
        """The verdict of the next run on a document that did not change since its last verdict."""
        kind = relation(known.content_digest, known.access.digest, known.metadata_digest, known.serving)
        weighing = self._weighing(recorded)
        weighed = (
            weighing.again(recorded.impact)
            if kind is ChangeKind.UNCHANGED
            else weighing.recorded(recorded.impact, kind)
        )
        emptied = known.serving is not None and kind is not ChangeKind.UNCHANGED and EMPTIED in recorded.rule_ids
        change = recorded_change(kind, weighed.impact, emptied=emptied)
        found = self._decided(recorded, state, change, weighed, approved=known.approved, redacted=known.redaction != "")
        standing = Standing(
            erased=ERASED in recorded.rule_ids,
            quarantined=known.quarantined,
            past=None if known.approved else _past(recorded),
            taken_off=ROLLED_BACK in recorded.rule_ids and not known.approved,
        )
        return _overruled(found, standing)

    def first_look(self, recorded: RecordedVerdict) -> SimulatedVerdict:
        """The verdict that the policy would have given when this one was given.

        The state that its source had then is on record only as far as a rule about narrowed sources decided.
        """
        state, weighed, change = self._first(recorded)
        found = self._decided(recorded, state, change, weighed)
        standing = Standing(
            erased=ERASED in recorded.rule_ids,
            past=_past(recorded),
            taken_off=ROLLED_BACK in recorded.rule_ids,
        )
        return _overruled(found, standing)

    def evidence(
        self, recorded: RecordedVerdict
    ) -> tuple[Sequence[RecordedFinding], dict[str, PolicyValue], dict[str, PolicyValue]]:
        """Findings and the values of `document.…` and `change.…` that this verdict was about, as far as on record."""
        state, _, change = self._first(recorded)
        return self._counted(recorded), self._document(recorded, state), change

    def _first(self, recorded: RecordedVerdict) -> tuple[SourceState, Reweighed, dict[str, PolicyValue]]:
        narrowed = not self._narrowed_rules.isdisjoint(recorded.rule_ids)
        weighed = self._weighing(recorded).recorded(recorded.impact, recorded.kind)
        change = recorded_change(
            recorded.kind, weighed.impact, renamed=recorded.renamed, emptied=EMPTIED in recorded.rule_ids
        )
        return SourceState.NARROWED if narrowed else SourceState.APPROVED, weighed, change

    def _document(self, recorded: RecordedVerdict, state: SourceState) -> dict[str, PolicyValue]:
        document = recorded_context(recorded.provenance, recorded.bytes)
        for field in NOT_KEPT:
            del document[field]
        return document | {"source_state": state.value, "problems": self._problems(recorded)}

    def _weighing(self, recorded: RecordedVerdict) -> Reweighing:
        return self._known if recorded.policy_digest == self._current else self._unknown

    def _decided(
        self,
        recorded: RecordedVerdict,
        state: SourceState,
        change: dict[str, PolicyValue],
        weighed: Reweighed,
        *,
        approved: bool = False,
        redacted: bool = False,
    ) -> SimulatedVerdict:
        document = self._document(recorded, state)
        found = self.simulator.decide(self._counted(recorded), document, change, approved=approved, redacted=redacted)
        if found.action is Action.REDACT and REDACTION_INCOMPLETE in recorded.rule_ids:
            found = found._replace(action=Action.QUARANTINE, rule_ids=(REDACTION_INCOMPLETE,), redacted=0)
        if found.gap is None:
            found = found._replace(gap=self._gap(recorded, found, weighed))
        return found

    def _gap(self, recorded: RecordedVerdict, found: SimulatedVerdict, weighed: Reweighed) -> EvidenceGap | None:
        if recorded.unread:
            return EvidenceGap.NOT_READ
        if self._weighs and not weighed.complete:
            return EvidenceGap.IMPACT_NOT_RECORDED
        if found.action is Action.REDACT and recorded.action is not Action.REDACT:
            return EvidenceGap.REDACTION_NOT_TRIED
        return EvidenceGap.OTHER_DETECTORS if recorded.detector_digest != self._detector_digest else None

    def _problems(self, recorded: RecordedVerdict) -> list[str]:
        """Problems of its tags. Older records, and names claimed twice, have only the rule and its reason."""
        if recorded.provenance.problems:
            return list(recorded.provenance.problems)
        reasons = zip(recorded.rule_ids, recorded.reasons, strict=False)
        return [reason for rule, reason in reasons if rule in self._problem_rules]

    def _counted(self, recorded: RecordedVerdict) -> Sequence[RecordedFinding]:
        if not self._waivers.ids:
            return recorded.findings
        authors = (person(recorded.provenance.submitter), person(recorded.provenance.owner))
        return [
            finding
            for finding, (detector, mark) in zip(recorded.findings, recorded.waivable, strict=True)
            if finding.kind == "scan_failed" or self._waivers.covering(recorded.doc_id, authors, detector, mark) is None
        ]


def _past(recorded: RecordedVerdict) -> Action | None:
    """The action because of older names. Older names with fewer readers show as wider access and bind no action."""
    widened = recorded.impact is not None and recorded.impact.access_widened
    return recorded.action if RETURNED in recorded.rule_ids and not widened else None


def _overruled(found: SimulatedVerdict, standing: Standing) -> SimulatedVerdict:
    over = overruling(found.action, standing)
    return found if over is None else found._replace(action=over[0], rule_ids=(over[1],), redacted=0)
