"""Reasons why a document version must not be served at some moment, whatever a generation holds.

The searcher asks the ledger only whether a version is live now (`Ledger.live_versions`). This answers for any moment,
with the rule and since when, and for versions a publication is about to make live.

Invariants: a served version is kept from answers only by a revocation, a revoked source, an ended waiver or
break-glass that it needs, a withdrawal by its owner, or its erasure. Only what was recorded by that moment counts: a
revocation lifted later was in force then, a verdict given later was not.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.identity.persons import person
from pipeline.domain.serving.publication import Publication, serves
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.stores.audit import log as audit_log
from pipeline.stores.tables import audit_log as audit_entries
from pipeline.stores.tables import (
    break_glass,
    erasures,
    revocations,
    submitted_documents,
    verdict_waivers,
    verdicts,
    versions,
    waivers,
)
from pipeline.stores.takedown.rules import (
    erasure_in_force,
    glass_in_force,
    revocation_in_force,
    waiver_in_force,
    withdrawal_in_force,
)

SLICE = 5_000
_STOPS, _STARTS = "source.revoked", ("source.approved", "source.narrowed", "source.released")


@dataclass(frozen=True, slots=True)
class VersionStanding:
    """What the rules look at in a version and in the verdict it is served by."""

    version_id: str
    doc_id: str
    source: str
    owner: str
    submitter: str
    run_ids: frozenset[str]
    model_digest: str | None
    verdict_id: str | None = None
    waivers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why a version is not to be served."""

    rule: str
    """`revoked`, `source-revoked`, `waiver-over`, `glass-over`, `withdrawn` or `erased`."""
    subject: str
    """What the rule is about: `document`, `owner` and so on with its name, or the id of the waiver."""
    since: datetime | None


def standings(connection: Connection, version_ids: Collection[str], at: datetime) -> dict[str, VersionStanding]:
    """What was on record at `at` about each version; versions the ledger does not know are left out."""
    wanted, found = list(version_ids), dict[str, VersionStanding]()
    for start in range(0, len(wanted), SLICE):
        found.update(_standings(connection, wanted[start : start + SLICE], at))
    return found


def to_be(publication: Publication) -> dict[str, VersionStanding]:
    """What a publication is about to make live, by version id."""
    found = {}
    for outcome in publication.outcomes:
        if serves(outcome) and outcome.tagged is not None and outcome.verdict is not None:
            provenance = outcome.tagged.provenance
            found[outcome.version_id] = VersionStanding(
                version_id=outcome.version_id,
                doc_id=outcome.doc_id,
                source=outcome.tagged.ref.source,
                owner=person(provenance.owner),
                submitter=person(provenance.submitter),
                run_ids=frozenset((provenance.run_id, publication.summary.run_id)),
                model_digest=outcome.verdict.binding.model_digest,
                waivers=frozenset(outcome.verdict.waivers),
            )
    return found


def obstacles(connection: Connection, subjects: Iterable[VersionStanding], at: datetime) -> dict[str, list[Obstacle]]:
    """By version id, everything that kept it from being served at `at`; versions without an obstacle are left out."""
    known = {one.version_id: one for one in subjects}
    found: dict[str, list[Obstacle]] = {}
    revoked = _revoked(connection, at)
    stopped = _revoked_sources(connection, {one.source for one in known.values()}, at)
    over = _waivers_over(connection, {waiver for one in known.values() for waiver in one.waivers}, at)
    glass = _glass_over(connection, {one.verdict_id for one in known.values() if one.verdict_id}, at)
    withdrawn = _withdrawn(connection, {one.doc_id for one in known.values()}, at)
    gone = _erased(connection, {one.doc_id for one in known.values()}, at)
    for version_id, one in known.items():
        reasons = [
            Obstacle("revoked", f"{kind} {subject}", revoked[kind, subject])
            for kind, subject in _names(one)
            if (kind, subject) in revoked
        ]
        if one.source in stopped:
            reasons.append(Obstacle("source-revoked", one.source, stopped[one.source]))
        reasons += [Obstacle("waiver-over", waiver, over[waiver]) for waiver in sorted(one.waivers & over.keys())]
        if one.verdict_id in glass:
            reasons.append(Obstacle("glass-over", one.doc_id, glass[one.verdict_id]))
        if one.doc_id in withdrawn:
            reasons.append(Obstacle("withdrawn", one.doc_id, withdrawn[one.doc_id]))
        if one.doc_id in gone:
            reasons.append(Obstacle("erased", one.doc_id, gone[one.doc_id]))
        if reasons:
            found[version_id] = reasons
    return found


def _standings(connection: Connection, wanted: list[str], at: datetime) -> Iterable[tuple[str, VersionStanding]]:
    v, d = versions.c, verdicts.c
    by_verdict = (
        select(
            v.version_id,
            v.doc_id,
            v.owner,
            v.submitter,
            v.run_id.label("first_run"),
            d.verdict_id,
            d.run_id,
            d.model_digest,
            d.decided_at,
        )
        .join(verdicts, d.version_id == v.version_id)
        .where(v.version_id.in_(wanted), d.action.in_([Action.ADMIT, Action.REDACT]), d.decided_at <= at)
        .order_by(v.version_id, d.decided_at.desc(), d.verdict_id)
    )
    newest = [next(rows) for _, rows in groupby(connection.execute(by_verdict).all(), lambda row: row.version_id)]
    stood_on: dict[str, set[str]] = {}
    used = select(verdict_waivers).where(verdict_waivers.c.verdict_id.in_([row.verdict_id for row in newest]))
    for verdict_id, waiver_id in connection.execute(used):
        stood_on.setdefault(verdict_id, set()).add(waiver_id)
    for row in newest:
        yield (
            row.version_id,
            VersionStanding(
                version_id=row.version_id,
                doc_id=row.doc_id,
                source=source_of(row.doc_id),
                owner=row.owner,
                submitter=row.submitter,
                run_ids=frozenset((row.first_run, row.run_id)),
                model_digest=row.model_digest,
                verdict_id=row.verdict_id,
                waivers=frozenset(stood_on.get(row.verdict_id, ())),
            ),
        )


def _names(one: VersionStanding) -> list[tuple[str, str]]:
    named = [
        (RevocationKind.DOCUMENT, one.doc_id),
        (RevocationKind.SOURCE, one.source),
        (RevocationKind.OWNER, one.owner),
        (RevocationKind.PRINCIPAL, one.submitter),
        *((RevocationKind.RUN, run_id) for run_id in sorted(one.run_ids)),
        (RevocationKind.MODEL, one.model_digest or ""),
    ]
    return [(kind.value, subject) for kind, subject in named]


def _revoked(connection: Connection, at: datetime) -> Mapping[tuple[str, str], datetime]:
    r = revocations.c
    query = select(r.kind, r.subject, r.revoked_at).where(revocation_in_force(at, then=True))
    return {(row.kind, row.subject): row.revoked_at for row in connection.execute(query)}


def _revoked_sources(connection: Connection, names: Collection[str], at: datetime) -> dict[str, datetime]:
    """Sources that were revoked at `at`, from the audit log: the register holds only what is so now."""
    # Of a source never revoked, most of all there are, the audit log need not be asked.
    a, action = audit_entries.c, audit_entries.c.action
    query = (
        select(a.subject, a.action, a.at)
        .where(a.subject.in_(sorted(names)), action.in_([_STOPS, *_STARTS]), a.at <= audit_log.timestamp(at))
        .order_by(a.seq)
    )
    since: dict[str, datetime] = {}
    for row in connection.execute(query):
        if row.action == _STOPS:
            since[row.subject] = datetime.fromisoformat(row.at)
        else:
            since.pop(row.subject, None)
    return since


def _waivers_over(connection: Connection, ids: Collection[str], at: datetime) -> dict[str, datetime]:
    w = waivers.c
    over = w.waiver_id.in_(sorted(ids)), ~waiver_in_force(at, then=True)
    rows: Any = connection.execute(select(w.waiver_id, w.expires_at, w.ended_at).where(*over))
    return {row.waiver_id: min(row.expires_at, row.ended_at or row.expires_at) for row in rows}


def _glass_over(connection: Connection, verdict_ids: Collection[str], at: datetime) -> dict[str, datetime]:
    """Verdicts that stood on broken glass which nobody confirmed in time, or which was undone."""
    g = break_glass.c
    over: dict[str, datetime] = {}
    rows = connection.execute(
        select(break_glass).where(g.verdict_id.in_(sorted(verdict_ids)), ~glass_in_force(at, then=True))
    )
    for row in rows:
        kept = row.confirmed_at is not None and row.confirmed_at <= min(row.expires_at, at)
        over[row.verdict_id] = min(end for end in (row.undone_at, None if kept else row.expires_at) if end is not None)
    return over


def _withdrawn(connection: Connection, doc_ids: Collection[str], at: datetime) -> dict[str, datetime]:
    s = submitted_documents.c
    query = select(s.doc_id, s.withdrawn_at).where(s.doc_id.in_(sorted(doc_ids)), withdrawal_in_force(at, then=True))
    return {row.doc_id: row.withdrawn_at for row in connection.execute(query)}


def _erased(connection: Connection, doc_ids: Collection[str], at: datetime) -> dict[str, datetime]:
    e = erasures.c
    query = select(e.doc_id, e.erased_at).where(e.doc_id.in_(sorted(doc_ids)), erasure_in_force(at, then=True))
    return {row.doc_id: row.erased_at for row in connection.execute(query)}


def in_words(obstacle: Obstacle) -> str:
    """Why a version is not served, for a person."""
    since = f" since {obstacle.since:%Y-%m-%d %H:%M:%S} UTC" if obstacle.since else ""
    match obstacle.rule:
        case "revoked":
            return f"revoked by {obstacle.subject}{since}"
        case "source-revoked":
            return f"not live: its source {obstacle.subject} is revoked{since}"
        case "waiver-over":
            return f"not live: waiver {obstacle.subject}, which it stands on, is over{since}"
        case "glass-over":
            return f"not live: its emergency admission is over{since}"
        case "withdrawn":
            return f"not live: withdrawn by its owner{since}"
        case _:
            return f"{obstacle.rule}{since}"
