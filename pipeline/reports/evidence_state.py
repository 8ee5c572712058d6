"""The state of the evidence of a home: checkpoints, anchors, and attestations of the served generation.

Invariants: reads only, and verifies nothing that takes long: the whole log is verified on request (`verified_audit`).
Only auditors and operators of the whole corpus may look.
"""

from datetime import datetime

from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.evidence.anchored import AnchorState
from pipeline.evidence.attestations import TYPES, problems
from pipeline.workspace import Workspace

MISSING = "missing"


class AttestationState(Frozen):
    """One attestation about the served generation."""

    name: str
    """As its file is named: `svr`, `test-result`, `provenance`."""
    predicate: str
    required: bool
    """Whether a generation without it is refused at serving (`serving.require`)."""
    problem: str
    """Why it does not hold, in a sentence; `missing` if it is not there; empty if it holds."""


class EvidenceState(Frozen):
    """The evidence of one home."""

    entries: int
    """Entries in the audit log now."""
    checkpointed: int | None
    """Entries that the newest checkpoint covers; None without a checkpoint."""
    root: str
    """Root of the tree of the newest checkpoint, hex; empty without one."""
    made_at: datetime | None
    anchors: tuple[AnchorState, ...]
    """The first is in the home."""
    outside: int
    """Anchors outside the home, by the settings."""
    receivers: int
    """Witnesses and webhooks that get each checkpoint, by the settings."""
    generation: int | None
    attestations: tuple[AttestationState, ...]


def evidence_state(workspace: Workspace, caller: Caller) -> EvidenceState:
    """The checkpoints, the anchors and the attestations, as they are now. Raises `NotAllowed`."""
    caller.require(Role.AUDITOR, Role.OPERATOR)
    checkpoints, settings = workspace.checkpoints, workspace.home.settings.audit
    extent = checkpoints.stored.extent()
    generation, attestations = _attestations(workspace)
    return EvidenceState(
        entries=extent.size,
        checkpointed=extent.checkpointed,
        root=extent.root,
        made_at=extent.made_at,
        anchors=tuple(checkpoints.examine()),
        outside=len(settings.anchors),
        receivers=len(settings.witnesses) + len(settings.webhooks),
        generation=generation,
        attestations=attestations,
    )


def _attestations(workspace: Workspace) -> tuple[int | None, tuple[AttestationState, ...]]:
    record = workspace.ledger.current_generation()
    if record is None:
        return None, ()
    needed = workspace.home.settings.serving.require
    held = problems(workspace.index, record, workspace.verifier)
    states = [
        AttestationState(name=name, predicate=kind, required=name in needed, problem=held.get(name, MISSING))
        for name, kind in TYPES.items()
    ]
    return record.number, tuple(states)
