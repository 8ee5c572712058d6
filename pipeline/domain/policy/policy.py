"""Policy: versioned rules that turn what is known about a change into one verdict.

Invariants: the most severe matching rule wins, rules of equal severity in file order. A document that no rule matches
is quarantined (default deny). A failed scan can be quarantined or rejected, whatever the rules say (law 3). A version
without text never replaces one with text unless a person says so, whatever the rules say. An approval lifts a
`review`, never anything more severe. A rule sees lowered findings only if its condition mentions `lowered`; a lowered
finding that no rule sees is admitted. Policy is pure: it routes nothing and edits nothing.

Conditions are CEL (https://cel.dev), the expression language of Kubernetes and Envoy policy.
"""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cached_property
from types import ModuleType
from typing import Any, Literal

from pydantic import Field, model_validator

from pipeline.domain.digests import digest_json
from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import PolicyError
from pipeline.domain.findings.findings import Finding, FindingKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.policy.impact import ImpactPolicy

DEFAULT_DENY = "default-deny"
LOWERED = "lowered-evidence"
SCAN_FAILED = "scan-failed"
EMPTIED = "emptied"
UNTAGGED = "untagged"
"""The rule of documents whose tags cannot be read, whatever the policy says."""

FIELDS: Mapping[str, Mapping[str, str]] = {
    "finding": {
        "kind": "secret, pii, injection, plain_order, hidden_text or scan_failed",
        "detector": "id of the rule that fired",
        "entity": "type of the thing found, such as EMAIL_ADDRESS",
        "severity": "low, medium, high or critical",
        "severity_rank": "0 to 3",
        "confidence": "0.0 to 1.0",
        "place": "text, name, title, owner, submitter, licence, access or problem",
        "lowered": "why it was judged harmless, such as mention or placeholder; else the empty string",
    },
    "document": {
        "source": "name of the source",
        "uri": "stable name inside the source",
        "owner": "owner of the document",
        "submitter": "who brought it in",
        "classification": "public, internal, confidential or restricted",
        "classification_rank": "0 to 3",
        "tenant": "tenant it belongs to",
        "allow": "allowed principals",
        "deny": "denied principals",
        "readers": "number of allowed principals; 1000000 where everyone is allowed",
        "licence": "licence, or the empty string",
        "media_type": "what it was recognised as",
        "bytes": "size of the raw document",
        "characters": "length of the extracted text",
        "source_state": "approved or narrowed",
        "problems": "sentences that say why it cannot be tagged",
    },
    "change": {
        "kind": "new, modified, access, metadata or unchanged",
        "impact": "0 to 100",
        "access_widened": "whether somebody may read it who could not before",
        "classification_lowered": "whether its classification went down",
        "changed_share": "0.0 to 1.0 of the text",
        "renamed": "whether it was known under another name",
        "emptied": "whether a version without text would replace a served one with text",
        "factors": "names of what makes up its impact, such as accounts-edited",
    },
}
"""Everything a condition can mention."""

EVERYONE_COUNTS_AS = 1_000_000

PolicyValue = str | float | bool | Sequence[str]
PolicyValues = Mapping[str, PolicyValue]
"""What a condition sees of a document, of its change or of a finding, by name."""

_PROBE: dict[str, Any] = {
    "finding": {
        "kind": "secret", "detector": "probe", "entity": "PROBE",
        "severity": "low", "severity_rank": 0, "confidence": 0.5, "place": "text",
        "lowered": "",
    },
    "document": {
        "source": "probe", "uri": "probe", "owner": "probe", "submitter": "probe", "classification": "internal",
        "classification_rank": 1, "tenant": "default", "allow": ["user:probe"], "deny": [], "readers": 1,
        "licence": "", "media_type": "text/plain", "bytes": 1, "characters": 1, "source_state": "approved",
        "problems": [],
    },
    "change": {
        "kind": "new", "impact": 0, "access_widened": False, "classification_lowered": False,
        "changed_share": 1.0, "renamed": False, "emptied": False, "factors": ["text-changed"],
    },
}  # fmt: skip


class Scope(StrEnum):
    """Scope of a rule: each finding alone, or the document as a whole."""

    FINDING = "finding"
    DOCUMENT = "document"


class PolicyRule(Frozen):
    """One rule: when its condition holds, its action applies, for its reason."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    """Name of the rule, on record with every verdict."""
    each: Scope
    """Whether the rule is asked about each `finding`, or about the `document` as a whole."""
    when: str
    """Condition in CEL."""
    action: Action
    """Action if the condition holds."""
    reason: str = Field(min_length=10)
    """Reason for people, at least ten characters."""
    fix: str = ""
    """Advice to the owner of the document."""
    tag: str | None = None
    """Tag that the rule gives to the verdict."""

    @cached_property
    def program(self) -> Any:
        """The compiled condition. Raises `PolicyError` when it is not CEL over known fields, or not boolean."""
        try:
            program = _compiled(self.when)
        except ValueError as error:
            raise self._error(f"does not parse as CEL: {str(error).splitlines()[0]}") from None
        names = {"document", "change", "finding" if self.each is Scope.FINDING else "findings"}
        bound = {match[1] for match in re.finditer(r"\.(?:all|exists|exists_one|filter|map)\(\s*(\w+)\s*,", self.when)}
        unknown = set(program.variables()) - names - bound
        if unknown:
            raise self._error(f"uses {_listed(unknown)}; a rule for each {self.each} can use {_listed(names)}")
        for variable, fields in FIELDS.items():
            used = {match[1] for match in re.finditer(rf"(?<![\w.]){variable}\.(\w+)", self.when)}
            if used - set(fields):
                raise self._error(f"uses {variable}.{min(used - set(fields))}; {variable} has {_listed(set(fields))}")
        try:
            answer = program.execute({**_PROBE, "findings": [_PROBE["finding"]]})
        except Exception as error:  # CEL raises whatever Python error fits
            raise self._error(f"cannot be evaluated: {type(error).__name__}: {error}") from None
        if not isinstance(answer, bool):
            raise self._error(f"gives a {type(answer).__name__}, not true or false")
        return program

    @cached_property
    def sees_lowered(self) -> bool:
        """Whether it is asked about findings that a detector judged harmless."""
        return re.search(r"\blowered\b", self.when) is not None

    def _error(self, problem: str) -> PolicyError:
        return PolicyError(
            f"Policy rule '{self.id}' {problem}.", done="The policy was not loaded.", fix="Correct its `when`."
        )


class PolicyChange(Frozen):
    """An entry of the policy's own changelog."""

    version: int
    """Version of the policy that the entry is about."""
    date: date
    """Date of the change."""
    by: str
    """Author of the change."""
    note: str
    """What changed, and why."""


class PolicyVerdict(Frozen):
    """Answer of the rules, before it is bound to digests."""

    action: Action
    rule_ids: tuple[str, ...]
    reasons: tuple[str, ...]
    tags: tuple[str, ...]
    redact: tuple[Finding, ...]
    """The findings to take out of the text when the action is `redact`."""


class Policy(Frozen):
    """The whole policy file."""

    schema_version: Literal[1]
    """Version of the file's format."""
    version: int = Field(ge=1)
    """Version of the policy. It must have an entry in the changelog."""
    changelog: tuple[PolicyChange, ...]
    """Changes of the policy: author, date and reason."""
    impact: ImpactPolicy = ImpactPolicy()
    """How a change is weighed."""
    rules: tuple[PolicyRule, ...]
    """The rules."""

    @model_validator(mode="after")
    def _consistent(self) -> "Policy":
        ids = [rule.id for rule in self.rules]
        twice = sorted({rule_id for rule_id in ids if ids.count(rule_id) > 1})
        if twice:
            raise ValueError(f"rule ids used twice: {', '.join(twice)}")
        if not self.changelog or max(entry.version for entry in self.changelog) != self.version:
            raise ValueError(f"the changelog has no entry for version {self.version}")
        return self

    @cached_property
    def digest(self) -> str:
        """Digest of everything that can change a verdict: rules and weights, not the changelog."""
        rules = [rule.model_dump(mode="json") for rule in self.rules]
        return digest_json({"impact": self.impact.model_dump(mode="json"), "rules": rules})

    def check(self) -> None:
        """Compile every rule. Raises `PolicyError` for the first that is wrong."""
        for rule in self.rules:
            _ = rule.program

    def rule(self, rule_id: str) -> PolicyRule | None:
        """The rule of that id, if it is still in the policy."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def fixes(self, rule_ids: Iterable[str]) -> list[str]:
        """The fixes of these rules, in their order; rules that left the policy have none."""
        return [rule.fix for rule in map(self.rule, rule_ids) if rule is not None and rule.fix]

    def finding_rule(self, finding: Finding, document: PolicyValues, change: PolicyValues) -> PolicyRule | None:
        """The rule that decides about one finding alone; None means default deny."""
        matches = self._matching(
            Scope.FINDING, {"finding": _described(finding), "document": document, "change": change}
        )
        return matches[0] if matches else None

    def document_rules(
        self, findings: Sequence[Finding], document: PolicyValues, change: PolicyValues
    ) -> list[PolicyRule]:
        """The rules about the document as a whole that match, the most severe first."""
        context = {"findings": [_described(finding) for finding in findings], "document": document, "change": change}
        return self._matching(Scope.DOCUMENT, context)

    def finding_action(self, finding: Finding, document: PolicyValues, change: PolicyValues) -> Action:
        """The action that one finding alone causes."""
        return self._opinion(finding, document, change)[0]

    def decide(
        self,
        findings: Sequence[Finding],
        document: PolicyValues,
        change: PolicyValues,
        *,
        approved: bool = False,
        redacted: bool = False,
    ) -> PolicyVerdict:
        """The verdict on one document version.

        `approved`: enough valid approvals are bound to exactly this version; they lift `review` and nothing else.
        `redacted`: they do so for the text without the findings that asked for review.
        """
        opinions: list[tuple[Action, str, str, str | None]] = []
        redact: list[Finding] = []
        decided: dict[tuple[PolicyValue, ...], tuple[Action, str, str, str | None]] = {}
        causes: dict[str, dict[str, None]] = {}
        for finding in findings:
            # Many findings look alike to a condition, and evaluating one costs more than all the rest here.
            alike = tuple(_described(finding).values())
            if alike not in decided:
                opinion = self._opinion(finding, document, change)
                lifted = approved and redacted and opinion[0] is Action.REVIEW
                decided[alike] = (Action.REDACT, *opinion[1:]) if lifted else opinion
            opinions.append(decided[alike])
            if opinions[-1][0] is Action.REDACT:
                redact.append(finding)
            if finding.kind is FindingKind.SCAN_FAILED:
                causes.setdefault(opinions[-1][1], {})[finding.reason] = None
        matches = self.document_rules(findings, document, change)
        opinions.extend((rule.action, rule.id, _reason(rule, document), rule.tag) for rule in matches)
        if document["problems"] and not any(_PROBLEMS in r.when and r.action.rank >= _KEPT_OUT for r in matches):
            # Whatever the policy says: no one knows who may read it (law 2).
            opinions.append((Action.QUARANTINE, UNTAGGED, _with_problems(_DENY_REASONS[UNTAGGED], document), None))
        if not matches:
            opinions.append((Action.QUARANTINE, DEFAULT_DENY, _DENY_REASONS[DEFAULT_DENY], None))
        if change["emptied"] and all(opinion[0].rank < Action.REVIEW.rank for opinion in opinions):
            opinions.append((Action.REVIEW, EMPTIED, _DENY_REASONS[EMPTIED], None))
        if approved:
            opinions = [opinion for opinion in opinions if opinion[0] is not Action.REVIEW]
        action = max((opinion[0] for opinion in opinions), key=lambda a: a.rank, default=Action.ADMIT)
        deciding = dict.fromkeys((rule_id, reason) for act, rule_id, reason, _ in opinions if act is action)
        tags = dict.fromkeys(tag for _, _, _, tag in opinions if tag)
        return PolicyVerdict(
            action=action,
            rule_ids=tuple(rule_id for rule_id, _ in deciding),
            reasons=tuple(" ".join((reason, *causes.get(rule_id, ()))) for rule_id, reason in deciding),
            tags=(*tags, *(("approved",) if approved else ())),
            redact=tuple(redact),
        )

    def _opinion(
        self, finding: Finding, document: PolicyValues, change: PolicyValues
    ) -> tuple[Action, str, str, str | None]:
        """Action, rule, reason and tag for one finding alone; a failed scan is never better than quarantine."""
        rule = self.finding_rule(finding, document, change)
        failed = finding.kind is FindingKind.SCAN_FAILED
        if rule is None and finding.lowered is not None and not failed:
            return Action.ADMIT, LOWERED, _LOWERED_REASON, None
        if rule is None or (failed and rule.action.rank < Action.QUARANTINE.rank):
            rule_id = SCAN_FAILED if failed else DEFAULT_DENY
            return Action.QUARANTINE, rule_id, _DENY_REASONS[rule_id], None
        return rule.action, rule.id, rule.reason, rule.tag

    def _matching(self, scope: Scope, context: Mapping[str, Any]) -> list[PolicyRule]:
        """Rules of `scope` that match, the most severe first, then in file order.

        A rule that cannot be evaluated raises: it must stop the run, not be skipped.
        """
        all_findings = context.get("findings", ())
        counted = {**context, "findings": [finding for finding in all_findings if not finding["lowered"]]}
        lowered = scope is Scope.FINDING and bool(context["finding"]["lowered"])
        return [
            rule
            for rule in self._by_severity
            if rule.each is scope
            and (rule.sees_lowered or not lowered)
            and rule.program.execute(dict(context) if rule.sees_lowered else dict(counted))
        ]

    @cached_property
    def _by_severity(self) -> tuple[PolicyRule, ...]:
        return tuple(sorted(self.rules, key=lambda rule: -rule.action.rank))


_LOWERED_REASON = "It was judged to be a mention, a sample, a placeholder or a reference; it stays on record."
_DENY_REASONS = {
    DEFAULT_DENY: "No rule of the policy covers this, so it is kept out.",
    SCAN_FAILED: "It was not read and scanned to its end, so no one knows what is in it.",
    EMPTIED: "It has no text any more, and would replace a version with text.",
    UNTAGGED: "Its tags cannot be read, so no one knows who may read it.",
}
_PROBLEMS = "document.problems"
_KEPT_OUT = Action.QUARANTINE.rank
_MOST_PROBLEMS = 5


def _reason(rule: PolicyRule, document: PolicyValues) -> str:
    """Why a rule about documents decided, with what is wrong with the tags if it asks for that."""
    return _with_problems(rule.reason, document) if _PROBLEMS in rule.when else rule.reason


def _with_problems(reason: str, document: PolicyValues) -> str:
    problems = document["problems"]
    assert isinstance(problems, Sequence)
    more = [f"And {len(problems) - _MOST_PROBLEMS} more."] if len(problems) > _MOST_PROBLEMS else []
    return " ".join((reason, *problems[:_MOST_PROBLEMS], *more))


def _described(finding: Finding) -> dict[str, PolicyValue]:
    return {
        "kind": finding.kind.value,
        "detector": finding.detector,
        "entity": finding.entity,
        "severity": finding.severity.value,
        "severity_rank": finding.severity.rank,
        "confidence": finding.confidence,
        "place": finding.place.value,
        "lowered": finding.lowered.value if finding.lowered else "",
    }


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _compiled(condition: str) -> Any:
    """A CEL program. Raises `ValueError` for a text that is not CEL."""
    # The package imports its own command line, and with it a terminal library that takes longer than all rules do.
    sys.modules.setdefault("cel.cli", ModuleType("cel.cli"))
    import cel

    return cel.compile(condition)
