"""Searches over findings and verdicts on record.

Invariants: reads only. Pages are found by their place in the order (keyset), so a late page costs as much as the first.
No grants reach nothing. The column with the preview of a value is not read.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, exists, false, func, or_, select, true

from pipeline.domain.findings.findings import Severity
from pipeline.domain.findings.questions import CountBy, FindingCount, FindingQuestion, FoundDocument, FoundFinding
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant
from pipeline.stores.database import Database
from pipeline.stores.tables import (
    access_rules,
    documents,
    findings,
    verdict_waivers,
    verdicts,
    versions,
    waived_findings,
)

Conditions = list[ColumnElement[bool]]
FindingKey = tuple[str, str, int]
"""Document, verdict and position of a finding: its place in the order of lists."""
DocumentKey = tuple[str, str]
"""Document and verdict."""
_f, _d, _v, _n, _r = findings.c, documents.c, verdicts.c, versions.c, access_rules.c
_AT_ONCE = 500
"""Values in one condition: databases have limits."""
_WAIVED = exists().where(
    verdict_waivers.c.verdict_id == _f.verdict_id,
    waived_findings.c.waiver_id == verdict_waivers.c.waiver_id,
    waived_findings.c.fingerprint == _f.fingerprint,
    waived_findings.c.detector == _f.detector,
)
_OF_FINDING = [
    _f.kind, _f.entity, _f.severity, _f.confidence, _f.detector, _f.place, _f.line, _f.fingerprint, _f.lowered,
    _f.ordinal,
]  # fmt: skip
_OF_VERDICT = [
    _d.doc_id, _d.source, _n.owner, _n.access_digest, _v.action, _v.decided_at, _v.verdict_id,
    _v.detector_digest.label("detector_version"),
]  # fmt: skip
_FIELDS: Mapping[CountBy, ColumnElement[Any]] = {
    CountBy.KIND: _f.kind,
    CountBy.ENTITY: _f.entity,
    CountBy.SEVERITY: _f.severity,
    CountBy.DETECTOR: _f.detector,
    CountBy.VERDICT: _v.action,
    CountBy.RULE: cast(_v.rule_ids, Text),
    CountBy.SOURCE: _d.source,
    CountBy.OWNER: _n.owner,
    CountBy.CLASSIFICATION: _n.access_digest,
    CountBy.DETECTOR_VERSION: _v.detector_digest,
    CountBy.DAY: func.date(_v.decided_at),
}
_OF_VERSIONS = (CountBy.OWNER, CountBy.CLASSIFICATION)


class FindingSearch:
    """Findings and documents within grants."""

    def __init__(self, database: Database, grants: Iterable[Grant]) -> None:
        self._database, self._grants = database, tuple(grants)

    def findings(self, asked: FindingQuestion, after: FindingKey | None, size: int) -> list[FoundFinding]:
        """Up to `size` findings after that place, by document, verdict and position."""
        query = _joined(select(*_OF_VERDICT, *_OF_FINDING, _WAIVED.label("waived")), with_findings=True)
        if after is not None:
            doc_id, verdict_id, ordinal = after
            later = or_(_v.verdict_id > verdict_id, and_(_v.verdict_id == verdict_id, _f.ordinal > ordinal))
            query = query.where(_d.doc_id >= doc_id, or_(_d.doc_id > doc_id, later))
        query = query.order_by(_d.doc_id, _v.verdict_id, _f.ordinal).limit(size)
        with self._database.read() as connection:
            rules = classifications(connection)
            wanted = [*self._of_verdict(asked, rules), *_of_finding(asked)]
            return [
                FoundFinding(
                    **{key: value for key, value in row.items() if key != "access_digest"},
                    classification=rules[row["access_digest"]],
                )
                for row in connection.execute(query.where(*wanted)).mappings()
            ]

    def documents(self, asked: FindingQuestion, after: DocumentKey | None, size: int) -> list[FoundDocument]:
        """Up to `size` documents after that one and its verdict, by id."""
        query = _joined(select(*_OF_VERDICT, _v.rule_ids, _v.reasons, _d.live_version, _d.deleted_run))
        if after is not None:
            query = query.where(_d.doc_id >= after[0], or_(_d.doc_id > after[0], _v.verdict_id > after[1]))
        query = query.order_by(_d.doc_id, _v.verdict_id).limit(size)
        with self._database.read() as connection:
            rules = classifications(connection)
            rows = connection.execute(query.where(*self._of_document(asked, rules))).mappings().all()
            counted = kinds_of(connection, [row["verdict_id"] for row in rows])
        return [
            FoundDocument(
                doc_id=row["doc_id"],
                source=row["source"],
                owner=row["owner"],
                classification=rules[row["access_digest"]],
                action=row["action"],
                rules=row["rule_ids"],
                reasons=row["reasons"],
                decided_at=row["decided_at"],
                served=row["live_version"] is not None,
                deleted=row["deleted_run"] is not None,
                findings=counted.get(row["verdict_id"], {}),
                detector_version=row["detector_version"],
                verdict_id=row["verdict_id"],
            )
            for row in rows
        ]

    def counts(self, asked: FindingQuestion, by: CountBy) -> list[FindingCount]:
        """Findings and documents for each value of a field, the most documents first."""
        with_findings = by.of_findings or asked.asks_for_findings
        field, of_versions = _FIELDS[by], by in _OF_VERSIONS or self._asks_for_versions(asked)
        # Without older verdicts and findings each document is one row, and counting rows is quicker.
        each = func.count() if not (with_findings or asked.every_verdict) else func.count(_d.doc_id.distinct())
        query = _joined(select(field, func.count(), each), with_findings=with_findings, with_versions=of_versions)
        with self._database.read() as connection:
            rules = classifications(connection) if of_versions else {}
            wanted = [*self._of_verdict(asked, rules), *(_of_finding(asked) if with_findings else ())]
            rows = connection.execute(query.where(*wanted).group_by(field)).all()
        counted: dict[str, tuple[int, int]] = {}
        for raw, findings_, total in rows:
            for value in _values(by, raw, rules):
                number, of_documents = counted.get(value, (0, 0))
                counted[value] = number + findings_, of_documents + total
        found = [
            FindingCount(value=value, findings=number if with_findings else None, documents=of_documents)
            for value, (number, of_documents) in counted.items()
        ]
        return sorted(found, key=lambda one: (-one.documents, -(one.findings or 0), one.value))

    def _asks_for_versions(self, asked: FindingQuestion) -> bool:
        bounded = any(grant.classifications for grant in self._grants)
        return bounded or bool(asked.owner or asked.classification)

    def _of_document(self, asked: FindingQuestion, rules: Mapping[str, Classification]) -> Conditions:
        wanted = self._of_verdict(asked, rules)
        if asked.asks_for_findings:
            wanted.append(exists().where(_f.verdict_id == _v.verdict_id, *_of_finding(asked)))
        return wanted

    def _of_verdict(self, asked: FindingQuestion, rules: Mapping[str, Classification]) -> Conditions:
        wanted: Conditions = [within(self._grants, rules)]
        if not asked.every_verdict:
            wanted += [_d.latest_verdict == _v.verdict_id, _d.deleted_run.is_(None)]
        if asked.action is not None:
            wanted.append(_v.action == asked.action)
        if asked.rule:
            wanted.append(cast(_v.rule_ids, Text).contains(f'"{asked.rule}"', autoescape=True))
        if asked.source:
            wanted.append(_d.source == asked.source)
        if asked.owner:
            wanted.append(_n.owner == asked.owner)
        if asked.classification is not None:
            wanted.append(_classified(rules, [asked.classification]))
        if asked.since is not None:
            wanted.append(_v.decided_at >= asked.since)
        if asked.until is not None:
            wanted.append(_v.decided_at < asked.until)
        if asked.detector_version:
            wanted.append(_v.detector_digest.startswith(asked.detector_version))
        return wanted


def _joined(query: Select[Any], *, with_findings: bool = False, with_versions: bool = True) -> Select[Any]:
    joined = documents.join(verdicts, _v.doc_id == _d.doc_id)
    if with_versions:
        joined = joined.join(versions, _n.version_id == _v.version_id)
    if with_findings:
        joined = joined.join(findings, _f.verdict_id == _v.verdict_id)
    return query.select_from(joined)


def _of_finding(asked: FindingQuestion) -> Conditions:
    wanted: Conditions = []
    for column, value in ((_f.kind, asked.kind), (_f.entity, asked.entity), (_f.detector, asked.detector)):
        if value:
            wanted.append(column == value)
    if asked.severity is not None:
        wanted.append(_f.severity.in_([one for one in Severity if one.rank >= asked.severity.rank]))
    if asked.lowered is not None:
        wanted.append(_f.lowered.is_not(None) if asked.lowered else _f.lowered.is_(None))
    if asked.waived is not None:
        wanted.append(_WAIVED if asked.waived else ~_WAIVED)
        if asked.waived:  # few fingerprints, found by their index
            wanted.append(_f.fingerprint.in_(select(waived_findings.c.fingerprint)))
    if asked.missing_from:
        wanted += _missing(asked.missing_from)
    return wanted


def _missing(digest: str) -> Conditions:
    """That the version was judged with those detectors too, which did not find this there."""
    other, theirs = verdicts.alias("other"), findings.alias("theirs")
    again = (other.c.version_id == _v.version_id, other.c.detector_digest.startswith(digest))
    same = (
        theirs.c.verdict_id == other.c.verdict_id,
        theirs.c.fingerprint == _f.fingerprint,
        theirs.c.kind == _f.kind,
        theirs.c.entity == _f.entity,
        theirs.c.place == _f.place,
    )
    return [~_v.detector_digest.startswith(digest), exists().where(*again), ~exists().where(*again, *same)]


def classifications(connection: Connection) -> dict[str, Classification]:
    """By digest of an access rule."""
    rows = connection.execute(select(_r.digest, _r.rule))
    return {row.digest: Classification(row.rule["classification"]) for row in rows}


def _classified(rules: Mapping[str, Classification], which: Collection[Classification]) -> ColumnElement[bool]:
    return _n.access_digest.in_([digest for digest, one in rules.items() if one in which])


def within(grants: Iterable[Grant], rules: Mapping[str, Classification]) -> ColumnElement[bool]:
    """Documents that `grants` reach; for queries over documents and their versions. No grants reach nothing."""
    return or_(false(), *(_reaches(grant, rules) for grant in grants))


def _reaches(grant: Grant, rules: Mapping[str, Classification]) -> ColumnElement[bool]:
    by_source = _d.source.in_(grant.sources) if grant.sources else true()
    return and_(by_source, _classified(rules, grant.classifications) if grant.classifications else true())


def _values(by: CountBy, raw: Any, rules: Mapping[str, Classification]) -> list[str]:
    """The values of a field in words."""
    if by is CountBy.RULE:
        return [str(rule) for rule in json.loads(raw)]
    return [rules[raw].value if by is CountBy.CLASSIFICATION else str(raw)]


def kinds_of(connection: Connection, verdict_ids: list[str]) -> dict[str, dict[str, int]]:
    """Number of findings of each verdict, by kind."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for first in range(0, len(verdict_ids), _AT_ONCE):
        some = _f.verdict_id.in_(verdict_ids[first : first + _AT_ONCE])
        query = select(_f.verdict_id, _f.kind, func.count()).where(some).group_by(_f.verdict_id, _f.kind)
        for verdict_id, kind, count in connection.execute(query.order_by(_f.kind)):
            found[verdict_id][kind] = count
    return found
