"""The rules that keep a version from being served: which records do, which versions they name, and when they count.

The ledger asks these rules in SQL about live versions (`taken_back.py`). `stores/ledger/liveness.py` asks them about
any version and any moment, for the reason and the time.

Invariants: a rule stands in `RULES` and nowhere else. At present a record counts as soon as it is committed and until
it is lifted, whatever clocks say; only an expiry is compared with the time (law 2). With `then`, a record counts from
its own time on, and what was lifted, ended or confirmed later is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, and_, case, or_

from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.stores.tables import break_glass, erasures, revocations, sources, submitted_documents, waivers

Name = TypeVar("Name")
Keys = Iterable[tuple[Name | str, ...]]
Moment = datetime | ColumnElement[datetime]
Time = ColumnElement[datetime]

_r, _e, _s, _w, _g = revocations.c, erasures.c, submitted_documents.c, waivers.c, break_glass.c


@dataclass(frozen=True, slots=True)
class VersionStanding(Generic[Name]):
    """The parts of a version and of its verdict that rules look at: strings, or columns of a query."""

    version_id: Name
    doc_id: Name
    source: Name
    owner: Name
    submitter: Name
    runs: tuple[Name, ...]
    """The run that recorded the version, and the run of the verdict."""
    model_digest: Name | None
    verdict_id: Name | None = None
    """None for a verdict that is not in the ledger yet."""
    waivers: tuple[Name, ...] = ()
    """The waivers the verdict stands on: strings, or one subquery."""


class Condition(Protocol):
    """SQL about the row of a table at a moment; with `then` as it was at that moment."""

    def __call__(self, at: Moment, /, *, then: bool = False) -> ColumnElement[bool]: ...


class RecordKeys(Protocol):
    """The keys of records that reach a version: one value for each column of the key."""

    def __call__(self, standing: VersionStanding[Name], /) -> Keys[Name]: ...


@dataclass(frozen=True, eq=False)
class Rule:
    """One kind of record that keeps the versions it names from being served."""

    name: str
    key: tuple[ColumnElement[str], ...]
    """The columns by which a record names versions."""
    names: RecordKeys
    keeps_out: Condition
    since: Time | None
    """Since when a record that keeps versions out does so; None if only the audit log knows."""


def revocation_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the row of `revocations` revokes."""
    return _between(_r.revoked_at, _r.lifted_at, at, then)


def source_revoked(_at: Moment, /, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the source of the row of `sources` is revoked at present."""
    if then:
        raise ValueError("the register of sources holds the present only; the audit log knows the past")
    return sources.c.state == SourceState.REVOKED


def erasure_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the row of `erasures` keeps its document away."""
    return _between(_e.erased_at, _e.allowed_at, at, then)


def withdrawal_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the document of the row of `submitted_documents` is withdrawn by its owner."""
    return _happened(_s.withdrawn_at, at, then)


def waiver_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the row of `waivers` is approved, not ended and not expired."""
    return and_(_w.approved_at.is_not(None), ~_happened(_w.ended_at, at, then), _w.expires_at > at)


def waiver_over(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: no verdict may stand on the row of `waivers`."""
    return ~waiver_in_force(at, then=then)


def glass_in_force(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: the emergency admission of the row of `break_glass` is not undone, and is confirmed or not expired."""
    confirmed = and_(_happened(_g.confirmed_at, at, then), _g.confirmed_at <= _g.expires_at)
    return and_(~_happened(_g.undone_at, at, then), or_(_g.expires_at > at, confirmed))


def glass_over(at: Moment, *, then: bool = False) -> ColumnElement[bool]:
    """SQL: no verdict may stand on the row of `break_glass`."""
    return ~glass_in_force(at, then=then)


def revocable(standing: VersionStanding[Name]) -> Iterable[tuple[str, Name]]:
    """Everything about a version that a revocation can name: kind and subject."""
    yield RevocationKind.DOCUMENT.value, standing.doc_id
    yield RevocationKind.SOURCE.value, standing.source
    yield RevocationKind.OWNER.value, standing.owner
    yield RevocationKind.PRINCIPAL.value, standing.submitter
    for run in standing.runs:
        yield RevocationKind.RUN.value, run
    if standing.model_digest is not None:
        yield RevocationKind.MODEL.value, standing.model_digest


def _document(standing: VersionStanding[Name]) -> Keys[Name]:
    yield (standing.doc_id,)


def _source(standing: VersionStanding[Name]) -> Keys[Name]:
    yield (standing.source,)


def _verdict(standing: VersionStanding[Name]) -> Keys[Name]:
    if standing.verdict_id is not None:
        yield (standing.verdict_id,)


def _waivers(standing: VersionStanding[Name]) -> Keys[Name]:
    for waiver in standing.waivers:
        yield (waiver,)


def _between(begin: Time, end: Time, at: Moment, then: bool) -> ColumnElement[bool]:
    return and_(_happened(begin, at, then), ~_happened(end, at, then))


def _happened(moment: Time, at: Moment, then: bool) -> ColumnElement[bool]:
    return and_(moment.is_not(None), moment <= at) if then else moment.is_not(None)


_UNTIL_ENDED = case((_w.ended_at < _w.expires_at, _w.ended_at), else_=_w.expires_at)
_UNTIL_UNDONE = case(
    (or_(_g.confirmed_at <= _g.expires_at, _g.undone_at < _g.expires_at), _g.undone_at), else_=_g.expires_at
)

REVOKED = Rule("revoked", (_r.kind, _r.subject), revocable, revocation_in_force, _r.revoked_at)
SOURCE_REVOKED = Rule("source-revoked", (sources.c.name,), _source, source_revoked, None)
WAIVER_OVER = Rule("waiver-over", (_w.waiver_id,), _waivers, waiver_over, _UNTIL_ENDED)
GLASS_OVER = Rule("glass-over", (_g.verdict_id,), _verdict, glass_over, _UNTIL_UNDONE)
WITHDRAWN = Rule("withdrawn", (_s.doc_id,), _document, withdrawal_in_force, _s.withdrawn_at)
ERASED = Rule("erased", (_e.doc_id,), _document, erasure_in_force, _e.erased_at)
RULES = (REVOKED, SOURCE_REVOKED, WAIVER_OVER, GLASS_OVER, WITHDRAWN, ERASED)
"""Every rule, in the order in which reasons are given."""
