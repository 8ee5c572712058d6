"""Simulation: a policy asked about recorded decisions, without the text of any document.

Invariants: pure. The verdict is that of `Policy.decide`; there is no second evaluator. Equal questions are asked once:
documents that look alike to every condition of the policy share an answer, and the memory for answers is bounded. A
condition that asks for a field which is not on record is undecided, unless the verdict is the same either way; it is
counted and never guessed. A condition that fails keeps its document out, as in a run.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import Finding, FindingKind, Lowering, Place, Severity
from pipeline.domain.policy.overruling import GATE_FAILED
from pipeline.domain.policy.policy import FIELDS, Policy, PolicyRule, PolicyValue, PolicyValues, Scope

NOT_KEPT = ("media_type", "characters")
"""Fields of `document` that the ledger does not keep."""
_MOST_ANSWERS_OF_RULE = 10_000
_MOST_ANSWERS = 20_000
"""Answers that are remembered; a policy that asks for names of documents has one for each."""


class EvidenceGap(StrEnum):
    """Reasons why a recorded decision does not say what a policy would decide."""

    FIELD_NOT_KEPT = "field-not-kept"
    RULE_FAILED = "rule-failed"
    IMPACT_NOT_RECORDED = "impact-not-recorded"
    OTHER_DETECTORS = "other-detectors"
    REDACTION_NOT_TRIED = "redaction-not-tried"
    NOT_READ = "not-read"

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return _SENTENCES[self]

    @property
    def undecided(self) -> bool:
        """Whether the verdict is unknown, rather than uncertain."""
        return self in (EvidenceGap.FIELD_NOT_KEPT, EvidenceGap.NOT_READ)


_SENTENCES = {
    EvidenceGap.FIELD_NOT_KEPT: "A rule asks for document.media_type or document.characters, which are not on record.",
    EvidenceGap.RULE_FAILED: "A rule could not be evaluated; a run quarantines the document.",
    EvidenceGap.IMPACT_NOT_RECORDED: "Another policy weighed the change, so factors that rules ask for may be missing.",
    EvidenceGap.OTHER_DETECTORS: "Other detectors or another extraction read it; a run scans it again.",
    EvidenceGap.REDACTION_NOT_TRIED: "It was not redacted before; a run scans the redacted text and may quarantine it.",
    EvidenceGap.NOT_READ: "Its bytes could not be read when it was last judged.",
}


class RecordedFinding(NamedTuple):
    """A finding as far as conditions see it."""

    kind: str
    detector: str
    entity: str
    severity: str
    confidence: float
    place: str
    lowered: str | None

    @property
    def finding(self) -> Finding:
        """A finding that conditions cannot tell from it."""
        return Finding(
            kind=FindingKind(self.kind),
            detector=self.detector,
            entity=self.entity,
            severity=Severity(self.severity),
            confidence=self.confidence,
            start=0,
            end=0,
            line=1,
            fingerprint="",
            preview="",
            place=Place(self.place),
            lowered=Lowering(self.lowered) if self.lowered else None,
        )


class SimulatedVerdict(NamedTuple):
    """The answer of a policy to a recorded decision."""

    action: Action
    rule_ids: tuple[str, ...]
    redacted: int = 0
    """Findings that would be taken out of the text."""
    gap: EvidenceGap | None = None
    """Why the answer is not certain."""
    rules: tuple[str, ...] = ()
    """With a gap: the rules that are not decided."""


class _Condition:
    """A compiled condition that remembers its answers by the fields that it asks for."""

    def __init__(self, rule: PolicyRule) -> None:
        self._program = rule.program
        self._uses = {name: sorted(_used(name, rule.when)) for name in ("document", "change")}
        self._asks_findings = "findings" in rule.when
        self._answers: dict[object, bool] = {}

    def execute(self, context: Mapping[str, Any]) -> bool:
        """The answer of the condition. Raises as the condition does."""
        described = tuple(context["finding"].values()) if "finding" in context else ()
        listed = tuple(tuple(one.values()) for one in context.get("findings", ())) if self._asks_findings else ()
        fields = tuple(_hashable(context[name].get(field)) for name, fields in self._uses.items() for field in fields)
        key = (described, listed, fields)
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= _MOST_ANSWERS_OF_RULE:
                self._answers.clear()
            answer = self._answers[key] = self._program.execute(dict(context))
        return answer


class _RememberingRule(PolicyRule):
    """The same rule; its condition remembers its answers."""

    @cached_property
    def program(self) -> Any:
        """The condition."""
        return _Condition(PolicyRule(**self.model_dump()))


class PolicySimulator:
    """One policy, asked about many recorded decisions."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._remembering = self._of(tuple(_RememberingRule(**rule.model_dump()) for rule in policy.rules))
        self._answers: dict[object, SimulatedVerdict] = {}
        self._parts: dict[tuple[tuple[str, ...], bool], Policy] = {}
        self.asked = 0
        """Questions for which conditions were evaluated."""

    @cached_property
    def uses(self) -> Mapping[str, frozenset[str]]:
        """Fields of `document` and `change` that a verdict can depend on."""
        conditions = " ".join(rule.when for rule in self.policy.rules)
        always = {"document": {"problems"}, "change": {"emptied"}}
        return {name: _used(name, conditions) | always[name] for name in ("document", "change")}

    def decide(
        self,
        findings: Sequence[RecordedFinding],
        document: PolicyValues,
        change: PolicyValues,
        *,
        approved: bool = False,
        redacted: bool = False,
    ) -> SimulatedVerdict:
        """The verdict of the policy on what is recorded of one document."""
        key = (tuple(findings), self._key("document", document), self._key("change", change), approved, redacted)
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            self.asked += 1
            answer = self._answers[key] = self._asked(
                [one.finding for one in findings], document, change, approved=approved, redacted=redacted
            )
        return answer

    def _key(self, name: str, values: PolicyValues) -> tuple[object, ...]:
        return tuple(_hashable(values.get(field)) for field in sorted(self.uses[name]))

    def _asked(
        self, findings: list[Finding], document: PolicyValues, change: PolicyValues, *, approved: bool, redacted: bool
    ) -> SimulatedVerdict:
        def of(policy: Policy) -> SimulatedVerdict:
            found = policy.decide(findings, document, change, approved=approved, redacted=redacted)
            return SimulatedVerdict(found.action, found.rule_ids, len(found.redact))

        try:
            return of(self._remembering)
        except Exception:  # CEL raises whatever Python error fits; which rules raise is found out next
            failing = self._failing(findings, document, change)
        if any(not missing for _, missing in failing):
            rules = tuple(rule.id for rule, missing in failing if not missing)
            return SimulatedVerdict(Action.QUARANTINE, (GATE_FAILED,), gap=EvidenceGap.RULE_FAILED, rules=rules)
        undecided = tuple(rule.id for rule, _ in failing)
        never, always = (of(self._with(undecided, holds=holds)) for holds in (False, True))
        if never.action is always.action:
            return never
        return never._replace(gap=EvidenceGap.FIELD_NOT_KEPT, rules=undecided)

    def _failing(
        self, findings: list[Finding], document: PolicyValues, change: PolicyValues
    ) -> list[tuple[PolicyRule, bool]]:
        """The rules that cannot be evaluated, each with whether only a field is missing."""
        failing = []
        for rule in self.policy.rules:
            try:
                self._of((rule,)).decide(findings, document, change)
            except KeyError as error:
                field = str(error.args[0]) if error.args else ""
                failing.append((rule, field in NOT_KEPT and field not in document))
            except Exception:  # as above
                failing.append((rule, False))
        return failing

    def _with(self, undecided: tuple[str, ...], *, holds: bool) -> Policy:
        """The policy as if its undecided rules always held, or never did."""
        if (undecided, holds) not in self._parts:
            kept = (
                rule.model_copy(update={"when": _ALWAYS[rule.each]}) if rule.id in undecided else rule
                for rule in self.policy.rules
                if holds or rule.id not in undecided
            )
            self._parts[undecided, holds] = self._of(tuple(PolicyRule(**rule.model_dump()) for rule in kept))
        return self._parts[undecided, holds]

    def _of(self, rules: tuple[PolicyRule, ...]) -> Policy:
        return Policy(
            schema_version=1,
            version=self.policy.version,
            changelog=self.policy.changelog,
            impact=self.policy.impact,
            rules=rules,
        )


_ALWAYS = {
    Scope.FINDING: 'true || finding.lowered != ""',
    Scope.DOCUMENT: 'true || findings.exists(f, f.lowered != "")',
}
"""Conditions that hold for all findings, also for lowered ones."""


def _used(name: str, condition: str) -> frozenset[str]:
    """Fields of `document` or `change` that a condition can depend on: all, if it reads them in another way."""
    if re.search(rf"(?<![\w.]){name}(?!\w|\.\w)", condition):
        return frozenset(FIELDS[name])
    return frozenset(re.findall(rf"(?<![\w.]){name}\.(\w+)", condition))


def _hashable(value: PolicyValue | None) -> object:
    return tuple(value) if isinstance(value, list) else value
