"""The explanation of one document for people who keep its source.

Invariants: `records.document_record` decides who may see it. The ledger decides if it is served at this moment, not
the last verdict.
"""

from datetime import UTC, datetime

from pipeline.domain.documents.documents import Action, Impact
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule, permits
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.policy.policy import PolicyRule
from pipeline.domain.policy.policy_context import recorded_change, recorded_context
from pipeline.domain.policy.served_in_clear import served_in_clear
from pipeline.domain.serving.revocations import Revocation, RevocationKind
from pipeline.reports.records import DocumentRecord, document_record
from pipeline.reports.timeline import Moment, timeline
from pipeline.stores.ledger.history import VerdictRecord, VersionRecord
from pipeline.stores.takedown.revocations import Revocations
from pipeline.takedown.revoke import may_lift_document, may_revoke_document
from pipeline.workspace import Workspace


class AppliedRule(Frozen):
    """A rule that decided, as it was applied and as the policy has it now."""

    rule_id: str
    reason: str
    now: PolicyRule | None
    """None where the policy has no such rule any more, or it is a built-in one."""


class Explained(Frozen):
    """A document, explained."""

    record: DocumentRecord
    latest: VersionRecord | None
    """None for who may only read it."""
    verdict: VerdictRecord | None
    """The last decision about the latest version."""
    rules: tuple[AppliedRule, ...]
    moments: tuple[Moment, ...]
    revocation: Revocation | None
    """In force, for this document."""
    may_revoke: bool
    may_lift: bool
    in_clear: tuple[int, ...]
    """Numbers of the findings of that decision that readers see, or will see, as they stand: weak evidence only."""
    policy_changed: bool
    """The verdict was made under another policy than that of now: the next refresh judges it anew."""


def find_explained(workspace: Workspace, caller: Caller, name: str) -> Explained:
    """A document by its id or an ending that only one document has, as far as the caller may know it.

    Raises:
        NotFound: No document has that name, or the caller may not know of it.
        UsageError: Several documents end so.

    """
    return explained(workspace, caller, workspace.ledger.resolve_document(name))


def explained(workspace: Workspace, caller: Caller, doc_id: str) -> Explained:
    """A document by its whole id, as far as the caller may know it. Raises `NotFound`."""
    record = document_record(workspace, caller, doc_id)
    history = record.history
    if history is None:
        return Explained(
            record=record, latest=None, verdict=None, rules=(), moments=(), revocation=None,
            may_revoke=False, may_lift=False, in_clear=(), policy_changed=False,
        )  # fmt: skip
    latest = next(one for one in history.versions if one.version_id == history.latest_version)
    verdict = latest.verdicts[-1] if latest.verdicts else None
    revocations = Revocations(workspace.database).all()
    in_force = [one for one in revocations if one.kind is RevocationKind.DOCUMENT and one.lifted_at is None]
    moments = timeline(history, workspace.audit.events(doc_id), revocations, workspace.ledger.generations())
    binding = verdict.verdict.binding if verdict else None
    return Explained(
        record=record,
        latest=latest,
        verdict=verdict,
        rules=tuple(_rules(workspace, verdict)) if verdict else (),
        moments=tuple(moments),
        revocation=next((one for one in in_force if one.subject == doc_id), None),
        may_revoke=may_revoke_document(workspace, doc_id, caller),
        may_lift=may_lift_document(workspace, doc_id, caller),
        in_clear=_in_clear(workspace, latest, verdict) if verdict else (),
        policy_changed=binding is not None and binding.policy_digest != workspace.home.policy.digest,
    )


def in_one_sentence(found: Explained) -> str:
    """Where the document stands at this moment and why, for a person who keeps its source."""
    record, history = found.record, found.record.history
    if history is None or found.latest is None:
        return ""
    if record.served is not None:
        live = next(one for one in history.versions if one.version_id == history.live_version)
        readers = " and ".join(live.provenance.access.allow)
        newer = "" if history.latest_version == history.live_version else " A newer version of it is not served."
        return f"It is served to {readers}, with clearance {record.served.classification.value} or higher.{newer}"
    if found.revocation is not None:
        return f"It is not served: {found.revocation.revoked_by} revoked it. No answer holds it."
    if record.obstacles:
        return f"It is not served: it is {record.obstacles[0]}."
    if history.deleted_by_run:
        return "It is not served: its source no longer has it."
    why = f": {found.rules[0].reason}" if found.rules else "."
    match found.verdict.verdict.action if found.verdict else None:
        case Action.REVIEW:
            return f"It is not served: people have to decide{why}"
        case Action.QUARANTINE:
            return f"It is in quarantine{why}"
        case Action.REJECT:
            return f"It is rejected{why}"
        case None:
            return "It is not served: there is no verdict yet."
        case _:
            return "It is admitted and not served yet: the next refresh publishes it."


def access_now(found: Explained) -> AccessRule | None:
    """The rule of the version that is served, or of the latest one while none is; None for mere readers."""
    history = found.record.history
    if history is None or found.latest is None:
        return None
    if found.record.served is None:
        return found.latest.provenance.access
    return next(one for one in history.versions if one.version_id == history.live_version).provenance.access


def permitted_names(workspace: Workspace, caller: Caller, access: AccessRule) -> tuple[str, ...] | None:
    """Known people and services whom the rule permits now; None for callers who may not list them."""
    if not any(caller.may(role) for role in (Role.AUDITOR, Role.OPERATOR)):
        return None
    now, known = datetime.now(UTC), workspace.principals.current()
    people = (known.principal(one.name) for one in known.principals)
    return tuple(sorted(one.name for one in people if permits(access, one, now)))


def _in_clear(workspace: Workspace, latest: VersionRecord, record: VerdictRecord) -> tuple[int, ...]:
    if record.verdict.action.rank > Action.REVIEW.rank:
        return ()
    document = recorded_context(latest.provenance, record.bytes)
    change = recorded_change(record.kind, record.impact or Impact(score=0))
    policy, made_under = workspace.home.policy, record.verdict.binding.policy_digest
    return tuple(sorted(served_in_clear(policy, made_under, record.findings, document, change)))


def _rules(workspace: Workspace, record: VerdictRecord) -> list[AppliedRule]:
    verdict, policy = record.verdict, workspace.home.policy
    named = zip(verdict.rule_ids, verdict.reasons, strict=False)
    return [AppliedRule(rule_id=rule, reason=reason, now=policy.rule(rule)) for rule, reason in named]


def worth_mending(record: VerdictRecord) -> bool:
    """Whether its owner has something to do."""
    return record.verdict.action.rank > Action.REDACT.rank
