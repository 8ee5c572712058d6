"""Reasons why a document version must not be served at some moment, whatever a generation holds.

The searcher asks the ledger only whether a version is live now (`Ledger.live_versions`). This answers for any moment,
with the rule and since when, and for versions a publication is about to make live.

Invariants: a served version is kept from answers only by a revocation, a revoked source, an ended waiver or
break-glass that it needs, a withdrawal by its owner, or its erasure. Only what was recorded by that moment counts: a
revocation lifted later was in force then, a verdict given later was not.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, select

from pipeline.domain.audit import timestamp
from pipeline.domain.documents.documents import SERVED, Outcome
from pipeline.domain.documents.provenance import Provenance, source_of
from pipeline.domain.identity.persons import person
from pipeline.domain.serving.publication import serves
from pipeline.stores.tables import audit_log as audit_entries
from pipeline.stores.tables import verdict_waivers, verdicts, versions
from pipeline.stores.takedown.rules import RULES, Rule, VersionStanding

Key = tuple[str, ...]
SLICE = 5_000
_STOPS, _STARTS = "source.revoked", ("source.approved", "source.narrowed", "source.released")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why a version is not to be served."""

    rule: str
    """`revoked`, `source-revoked`, `waiver-over`, `glass-over`, `withdrawn` or `erased`."""
    subject: str
    """What the record names: `document`, `owner` and so on with its name, or the id of a waiver or verdict."""
    since: datetime | None


def standings(connection: Connection, version_ids: Collection[str], at: datetime) -> dict[str, VersionStanding[str]]:
    """What was on record at `at` about each version; versions the ledger does not know are left out."""
    wanted, found = list(version_ids), dict[str, VersionStanding[str]]()
    for start in range(0, len(wanted), SLICE):
        found.update(_standings(connection, wanted[start : start + SLICE], at))
    return found


def to_be(outcomes: Iterable[Outcome], run_id: str) -> dict[str, VersionStanding[str]]:
    """Versions that a publication of `outcomes` by that run is about to make live, by version id."""
    found = {}
    for outcome in outcomes:
        if serves(outcome) and outcome.tagged is not None and outcome.verdict is not None:
            provenance = outcome.tagged.provenance
            found[outcome.version_id] = VersionStanding(
                version_id=outcome.version_id,
                doc_id=outcome.doc_id,
                source=outcome.tagged.ref.source,
                owner=person(provenance.owner),
                submitter=person(provenance.submitter),
                runs=tuple(sorted({provenance.run_id, run_id})),
                model_digest=outcome.verdict.binding.model_digest,
                waivers=tuple(sorted(outcome.verdict.waivers)),
            )
    return found


def of_version(doc_id: str, version_id: str, provenance: Provenance) -> VersionStanding[str]:
    """Everything that takedowns can name of a version, whatever was or will be decided about it."""
    return VersionStanding(
        version_id=version_id,
        doc_id=doc_id,
        source=source_of(doc_id),
        owner=person(provenance.owner),
        submitter=person(provenance.submitter),
        runs=(provenance.run_id,),
        model_digest=None,
    )


def obstacles(
    connection: Connection, subjects: Iterable[VersionStanding[str]], at: datetime
) -> dict[str, list[Obstacle]]:
    """By version id, everything that kept it from being served at `at`; versions without an obstacle are left out."""
    standings = tuple(subjects)
    found: dict[str, list[Obstacle]] = {}
    for rule in RULES:
        records = _records(connection, rule, {key for one in standings for key in rule.names(one)}, at)
        for one in standings if records else ():
            for key in rule.names(one):
                if key in records:
                    found.setdefault(one.version_id, []).append(Obstacle(rule.name, " ".join(key), records[key]))
    return found


def _standings(connection: Connection, wanted: list[str], at: datetime) -> Iterable[tuple[str, VersionStanding[str]]]:
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
        .where(v.version_id.in_(wanted), d.action.in_(SERVED), d.decided_at <= at)
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
                runs=tuple(sorted({row.first_run, row.run_id})),
                model_digest=row.model_digest,
                verdict_id=row.verdict_id,
                waivers=tuple(sorted(stood_on.get(row.verdict_id, ()))),
            ),
        )


def _records(connection: Connection, rule: Rule, keys: Collection[Key], at: datetime) -> dict[Key, datetime]:
    """Records of a rule that kept versions out at `at`, by what they name, with since when."""
    if rule.since is None:
        return _revoked_sources(connection, {name for (name,) in keys}, at)
    query = select(*rule.key, rule.since).where(rule.keeps_out(at, then=True))
    if len(keys) <= SLICE:  # reading every record costs less than naming more
        query = query.where(rule.key[-1].in_({key[-1] for key in keys}))
    return {tuple(key): since for *key, since in connection.execute(query)}


def _revoked_sources(connection: Connection, names: Collection[str], at: datetime) -> dict[Key, datetime]:
    """Sources that were revoked at `at`, from the audit log: the register holds only what is so now."""
    a, action = audit_entries.c, audit_entries.c.action
    query = (
        select(a.subject, a.action, a.at)
        .where(
            a.subject.in_(names),
            action.in_([_STOPS, *_STARTS]),
            a.at <= timestamp(at),
        )
        .order_by(a.seq)
    )
    since: dict[Key, datetime] = {}
    for row in connection.execute(query):
        if row.action == _STOPS:
            since[row.subject,] = datetime.fromisoformat(row.at)
        else:
            since.pop((row.subject,), None)
    return since


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
