"""When each record that takes a document back is in force: the one place that says so, for the present and the past.

Invariants: at present a record counts as soon as it is committed and until it is lifted, whatever clocks say; only an
expiry is compared with the time (law 2). With `then`, a record counts from its own time on, and what was lifted, ended
or confirmed later is left out.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from pipeline.stores.tables import break_glass, erasures, revocations, submitted_documents, waivers

Moment = datetime | ColumnElement[datetime]
Time = ColumnElement[datetime]

_r, _e, _s, _w, _g = revocations.c, erasures.c, submitted_documents.c, waivers.c, break_glass.c


def revocation_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the row of `revocations` revokes."""
    return _between(_r.revoked_at, _r.lifted_at, at, then)


def erasure_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the row of `erasures` keeps its document away."""
    return _between(_e.erased_at, _e.allowed_at, at, then)


def withdrawal_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the document of the row of `submitted_documents` is withdrawn by its owner."""
    return _happened(_s.withdrawn_at, at, then)


def waiver_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the row of `waivers` is approved, not ended and not expired."""
    return and_(_w.approved_at.is_not(None), ~_happened(_w.ended_at, at, then), _w.expires_at > at)


def glass_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the emergency admission of the row of `break_glass` is not undone, and is confirmed or not expired."""
    confirmed = and_(_happened(_g.confirmed_at, at, then), _g.confirmed_at <= _g.expires_at)
    return and_(~_happened(_g.undone_at, at, then), or_(_g.expires_at > at, confirmed))


def _between(begin: Time, end: Time, at: Moment, then: bool) -> ColumnElement[bool]:
    return and_(_happened(begin, at, then), ~_happened(end, at, then))


def _happened(moment: Time, at: Moment, then: bool) -> ColumnElement[bool]:
    return and_(moment.is_not(None), moment <= at) if then else moment.is_not(None)
