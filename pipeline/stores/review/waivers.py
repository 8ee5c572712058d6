"""Waivers in the ledger: requests, approvals, and documents served because of a waiver.

Invariants: the findings of a waiver never change after the request. A document that is served because of a waiver is
no longer served from the moment the waiver ends or expires: each query asks the ledger. `drift` finds every document
whose latest verdict waived other findings than would be waived now, and no other, so unchanged waivers cost no scan
(law 7).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from pipeline.domain.documents.documents import Action, ChangeKind, Impact
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.errors import NotFound, UsageError
from pipeline.domain.findings.findings import Finding, FindingKind
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.persons import person
from pipeline.domain.policy.waivers import ActiveWaivers, WaivedFinding, Waiver
from pipeline.stores.tables import (
    access_rules,
    documents,
    findings,
    sources,
    verdict_waivers,
    verdicts,
    versions,
    waived_findings,
    waivers,
)
from pipeline.stores.takedown.rules import waiver_in_force

_w, _f, _d = waivers.c, findings.c, documents.c


def add(connection: Connection, waiver: Waiver) -> None:
    """Store what was asked for."""
    connection.execute(insert(waivers), waiver.model_dump(exclude={"findings"}))
    rows = [{"waiver_id": waiver.waiver_id, **finding.model_dump(mode="json")} for finding in waiver.findings]
    connection.execute(insert(waived_findings), rows)


def approve(connection: Connection, waiver_id: str, by: str, at: datetime) -> None:
    """Put a waiver into force."""
    connection.execute(update(waivers).where(_w.waiver_id == waiver_id).values(approved_by=by, approved_at=at))


def end(connection: Connection, waiver_id: str, by: str, reason: str, at: datetime) -> None:
    """Take a waiver out of force, or a request back."""
    ended = {"ended_by": by, "ended_at": at, "end_reason": reason}
    connection.execute(update(waivers).where(_w.waiver_id == waiver_id).values(**ended))


def find(connection: Connection, *conditions: ColumnElement[bool]) -> list[Waiver]:
    """Waivers that satisfy `conditions`, oldest first."""
    named: dict[str, list[WaivedFinding]] = {}
    t = waived_findings.c
    query = select(waived_findings).join(waivers).where(*conditions).order_by(t.scope, t.detector, t.fingerprint)
    for row in connection.execute(query).mappings():
        fields = {key: row[key] for key in WaivedFinding.model_fields}
        named.setdefault(row["waiver_id"], []).append(WaivedFinding(**fields))
    rows = connection.execute(select(waivers).where(*conditions).order_by(_w.asked_at, _w.waiver_id)).mappings()
    return [Waiver(**row, findings=tuple(named.get(row["waiver_id"], ()))) for row in rows]


def require(connection: Connection, name: str, seen: Callable[[list[Waiver]], list[Waiver]]) -> Waiver:
    """The waiver whose id is, or uniquely begins with, `name`, of those that are `seen`.

    Raises `NotFound` for none, and `UsageError` for several.
    """
    begins = func.substr(_w.waiver_id, 1, len(name)) == name
    found = seen(find(connection, begins)) if name else []
    fix = "`corpusgate waivers list --all` shows the ids."
    if not found:
        raise NotFound("There is no waiver that has this id or begins with it.", fix=fix)
    if len(found) > 1:
        raise UsageError("Several waivers begin so.", fix=fix)
    return found[0]


def active(connection: Connection, sources: Sequence[str], at: datetime) -> list[Waiver]:
    """Waivers of `sources` in force at `at`."""
    return find(connection, _w.source.in_(sources), waiver_in_force(at))


def pending(source: str, at: datetime) -> ColumnElement[bool]:
    """Waivers of `source` that wait for a second person at `at`."""
    return and_(_w.source == source, _w.approved_at.is_(None), _w.ended_at.is_(None), _w.expires_at > at)


def drift(connection: Connection, source: str, now: ActiveWaivers) -> dict[str, bool]:
    """Documents of `source` to be judged anew, each with whether what it serves has lapsed."""
    should: dict[str, set[str]] = {}
    for row in connection.execute(_recorded(source)):
        if waiver := now.covering(row.doc_id, (row.submitter, row.owner), row.detector, row.fingerprint):
            should.setdefault(row.doc_id, set()).add(waiver)
    does: dict[str, set[str]] = {}
    lapsed_documents = set()
    for row in connection.execute(_stands_on(source)):
        if row.latest_verdict == row.verdict_id:
            does.setdefault(row.doc_id, set()).add(row.waiver_id)
        if row.live_verdict == row.verdict_id and row.waiver_id not in now.ids:
            lapsed_documents.add(row.doc_id)
    changed = {doc_id for doc_id in should.keys() | does.keys() if should.get(doc_id) != does.get(doc_id)}
    return {doc_id: doc_id in lapsed_documents for doc_id in changed | lapsed_documents}


def newest_findings(connection: Connection, doc_id: str) -> list[Finding]:
    """What the latest verdict on a document has on record, in the order in which it is shown."""
    latest = documents.join(findings, _f.verdict_id == _d.latest_verdict)
    query = select(findings).select_from(latest).where(_d.doc_id == doc_id).order_by(_f.ordinal)
    return [_finding(row) for row in connection.execute(query).mappings()]


def authors(connection: Connection, waiver: Waiver) -> dict[str, str]:
    """Everybody who submitted or owns a document version in which a finding of the waiver is on record.

    Maps the person to one such document.
    """
    t = waived_findings.c
    query = (
        select(versions.c.submitter, versions.c.owner, func.min(versions.c.doc_id))
        .select_from(_named_on_record().join(versions, versions.c.version_id == verdicts.c.version_id))
        .where(t.waiver_id == waiver.waiver_id)
        .group_by(versions.c.submitter, versions.c.owner)
    )
    found: dict[str, str] = {}
    for submitter, owner, doc_id in connection.execute(query):
        found |= {submitter: doc_id, owner: doc_id}
    return found


def classifications(connection: Connection, found: Iterable[Waiver]) -> dict[str, set[Classification]]:
    """By waiver: classifications of every document version in which a finding of it is on record."""
    levels: dict[str, set[Classification]] = {waiver.waiver_id: set() for waiver in found}
    query = (
        select(waived_findings.c.waiver_id, access_rules.c.rule)
        .select_from(
            _named_on_record()
            .join(versions, versions.c.version_id == verdicts.c.version_id)
            .join(access_rules, access_rules.c.digest == versions.c.access_digest)
        )
        .where(waived_findings.c.waiver_id.in_(levels))
        .distinct()
    )
    for waiver_id, rule in connection.execute(query):
        levels[waiver_id].add(Classification(rule["classification"]))
    return levels


def classification_of(connection: Connection, doc_id: str) -> Classification:
    """The classification of the newest version of a document that the ledger knows."""
    query = (
        select(access_rules.c.rule)
        .select_from(documents.join(versions, versions.c.version_id == _d.latest_version).join(access_rules))
        .where(_d.doc_id == doc_id)
    )
    return Classification(connection.execute(query).scalar_one()["classification"])


def newest_authors(connection: Connection, doc_id: str) -> frozenset[str]:
    """The submitter and the owner of the newest version of a document; empty for a name that is not a document."""
    latest = documents.join(versions, versions.c.version_id == _d.latest_version)
    query = select(versions.c.submitter, versions.c.owner).select_from(latest).where(_d.doc_id == doc_id)
    return frozenset(name for row in connection.execute(query) for name in row)


def source_people(connection: Connection, source: str) -> dict[str, str]:
    """Who registered and who owns a source; each mapped to its name."""
    row = connection.execute(select(sources.c.registered_by, sources.c.owner).where(sources.c.name == source)).one()
    return dict.fromkeys(map(person, row), source)


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document that is kept out, with what was found in it."""

    doc_id: str
    provenance: Provenance
    authors: tuple[str, str]
    kind: ChangeKind
    impact: Impact | None
    bytes: int
    findings: tuple[Finding, ...]
    decided: Mapping[str, str]
    """The rules of the verdict, each with its reason."""


def held(connection: Connection, source: str, doc_id: str | None = None) -> Iterator[HeldDocument]:
    """Documents of `source`, or one of them, whose latest verdict is review or quarantine, by name."""
    kept_out: tuple[ColumnElement[bool], ...] = (
        _d.source == source,
        _d.deleted_run.is_(None),
        verdicts.c.action.in_([Action.REVIEW, Action.QUARANTINE]),
        *(() if doc_id is None else (_d.doc_id == doc_id,)),
    )
    latest = documents.join(verdicts, verdicts.c.verdict_id == _d.latest_verdict)
    seen: dict[str, list[Finding]] = {}
    query = select(findings).select_from(latest.join(findings)).where(*kept_out).order_by(_f.ordinal)
    for found in connection.execute(query).mappings():
        seen.setdefault(found["verdict_id"], []).append(_finding(found))
    query = (
        select(verdicts, versions.c.provenance, versions.c.submitter, versions.c.owner)
        .select_from(latest.join(versions, versions.c.version_id == _d.latest_version))
        .where(*kept_out)
        .order_by(_d.doc_id)
    )
    for row in connection.execute(query):
        yield HeldDocument(
            doc_id=row.doc_id,
            provenance=Provenance.model_validate_json(row.provenance),
            authors=(row.submitter, row.owner),
            kind=ChangeKind(row.kind),
            impact=None if row.impact is None else Impact.model_validate(row.impact),
            bytes=row.bytes,
            findings=tuple(seen.get(row.verdict_id, ())),
            decided=dict(zip(row.rule_ids, row.reasons, strict=False)),
        )


def _finding(row: RowMapping) -> Finding:
    return Finding(**{key: row[key] for key in Finding.model_fields})


def _named_on_record() -> Any:
    """Findings on record that some waiver names, with the verdict and the document they are of."""
    t = waived_findings.c
    same = and_(_f.fingerprint == t.fingerprint, _f.detector == t.detector, _f.kind != FindingKind.SCAN_FAILED)
    in_scope = and_(_d.doc_id == verdicts.c.doc_id, or_(t.scope == _d.doc_id, t.scope == _d.source))
    return waivers.join(waived_findings).join(findings, same).join(verdicts).join(documents, in_scope)


def _recorded(source: str) -> Select[Any]:
    """What latest verdicts saw of what waivers name."""
    latest = and_(versions.c.version_id == _d.latest_version, verdicts.c.verdict_id == _d.latest_verdict)
    return (
        select(_d.doc_id, versions.c.submitter, versions.c.owner, _f.detector, _f.fingerprint)
        .select_from(_named_on_record().join(versions, latest))
        .where(_w.source == source, _d.deleted_run.is_(None))
        .distinct()
    )


def _stands_on(source: str) -> Select[Any]:
    """The waivers that latest and live verdicts stand on."""
    stands_on = waivers.join(verdict_waivers).join(verdicts).join(documents, _d.doc_id == verdicts.c.doc_id)
    return (
        select(_d.doc_id, _d.latest_verdict, _d.live_verdict, verdict_waivers.c.verdict_id, verdict_waivers.c.waiver_id)
        .select_from(stands_on)
        .where(_w.source == source, _d.deleted_run.is_(None))
    )
