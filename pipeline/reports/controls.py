"""The control map with live state: when each control was last seen at work in this home.

Invariants: auditors and operators of the whole corpus may ask. Counts, moments and names of actions are shown; nothing
about a document or a person.
"""

from datetime import datetime

from pipeline.domain.controls import CHECKPOINT, DETECTORS, ControlReport, ControlStatus, mapped
from pipeline.domain.errors import NotFound
from pipeline.domain.identity.roles import Caller, Role
from pipeline.stores.audit.checkpoints import Checkpoints
from pipeline.stores.audit.search import AuditSearch
from pipeline.stores.ledger.overview import Overview
from pipeline.workspace import Workspace

_RUNS = 500
"""Newest runs in which the last one that scanned a document is looked for."""


def controls(
    workspace: Workspace, caller: Caller, framework: str = "", status: ControlStatus | None = None
) -> ControlReport:
    """The controls of a framework with a status, by default all. Raises `NotFound` for an unknown framework."""
    caller.require(Role.AUDITOR, Role.OPERATOR)
    return _report(workspace, framework, status, last_evidence(workspace))


def controls_without_home(
    workspace: Workspace, framework: str = "", status: ControlStatus | None = None
) -> ControlReport:
    """The same without live state: the map describes this version of Corpusgate, whatever home is used."""
    return _report(workspace, framework, status, None)


def last_evidence(workspace: Workspace) -> dict[str, datetime]:
    """The newest moment of each action of the audit log, of a checkpoint, and of a run that scanned a document."""
    last = AuditSearch(workspace.database).last_of_each_action()
    if (signed := Checkpoints(workspace.database).newest_moment()) is not None:
        last[CHECKPOINT] = signed
    overview = Overview(workspace.database)
    if (proof := overview.detection(overview.last_runs(_RUNS))) is not None:
        last[DETECTORS] = proof.at
    return last


def _report(
    workspace: Workspace, framework: str, status: ControlStatus | None, last: dict[str, datetime] | None
) -> ControlReport:
    found = workspace.home.control_map
    if framework and framework not in found.frameworks:
        raise NotFound("There is no such framework in the control map.", fix=f"One of: {', '.join(found.frameworks)}.")
    rows = found.selected(framework, status)
    return ControlReport(
        coverage=found.coverage(),
        controls=tuple(mapped(control, found.mechanisms, last or {}) for control in rows),
        asked_home=last is not None,
    )
