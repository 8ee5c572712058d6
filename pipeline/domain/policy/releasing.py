"""The way out of quarantine of one document: the findings that a waiver would have to name, or why none helps.

Invariants: pure. A failed scan has no way out but a new version. A document that anything else than a finding keeps in
quarantine is not let out by a waiver, so none is proposed.
"""

from collections.abc import Mapping, Sequence

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import Finding, FindingKind
from pipeline.domain.frozen import Frozen
from pipeline.domain.policy.policy import DEFAULT_DENY, Policy, PolicyRule, PolicyValues, Scope

NEVER_RELEASED = "A failed scan is never released: no one knows what is in the document."


class WayOut(Frozen):
    """How a document can leave quarantine without a new version."""

    findings: tuple[int, ...] = ()
    """Numbers of the findings that keep it there, from 1, as `explain` numbers them."""
    hindrances: tuple[str, ...] = ()
    """Reasons why a waiver of the findings would not let it out, in sentences."""

    @property
    def open(self) -> bool:
        """Whether a waiver of the findings lets it out."""
        return bool(self.findings) and not self.hindrances


def way_out(
    policy: Policy,
    decided: Mapping[str, str],
    findings: Sequence[Finding],
    counted: Sequence[Finding],
    document: PolicyValues,
    change: PolicyValues,
) -> WayOut:
    """The way out of a quarantine.

    Args:
        policy: The policy of now.
        decided: The rules of the newest verdict with their reasons.
        findings: All findings of the newest verdict, in the order in which they are numbered.
        counted: Those of them that no waiver covers yet.
        document: Values of `document.…`.
        change: Values of `change.…`.

    """
    failed = [finding for finding in counted if finding.kind is FindingKind.SCAN_FAILED]
    if failed:
        causes = dict.fromkeys(finding.reason for finding in failed if finding.reason)
        return WayOut(hindrances=(" ".join((NEVER_RELEASED, *causes)),))
    rules = {
        number: policy.finding_rule(finding, document, change)
        for number, finding in enumerate(findings, 1)
        if finding in counted and policy.finding_action(finding, document, change).rank >= Action.QUARANTINE.rank
    }
    lifted = {_id(rule) for rule in rules.values()}
    left = [finding for number, finding in enumerate(findings, 1) if finding in counted and number not in rules]
    after = policy.decide(left, document, change)
    hindrances = [
        reason
        for rule, reason in decided.items()
        if rule not in lifted and not (_sees_findings(policy.rule(rule)) and rule not in after.rule_ids)
    ]
    if not rules and not hindrances:
        hindrances = ["Today's policy would not keep it out. The next refresh evaluates it again."]
    return WayOut(findings=tuple(rules), hindrances=tuple(hindrances))


def _id(rule: PolicyRule | None) -> str:
    return DEFAULT_DENY if rule is None else rule.id


def _sees_findings(rule: PolicyRule | None) -> bool:
    """Whether it is a rule about the document as a whole that asks for its findings."""
    return rule is not None and rule.each is Scope.DOCUMENT and "findings" in rule.when
