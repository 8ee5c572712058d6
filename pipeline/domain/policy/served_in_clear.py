"""Weak personal data that readers will see as it stands, because the policy admits it.

A reviewer sees such a value marked and not masked: what is masked is then what readers would not see.

Invariants: pure. Secrets are never among them, nor strong personal data, even where few may read the document. In doubt
nothing is: if the verdict was made under another policy, or a rule about findings asks for a fact that the ledger does
not remember, every value stays masked (law 4).
"""

from collections.abc import Sequence

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import Finding, FindingKind, Place, Severity
from pipeline.domain.policy.policy import Policy, PolicyValues, Scope

LEAST_CONFIDENCE = 0.5
"""Evidence below this is weak, as in the default policy."""
_NOT_REMEMBERED = (
    "document.media_type", "document.characters", "document.source_state", "document.problems", "change.renamed",
    "change.emptied",
)  # fmt: skip
"""Facts that `policy_context.recorded_context` and `recorded_change` do not know."""


def served_in_clear(
    policy: Policy, policy_digest: str, findings: Sequence[Finding], document: PolicyValues, change: PolicyValues
) -> frozenset[int]:
    """Numbers, from 1, of the findings in a text that readers will see as they stand.

    Args:
        policy: The policy of now.
        policy_digest: Of the policy that the verdict was made under.
        findings: Findings in one text.
        document: Values of `document.…`, as the ledger remembers them.
        change: Values of `change.…`, as the ledger remembers them.

    """
    if policy_digest != policy.digest or not _decidable(policy):
        return frozenset()
    return frozenset(
        number
        for number, finding in enumerate(findings, 1)
        if _weak(finding) and policy.finding_action(finding, document, change) is Action.ADMIT
    )


def _weak(finding: Finding) -> bool:
    in_text = finding.place is Place.TEXT and finding.end > finding.start
    weak = finding.severity is Severity.LOW or finding.confidence < LEAST_CONFIDENCE
    return finding.kind is FindingKind.PII and in_text and weak


def _decidable(policy: Policy) -> bool:
    """Whether the action that a finding causes follows from what the ledger remembers."""
    conditions = [rule.when for rule in policy.rules if rule.each is Scope.FINDING]
    return not any(fact in condition for condition in conditions for fact in _NOT_REMEMBERED)
