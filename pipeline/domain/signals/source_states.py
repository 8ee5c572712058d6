"""The state of a source from the acts on record about it.

Invariant: pure. It follows `pipeline.stores.ledger.source_registry`, which writes an act with every change of state.
"""

from collections.abc import Iterable

from pipeline.domain.documents.provenance import SourceState

STATE_CHANGES = ("source.added", "source.approved", "source.narrowed", "source.revoked", "source.released")
"""Actions of the audit log that give a source its state."""


def state_after(actions: Iterable[str]) -> SourceState | None:
    """The state after these acts, oldest first; None without an act. A release goes back to what people had decided."""
    state: SourceState | None = None
    approved = False
    for action in actions:
        match action:
            case "source.added":
                state = SourceState.PENDING
            case "source.approved":
                state, approved = SourceState.APPROVED, True
            case "source.narrowed":
                state = SourceState.NARROWED
            case "source.revoked":
                state = SourceState.REVOKED
            case "source.released":
                state = SourceState.APPROVED if approved else SourceState.PENDING
    return state
