"""Drills for a signals report, from the audit log.

Invariant: reads only, by the index over subjects.
"""

import json
from datetime import datetime

from sqlalchemy import Connection, select

from pipeline.domain.audit import timestamp
from pipeline.domain.signals.report import LastDrill
from pipeline.stores.tables import audit_log

FINISHED = "drill.finished"
_DRILL, _PAST_DRILLS = "drill:", "drill;"
"""The bounds of the subjects of drills in the order of the index."""
_a = audit_log.c


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
