"""The rules behind the last verdict on a document: those that held, and those that nearly did.

Invariants: reads only. `records.document_record` decides who may see it; only who keeps the source sees rules. No text,
preview or name is shown; values are numbers.
"""

from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import NotFound
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller
from pipeline.domain.policy.explaining import ExplainedRule, explained
from pipeline.domain.policy.recorded import PolicyTrial
from pipeline.domain.policy.waivers import ActiveWaivers
from pipeline.reports.records import document_record
from pipeline.stores.ledger import policy_evidence
from pipeline.workspace import Workspace


class VerdictRules(Frozen):
    """A recorded verdict, and what each rule of the policy in force says to its evidence."""

    document: str
    verdict: Action
    rules: tuple[str, ...]
    """Rules that the verdict names."""
    impact: int | None
    same_policy: bool
    """Whether the verdict was made under the policy in force."""
    findings: int
    explained: tuple[ExplainedRule, ...]


def explain_policy(workspace: Workspace, caller: Caller, name: str) -> VerdictRules:
    """Explain the last verdict on a document, by its id or an ending that only one document has.

    Raises:
        NotFound: No document has that name, the caller may not know of it, or it has no verdict.
        UsageError: Several documents end so.

    """
    doc_id = workspace.ledger.resolve_document(name)
    record = document_record(workspace, caller, doc_id)
    with workspace.database.read() as connection:
        at = workspace.database.now(connection)
        recorded = policy_evidence.latest_decision(connection, doc_id)
    if record.history is None or recorded is None:
        raise NotFound("You see no verdict on this document.", fix="Ask who keeps its source.")
    binding, policy = workspace.binding(), workspace.home.policy
    waivers = ActiveWaivers(workspace.waivers.active([record.source], at), at)
    trial = PolicyTrial(policy, policy, waivers, binding.detector_digest)
    findings, document, change = trial.evidence(recorded)
    return VerdictRules(
        document=workspace.recorded_names(doc_id),
        verdict=recorded.action,
        rules=recorded.rule_ids,
        impact=recorded.impact.score if recorded.impact else None,
        same_policy=recorded.policy_digest == policy.digest,
        findings=len(findings),
        explained=explained(policy, findings, document, change, recorded.rule_ids),
    )
