"""The report of a simulation: differences between the verdicts on record and those of a policy.

Invariants: pure; counts, names of documents and rules, never text. Memory grows with the number of rules, access rules
and examples, not with the number of documents.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.domain.documents.documents import SERVED, Action, KnownVersion
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule, Principal, permits
from pipeline.domain.policy.simulation import EvidenceGap, SimulatedVerdict

EXAMPLES = 5
"""Documents named of one transition."""
_KEPT_OUT = (Action.QUARANTINE, Action.REJECT)
_MOST_ACCESS_RULES = 50


class Transition(Frozen):
    """Documents whose verdict goes from one action to another."""

    before: Action
    after: Action
    documents: int
    served: int
    """Those of them that are served now."""
    rules: dict[str, int]
    """Rules that would decide, with how many of the documents."""
    examples: tuple[str, ...]
    """Names of documents, as they may be shown."""


class RuleShift(Frozen):
    """One rule: how many documents it decides about now, and would decide about."""

    rule_id: str
    before: int
    after: int


class AccessShift(Frozen):
    """Documents under one access rule that are no longer served, or newly served."""

    access_id: str
    tenant: str
    classification: str
    allow: tuple[str, ...]
    deny: tuple[str, ...]
    loses: int
    gains: int


class PrincipalShift(Frozen):
    """Documents that one principal could no longer read, or could newly read."""

    principal: str
    loses: int
    gains: int


class RedactionShift(Frozen):
    """Documents that are served without some of their text."""

    before: int
    after: int
    findings: int
    """Findings that would be taken out."""


class CanaryShift(Frozen):
    """A canary question some of whose documents would no longer be served."""

    question: str
    documents: int
    of: int
    examples: tuple[str, ...]


class GapCount(Frozen):
    """Documents for which the record does not say what the policy would decide."""

    gap: EvidenceGap
    reason: str
    documents: int
    rules: tuple[str, ...]
    """Rules that are not decided."""


class Simulation(Frozen):
    """Differences that a policy would make at the next run, if no document changed."""

    policy_version: int
    policy_digest: str
    current_digest: str
    documents: int
    """Documents looked at."""
    known: int
    """Documents in the sources; more than `documents` in a sample."""
    unchanged: int
    """Documents whose verdict stays."""
    transitions: tuple[Transition, ...]
    rules: tuple[RuleShift, ...]
    leaves: int
    """Documents served now that would not be."""
    enters: int
    """Documents not served now that would be."""
    waits: int
    """Documents served now that would wait for a person, and stay served meanwhile."""
    approvals_void: int
    """Documents served because people approved them, which would wait again: an approval is bound to its policy."""
    access: tuple[AccessShift, ...]
    principals: tuple[PrincipalShift, ...]
    redaction: RedactionShift
    canaries: tuple[CanaryShift, ...]
    gaps: tuple[GapCount, ...]
    notes: tuple[str, ...]

    @property
    def changed(self) -> int:
        """Documents whose verdict would change."""
        return self.documents - self.unchanged


class SimulationTally:
    """Counts documents one after the other."""

    def __init__(self, canaries: Mapping[str, Sequence[str]]) -> None:
        """Prepare it; `canaries` are the documents of each canary answer."""
        self._canaries = canaries
        self._asked = {doc_id for documents in canaries.values() for doc_id in documents}
        self._gone: set[str] = set()
        self._transitions: Counter[tuple[Action, Action]] = Counter()
        self._served: Counter[tuple[Action, Action]] = Counter()
        self._deciding: defaultdict[tuple[Action, Action], Counter[str]] = defaultdict(Counter)
        self._examples: defaultdict[tuple[Action, Action], list[str]] = defaultdict(list)
        self._rules_before: Counter[str] = Counter()
        self._rules_after: Counter[str] = Counter()
        self._loses: Counter[AccessRule] = Counter()
        self._gains: Counter[AccessRule] = Counter()
        self._gaps: Counter[EvidenceGap] = Counter()
        self._gap_rules: defaultdict[EvidenceGap, set[str]] = defaultdict(set)
        self.documents = self.unchanged = self.leaves = self.enters = self.waits = self.void = 0
        self._redacted_before = self._redacted_after = self._redactions = 0

    def add(self, known: KnownVersion, before: Sequence[str], after: SimulatedVerdict, *, approval: bool) -> None:
        """Count a document.

        Args:
            known: The document, with the action on record.
            before: The rules on record.
            after: The verdict of the policy.
            approval: Whether people approved the version that is served.

        """
        self.documents += 1
        pair = known.action, after.action
        self._rules_before.update(before)
        self._rules_after.update(after.rule_ids)
        if after.gap is not None:
            self._gaps[after.gap] += 1
            self._gap_rules[after.gap].update(after.rules)
        if after.gap is not None and after.gap.undecided:
            return
        self._redacted_before += known.action is Action.REDACT
        self._redacted_after += after.action is Action.REDACT
        self._redactions += after.redacted if after.action is Action.REDACT else 0
        if known.action is after.action:
            self.unchanged += 1
            return
        self._transitions[pair] += 1
        self._served[pair] += known.live
        self._deciding[pair].update(after.rule_ids)
        if len(self._examples[pair]) < EXAMPLES:
            self._examples[pair].append(known.doc_id)
        self._serving(known, after.action, approval=approval)

    def _serving(self, known: KnownVersion, action: Action, *, approval: bool) -> None:
        if known.live and action in _KEPT_OUT:
            self.leaves += 1
            self._loses[known.access] += 1
            if known.doc_id in self._asked:
                self._gone.add(known.doc_id)
        elif known.live and action is Action.REVIEW:
            self.waits += 1
            self.void += approval
        elif not known.live and action in SERVED:
            self.enters += 1
            if known.serving is not None:
                self._loses[known.serving.access] += 1
            self._gains[known.access] += 1

    def transitions(self) -> tuple[Transition, ...]:
        """The most frequent ones first."""
        ordered = sorted(self._transitions.items(), key=lambda item: (-item[1], item[0][0].rank, item[0][1].rank))
        return tuple(
            Transition(
                before=pair[0],
                after=pair[1],
                documents=count,
                served=self._served[pair],
                rules=dict(self._deciding[pair].most_common()),
                examples=tuple(self._examples[pair]),
            )
            for pair, count in ordered
        )

    def rules(self) -> tuple[RuleShift, ...]:
        """Rules that decide about another number of documents, the largest differences first."""
        names = sorted(
            set(self._rules_before) | set(self._rules_after),
            key=lambda rule: (-abs(self._rules_after[rule] - self._rules_before[rule]), rule),
        )
        return tuple(
            RuleShift(rule_id=rule, before=self._rules_before[rule], after=self._rules_after[rule])
            for rule in names
            if self._rules_before[rule] != self._rules_after[rule]
        )

    def access(self) -> tuple[AccessShift, ...]:
        """Access rules under which documents go or come, the most documents first."""
        rules = sorted(
            self._loses.keys() | self._gains.keys(), key=lambda r: (-self._loses[r] - self._gains[r], r.access_id)
        )
        return tuple(
            AccessShift(
                access_id=rule.access_id,
                tenant=rule.tenant,
                classification=rule.classification.value,
                allow=rule.allow,
                deny=rule.deny,
                loses=self._loses[rule],
                gains=self._gains[rule],
            )
            for rule in rules[:_MOST_ACCESS_RULES]
        )

    def principals(self, known: Sequence[Principal], at: datetime) -> tuple[PrincipalShift, ...]:
        """Of the principals of the identity file, those who lose or gain documents."""
        shifts = (
            PrincipalShift(
                principal=one.name,
                loses=sum(count for rule, count in self._loses.items() if permits(rule, one, at)),
                gains=sum(count for rule, count in self._gains.items() if permits(rule, one, at)),
            )
            for one in known
        )
        return tuple(
            sorted(
                (shift for shift in shifts if shift.loses or shift.gains),
                key=lambda shift: (-shift.loses - shift.gains, shift.principal),
            )
        )

    def redaction(self) -> RedactionShift:
        """Documents served without some of their text, before and after."""
        return RedactionShift(before=self._redacted_before, after=self._redacted_after, findings=self._redactions)

    def canaries(self) -> tuple[CanaryShift, ...]:
        """Canary questions whose answers lose documents."""
        return tuple(
            CanaryShift(question=question, documents=len(gone), of=len(documents), examples=gone[:EXAMPLES])
            for question, documents in sorted(self._canaries.items())
            if (gone := tuple(doc_id for doc_id in documents if doc_id in self._gone))
        )

    def gaps(self) -> tuple[GapCount, ...]:
        """Documents without a certain answer, by reason."""
        return tuple(
            GapCount(gap=gap, reason=gap.sentence, documents=count, rules=tuple(sorted(self._gap_rules[gap])))
            for gap, count in self._gaps.most_common()
        )
