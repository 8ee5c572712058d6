"""Everything that keeps a live version from being served, as one condition (laws 2 and 10).

Invariants: the ledger asks this at query time, and a rollback asks it before it brings a version back. When a record
counts is said in `rules.py`, for this and for `stores/ledger/liveness.py`, which names the reason and the time.
"""

from sqlalchemy import ColumnElement, or_

from pipeline.domain.documents.provenance import SourceState
from pipeline.stores.review.break_glass import glass_over
from pipeline.stores.review.waivers import lapsed
from pipeline.stores.submissions.submissions import withdrawn
from pipeline.stores.tables import documents, sources
from pipeline.stores.takedown.erasures import erased
from pipeline.stores.takedown.revocations import revoked
from pipeline.stores.takedown.rules import Moment

LIVE_VERDICT = documents.c.live_verdict


def out_of_time(at: Moment, verdict: ColumnElement[str] = LIVE_VERDICT) -> ColumnElement[bool]:
    """SQL: what the verdict stands on, a waiver or an emergency admission, is over at `at`."""
    return or_(lapsed(at, verdict), glass_over(at, verdict))


def taken_back(at: Moment, verdict: ColumnElement[str] = LIVE_VERDICT) -> ColumnElement[bool]:
    """SQL: something keeps the version at hand from being served at `at`.

    Expects `documents`, `versions`, `verdicts` and `sources` joined on one version and the verdict it is served by.
    """
    kept_out = revoked(at), erased(at), withdrawn(at), out_of_time(at, verdict)
    return or_(sources.c.state == SourceState.REVOKED, *kept_out)
