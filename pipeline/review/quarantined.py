"""Documents in quarantine as one caller may see them, their way out, and the audit entry of an act on one.

Invariants: a document outside a caller's grants does not exist for them: the error is the one for an unknown id. A
document that is not in quarantine is named with its verdict, for those who may see its record.
"""

from datetime import datetime

from pipeline.domain.documents.documents import Impact
from pipeline.domain.errors import Conflict, CorpusgateError, NotFound
from pipeline.domain.identity.roles import KEEPERS, Caller
from pipeline.domain.policy.policy import Policy
from pipeline.domain.policy.policy_context import recorded_change, recorded_context
from pipeline.domain.policy.releasing import WayOut, way_out
from pipeline.domain.policy.waivers import ActiveWaivers
from pipeline.domain.review.quarantine import QuarantinedDocument, QuarantinedVersion
from pipeline.review.rights import grants
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Connection
from pipeline.stores.review import quarantine, waivers


def find_quarantined(connection: Connection, doc_id: str, caller: Caller, at: datetime) -> QuarantinedDocument:
    """A document in quarantine, by its whole id. Raises `NotFound`, or `Conflict` where its verdict is another one."""
    found = quarantine.find(connection, grants(caller, *KEEPERS), doc_id, at)
    if found is None:
        raise _refusal(connection, doc_id, caller)
    return found


def version_quarantined(connection: Connection, doc_id: str, caller: Caller, at: datetime) -> QuarantinedVersion:
    """As much of it as an act needs, which is read much quicker. Raises the same."""
    found = quarantine.version_within(connection, grants(caller, *KEEPERS), doc_id, at)
    if found is None:
        raise _refusal(connection, doc_id, caller)
    return found


def _refusal(connection: Connection, doc_id: str, caller: Caller) -> CorpusgateError:
    keeping = grants(caller, *KEEPERS)
    action = quarantine.verdict_within(connection, keeping, doc_id)
    if action is None:
        return NotFound("There is no such document in quarantine.", fix="`corpusgate quarantine list` shows those.")
    return Conflict(
        f"{doc_id} is not in quarantine: its newest verdict is {action.value}.", fix="`corpusgate explain` says why."
    )


def way_out_of(
    connection: Connection, document: QuarantinedDocument | QuarantinedVersion, policy: Policy, at: datetime
) -> WayOut:
    """How a document can leave quarantine without a new version."""
    held = next(iter(waivers.held(connection, document.source, document.doc_id)))
    active = ActiveWaivers(waivers.active(connection, [document.source], at), at)
    counted, _ = active.split(held.doc_id, held.authors, held.findings)
    values = recorded_context(held.provenance, held.bytes)
    change = recorded_change(held.kind, held.impact or Impact(score=0))
    return way_out(policy, held.decided, held.findings, counted, values, change)


def audit_quarantined(
    connection: Connection,
    at: datetime,
    caller: Caller,
    action: str,
    document: QuarantinedVersion,
    **details: audit_log.Detail,
) -> None:
    """Put an act on a document in quarantine on record, with the right it was done by."""
    bound: dict[str, audit_log.Detail] = {"version_id": document.version_id, "means": caller.means}
    audit_log.append(connection, at, [AuditEntry(caller.name, action, document.doc_id, bound | details)])
