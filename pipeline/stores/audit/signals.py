"""Figures of a signals report from the audit log: drills, states of sources, decisions, failed runs, deletions.

Tables hold the state of today, and some rows are overwritten: a run that is started again forgets that it failed, a
second decision of a reviewer replaces the first. The audit log forgets nothing, so a report over a past period is the
same whenever it is asked for. Invariant: reads only.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from pipeline.domain.audit import timestamp
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.signals.report import LastDrill
from pipeline.domain.signals.source_states import STATE_CHANGES, state_after
from pipeline.stores.audit.log import written_name
from pipeline.stores.tables import audit_log

FINISHED = "drill.finished"
_DRILL, _PAST_DRILLS = "drill:", "drill;"
"""The bounds of the subjects of drills in the order of the index."""
_RUN_FAILED, _DELETED = "run.failed", "document.deleted"
_APPROVALS, _REFUSALS = ("review.approve", "review.redact"), ("review.reject", "review.quarantine")
_SLICE = 500
_a = audit_log.c


class PastActs(NamedTuple):
    """Acts before a moment whose rows in other tables can be overwritten later."""

    decided: dict[str, datetime]
    """By review item: when people last decided it, with enough approvals or one refusal."""
    failed: tuple[tuple[datetime, str], ...]
    """Each time that a run failed, with the reason."""


def last_drills(connection: Connection, before: datetime) -> tuple[LastDrill, ...]:
    """The newest drill of each name, by name."""
    query = select(_a.subject, _a.at, _a.details).where(
        _a.subject >= _DRILL, _a.subject < _PAST_DRILLS, _a.action == FINISHED, _a.at < timestamp(before)
    )
    last = {
        subject: LastDrill(
            drill=subject.removeprefix(_DRILL), at=datetime.fromisoformat(at), passed=json.loads(details)["passed"]
        )
        for subject, at, details in connection.execute(query.order_by(_a.seq))
    }
    return tuple(last[subject] for subject in sorted(last))


def past_acts(connection: Connection, before: datetime) -> PastActs:
    """Decisions of reviewers and failures of runs before a moment, in one pass over the log."""
    decided: dict[str, datetime] = {}
    failed: list[tuple[datetime, str]] = []
    wanted = (*_APPROVALS, *_REFUSALS, _RUN_FAILED)
    query = select(_a.action, _a.at, _a.details).where(_a.action.in_(wanted), _a.at < timestamp(before))
    for action, at, details in connection.execute(query.order_by(_a.seq)):
        fields, moment = json.loads(details), datetime.fromisoformat(at)
        if action == _RUN_FAILED:
            failed.append((moment, fields["reason"]))
        elif action in _REFUSALS or fields["approvals"] >= fields["required"]:
            decided[fields["item_id"]] = moment
    return PastActs(decided, tuple(failed))


def source_states(connection: Connection, before: datetime) -> dict[str, SourceState]:
    """The state that each source had at a moment; without those that were registered later."""
    actions: defaultdict[str, list[str]] = defaultdict(list)
    query = select(_a.subject, _a.action).where(_a.action.in_(STATE_CHANGES), _a.at < timestamp(before))
    for subject, action in connection.execute(query.order_by(_a.seq)):
        actions[subject].append(action)
    return {name: state for name, done in sorted(actions.items()) if (state := state_after(done)) is not None}


def deletions(connection: Connection, doc_ids: Collection[str], before: datetime) -> Iterator[tuple[str, datetime]]:
    """Documents among those given that left their source before a moment, with the time; a document can come back."""
    written = {written_name(doc_id): doc_id for doc_id in doc_ids}
    names = sorted(written)
    for start in range(0, len(names), _SLICE):
        query = select(_a.subject, _a.at).where(
            _a.subject.in_(names[start : start + _SLICE]), _a.action == _DELETED, _a.at < timestamp(before)
        )
        for subject, at in connection.execute(query):
            yield written[subject], datetime.fromisoformat(at)
