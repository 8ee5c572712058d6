"""Everything that the ledger recorded about a document, to explain why it is served or not.

Invariant: provenance is checked against the digest it was recorded with before it is shown.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import SERVED, Binding, ChangeKind, Impact, Verdict
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.documents.pseudonyms import possible_names
from pipeline.domain.errors import IntegrityError, NotFound, UsageError
from pipeline.domain.findings.findings import Finding
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.review.items import ReviewItem
from pipeline.stores.review import queue as review_queue
from pipeline.stores.tables import (
    access_rules,
    documents,
    findings,
    review_items,
    verdict_waivers,
    verdicts,
    versions,
)

_OWNERS = select(versions.c.version_id, versions.c.owner).where(
    versions.c.version_id.in_(bindparam("wanted", expanding=True))
)


class VerdictRecord(Frozen):
    """One decision about a version, as it was made."""

    run_id: str
    decided_at: datetime
    kind: ChangeKind
    verdict: Verdict
    impact: Impact | None
    findings: tuple[Finding, ...]
    text_digest: str | None
    served_digest: str | None
    extractor: str | None
    renamed_from: str | None
    rescan: bool
    chunks: int
    bytes: int


class VersionRecord(Frozen):
    """One version of a document: where it came from and what was decided about it."""

    version_id: str
    doc_id: str
    provenance: Provenance
    provenance_digest: str
    recorded_at: datetime
    live: bool
    verdicts: tuple[VerdictRecord, ...]
    """Oldest first; the last one holds."""
    reviews: tuple[ReviewItem, ...]


class DocumentHistory(Frozen):
    """A document with all its versions, oldest first."""

    doc_id: str
    source: str
    latest_version: str
    live_version: str | None
    deleted_by_run: str | None
    versions: tuple[VersionRecord, ...]


def document_history(connection: Connection, doc_id: str) -> DocumentHistory:
    """Everything recorded about `doc_id`."""
    row = connection.execute(select(documents).where(documents.c.doc_id == doc_id)).first()
    if row is None:
        raise _unknown()
    query = select(versions.c.version_id).where(versions.c.doc_id == doc_id)
    ids = connection.execute(query.order_by(versions.c.recorded_at, versions.c.version_id)).scalars().all()
    return DocumentHistory(
        doc_id=doc_id,
        source=row.source,
        latest_version=row.latest_version,
        live_version=row.live_version,
        deleted_by_run=row.deleted_run,
        versions=tuple(version(connection, one) for one in ids),
    )


def owners(connection: Connection, version_ids: Collection[str]) -> dict[str, str]:
    """Who is responsible for these versions; what the ledger does not know is left out."""
    return {row.version_id: row.owner for row in connection.execute(_OWNERS, {"wanted": sorted(version_ids)})}


def provenances(connection: Connection, version_ids: Collection[str]) -> dict[str, Provenance]:
    """Where these versions come from; what the ledger does not know is left out."""
    v = versions.c
    query = select(v.version_id, v.provenance, v.provenance_digest).where(v.version_id.in_(version_ids))
    return {row.version_id: _provenance(row) for row in connection.execute(query)}


def version(connection: Connection, version_id: str) -> VersionRecord:
    """One version with its provenance and verdicts."""
    query = (
        select(versions, documents.c.live_version)
        .join(documents, documents.c.doc_id == versions.c.doc_id)
        .where(versions.c.version_id == version_id)
    )
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("The ledger knows no such document version.", fix="`corpusgate explain DOC` lists versions.")
    return VersionRecord(
        version_id=version_id,
        doc_id=row.doc_id,
        provenance=_provenance(row),
        provenance_digest=row.provenance_digest,
        recorded_at=row.recorded_at,
        live=row.live_version == version_id,
        verdicts=tuple(_verdicts(connection, version_id, row.content_digest, row.access_digest)),
        reviews=tuple(review_queue.find(connection, review_items.c.version_id == version_id)),
    )


def _provenance(row: Row[*tuple[Any, ...]]) -> Provenance:
    if digest_text(row.provenance) != row.provenance_digest:
        raise IntegrityError(
            f"The provenance of version {row.version_id} is not what was recorded.",
            done="It is not shown.",
            fix="Run `corpusgate audit verify` and compare the ledger with a backup.",
        )
    return Provenance.model_validate_json(row.provenance)


def verdict_of_item(connection: Connection, item: ReviewItem) -> VerdictRecord:
    """The newest verdict that asked for a person, under the digests the item is bound to."""
    record = version(connection, item.version_id)
    asked = [one for one in record.verdicts if not item.binding or one.verdict.binding.digest == item.binding]
    return (asked or record.verdicts)[-1]


def admitted_at(connection: Connection, doc_id: str, at: datetime) -> tuple[str, AccessRule] | None:
    """The version of `doc_id` that was admitted last at `at`, and its access rule; None if there was none."""
    query = (
        select(versions.c.version_id, access_rules.c.rule)
        .join(verdicts, verdicts.c.version_id == versions.c.version_id)
        .join(access_rules, access_rules.c.digest == versions.c.access_digest)
        .where(versions.c.doc_id == doc_id, verdicts.c.decided_at <= at)
        .where(verdicts.c.action.in_(SERVED))
        .order_by(verdicts.c.decided_at.desc(), verdicts.c.verdict_id)
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else (row.version_id, AccessRule.model_validate(row.rule))


def live_verdict(connection: Connection, doc_id: str) -> VerdictRecord | None:
    """The verdict under which `doc_id` is served."""
    query = select(verdicts.c.version_id, verdicts.c.run_id).join(
        documents, documents.c.live_verdict == verdicts.c.verdict_id
    )
    row = connection.execute(query.where(documents.c.doc_id == doc_id)).first()
    if row is None:
        return None
    return next(one for one in version(connection, row.version_id).verdicts if one.run_id == row.run_id)


def live_version(connection: Connection, doc_id: str) -> str | None:
    """The version of `doc_id` that the ledger says is served."""
    served: str | None = connection.execute(
        select(documents.c.live_version).where(documents.c.doc_id == doc_id)
    ).scalar()
    return served


def resolve_document(connection: Connection, name: str, key: Callable[[], bytes] | None = None) -> str:
    """The doc_id that is, or uniquely ends with, `name`; with `key` also one whose pseudonyms stand for parts of it.

    Raises:
        NotFound: There is none.
        UsageError: There are several.

    """
    found = _named(connection, name)
    if not found and name and key is not None:
        source = name[: name.find(":") + 1]
        spelled = (source + one for one in possible_names(key(), name.removeprefix(source)))
        found = next(filter(None, (_named(connection, one) for one in spelled)), [])
    if not found:
        raise _unknown()
    if len(found) > 1:
        more = " and more" if len(found) > 5 else ""
        raise UsageError(
            f"Several documents end with {name}: {', '.join(found[:5])}{more}.", fix="Give more of the name."
        )
    return found[0]


def _named(connection: Connection, name: str) -> list[str]:
    """The document of that name, else the first that end so."""
    column = documents.c.doc_id
    exact = connection.execute(select(column).where(column == name)).scalar()
    if exact is not None or not name:
        return [str(exact)] if name else []
    ends = func.substr(column, func.length(column) - len(name) + 1, len(name)) == name
    return list(connection.execute(select(column).where(ends).order_by(column).limit(6)).scalars())


def _verdicts(connection: Connection, version_id: str, content: str, access: str) -> list[VerdictRecord]:
    seen: dict[str, list[Finding]] = {}
    query = select(findings).join(verdicts).where(verdicts.c.version_id == version_id)
    for row in connection.execute(query.order_by(findings.c.ordinal)).mappings():
        seen.setdefault(row["verdict_id"], []).append(Finding(**{key: row[key] for key in Finding.model_fields}))
    waived: dict[str, list[str]] = {}
    by_waiver = select(verdict_waivers).join(verdicts).where(verdicts.c.version_id == version_id)
    for verdict_id, waiver_id in connection.execute(by_waiver.order_by(verdict_waivers.c.waiver_id)):
        waived.setdefault(verdict_id, []).append(waiver_id)
    query = select(verdicts).where(verdicts.c.version_id == version_id)
    return [
        VerdictRecord(
            verdict=Verdict(
                action=row["action"],
                rule_ids=row["rule_ids"],
                reasons=row["reasons"],
                tags=row["tags"],
                content_digest=content,
                access_digest=access,
                binding=Binding(**{key: row[key] for key in Binding.model_fields}),
                waivers=tuple(waived.get(row["verdict_id"], ())),
            ),
            findings=tuple(seen.get(row["verdict_id"], ())),
            **{key: row[key] for key in VerdictRecord.model_fields if key not in ("verdict", "findings")},
        )
        for row in connection.execute(query.order_by(verdicts.c.decided_at, verdicts.c.verdict_id)).mappings()
    ]


def _unknown() -> NotFound:
    return NotFound("The ledger knows no document of that name.", fix="Give its full name, or the end of it.")
