"""Decided documents, for the comparison with listings and arrivals.

Invariants: reading 100,000 documents keeps one page in memory. A document that was deleted is unknown to a run; a
stream still knows its last version, so that a late older version does not bring it back.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, select, update

from pipeline.domain.documents.documents import DocumentRef, KnownVersion, LastSeen
from pipeline.domain.documents.provenance import Provenance, source_of
from pipeline.domain.documents.served import marks_of
from pipeline.domain.errors import LedgerError, NotFound
from pipeline.domain.findings.findings import Place
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.review.items import ItemKind, ItemState, ReviewItem
from pipeline.stores.database import Database
from pipeline.stores.review import queue as review_queue
from pipeline.stores.submissions.submissions import link_versions
from pipeline.stores.tables import access_rules, documents, findings, review_items, verdicts, versions
from pipeline.stores.tables.columns import Json

PAGE = 5_000

Found = TypeVar("Found")


_DELETED = documents.c.deleted_run.is_not(None)


def known_versions(database: Database, source: str) -> Iterator[KnownVersion]:
    """The latest decided version of every document of `source` that is not deleted, in pages."""
    yield from _pages(database, source, _known_query(), _VersionReader(database).read)


def last_seen(database: Database, doc_ids: Collection[str]) -> dict[str, LastSeen]:
    """What is known of these documents, deleted ones included; those nobody ever decided about are left out."""
    wanted, reader, found = list(doc_ids), _VersionReader(database), dict[str, LastSeen]()
    with database.read() as connection:
        for start in range(0, len(wanted), PAGE):
            page = documents.c.doc_id.in_(wanted[start : start + PAGE])
            found.update(reader.seen(connection, connection.execute(_seen_query().where(page)).all()))
            found.update(_deleted(connection, page))
    return found


def all_seen(database: Database, source: str) -> Iterator[tuple[str, LastSeen]]:
    """The same of every document of a source: in pages, by name; then those that its source told were deleted."""
    yield from _pages(database, source, _seen_query(), _VersionReader(database).seen)
    with database.read() as connection:
        yield from _deleted(connection, (documents.c.source == source) & documents.c.version_order.is_not(None))


def refs(database: Database, doc_ids: Collection[str]) -> list[DocumentRef]:
    """Where these documents were last read; those decided by an earlier version of Corpusgate are left out.

    The reference to a document with a pseudonym in its name has no location: that would show the name.
    """
    wanted, query = list(doc_ids), select(documents.c.ref).where(documents.c.ref.is_not(None))
    with database.read() as connection:
        return [
            DocumentRef.model_validate(ref)
            for start in range(0, len(wanted), PAGE)
            for ref in connection.execute(query.where(documents.c.doc_id.in_(wanted[start : start + PAGE]))).scalars()
        ]


def masked_strings(database: Database, sources: Iterable[str]) -> dict[str, str]:
    """Marks of the masked strings of these sources' documents, each with the form it is kept in."""
    query = (
        select(versions.c.provenance)
        .join(documents, documents.c.latest_version == versions.c.version_id)
        .where(documents.c.source.in_(list(sources)), documents.c.deleted_run.is_(None))
        .where(documents.c.latest_verdict.in_(select(findings.c.verdict_id).where(findings.c.place != Place.TEXT)))
    )
    with database.read() as connection:
        recorded_provenance = map(Provenance.model_validate_json, connection.execute(query).scalars())
        return {mark: form for provenance in recorded_provenance for mark, form in marks_of(provenance)}


def note_unchanged(connection: Connection, looked_at: Iterable[tuple[str, DocumentRef]], at: datetime) -> None:
    """Note where documents (version id, reference) were read that are as they were decided."""
    seen = list(looked_at)
    change = update(documents).where(documents.c.doc_id == bindparam("doc"), documents.c.deleted_run.is_(None))
    if seen:
        rows = [{"doc": ref.doc_id, "place": recorded(ref)} for _, ref in seen]
        connection.execute(change.values(ref=bindparam("place", type_=Json())), rows)
        link_versions(connection, {ref.submission: version for version, ref in seen if ref.submission}, at)


def recorded(ref: DocumentRef) -> dict[str, object]:
    """What is kept of a reference."""
    return ref.model_dump(mode="json", exclude={"snapshot"}, exclude_defaults=True)


def approved_documents(database: Database, sources: Collection[str]) -> dict[str, ReviewItem]:
    """Documents of these sources that wait for a look because people let them in, or let them go."""
    waits = (review_items.c.state == ItemState.APPROVED, review_items.c.closed_at.is_(None))
    with database.read() as connection:
        at = database.now(connection)
        items = review_queue.find(connection, *waits, review_items.c.source.in_(list(sources)))
        return {item.doc_id: item for item in items if item.enough(at)}


class _VersionReader:
    """Makes models of rows; what is the same for many rows is read once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rules: dict[str, AccessRule] = {}
        self._approvals: dict[tuple[object, ...], str] = {}
        self._kept_out: set[str] = set()
        self._leaving: set[str] = set()
        self._sources: set[str] = set()

    def read(self, connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[KnownVersion]:
        """The rows of `_known_query`."""
        used = {digest for row in rows for digest in (row.access_digest, row.live_access_digest) if digest}
        load_rules(connection, self._rules, used)
        for source in {source_of(row.doc_id) for row in rows} - self._sources:
            self._sources.add(source)
            allowed = connection.execute(review_queue.approved(source, self._database.now(connection)))
            self._approvals |= _by_choice(tuple(row) for row in allowed)
            self._kept_out |= set(connection.execute(review_queue.quarantined(source)).scalars())
            self._leaving |= set(connection.execute(review_queue.leaving(source)).scalars())
        for row in rows:
            known = _known(row[:_COLUMNS], self._rules, self._approvals)
            noted = {"quarantined": known.version_id in self._kept_out, "deletion_waits": row.doc_id in self._leaving}
            yield known.model_copy(update=noted) if any(noted.values()) else known

    def seen(self, connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[tuple[str, LastSeen]]:
        """The rows of `_seen_query`."""
        for row, known in zip(rows, self.read(connection, rows), strict=True):
            yield row.doc_id, LastSeen(known=known, order=row.version_order, stamp=(row.ref or {}).get("stamp", ""))


def _pages(
    database: Database,
    source: str,
    query: Select[Any],
    read: Callable[[Connection, Sequence[Row[Any]]], Iterator[Found]],
) -> Iterator[Found]:
    after, full = "", True
    while full:
        with database.read() as connection:
            of_source = query.where(documents.c.source == source, documents.c.doc_id > after)
            rows = connection.execute(of_source).all()
            found = list(read(connection, rows))
        yield from found
        full, after = len(rows) == PAGE, rows[-1].doc_id if rows else ""


def _deleted(connection: Connection, which: ColumnElement[bool]) -> Iterator[tuple[str, LastSeen]]:
    query = select(documents.c.doc_id, documents.c.version_order).where(which, _DELETED)
    for doc_id, order in connection.execute(query):
        yield doc_id, LastSeen(order=order)


def _seen_query() -> Select[Any]:
    return _known_query().add_columns(documents.c.version_order, documents.c.ref)


_COLUMNS = 14
"""Columns of `_known_query`."""
_live_version, _live_verdict = versions.alias("live_version"), verdicts.alias("live_verdict")


def _known_query() -> Select[Any]:
    older = documents.c.live_verdict != documents.c.latest_verdict
    return (
        select(
            documents.c.doc_id,
            documents.c.latest_version,
            versions.c.content_digest,
            verdicts.c.served_digest,
            versions.c.access_digest,
            versions.c.metadata_digest,
            verdicts.c.binding,
            verdicts.c.action,
            documents.c.live_version,
            versions.c.owner,
            _live_version.c.content_digest,
            _live_verdict.c.served_digest,
            _live_version.c.access_digest.label("live_access_digest"),
            _live_version.c.metadata_digest,
        )
        .join(versions, versions.c.version_id == documents.c.latest_version)
        .join(verdicts, verdicts.c.verdict_id == documents.c.latest_verdict)
        # Only where something else than the latest decision is served; nearly always it is not.
        .outerjoin(_live_version, and_(older, _live_version.c.version_id == documents.c.live_version))
        .outerjoin(_live_verdict, and_(older, _live_verdict.c.verdict_id == documents.c.live_verdict))
        .where(documents.c.deleted_run.is_(None))
        .order_by(documents.c.doc_id)
        .limit(PAGE)
    )


def _known(
    row: Sequence[Any], rules: Mapping[str, AccessRule], approvals: Mapping[tuple[object, ...], str]
) -> KnownVersion:
    doc_id, version, content, served, access, metadata, binding, action, live, owner, *older = row
    live_content, live_served, live_access, live_metadata = (
        older if older[0] is not None else (content, served, access, metadata)
    )
    serving = {
        "version_id": live,
        "content_digest": live_content,
        "metadata_digest": live_metadata,
        "served_digest": live_served,
        "access": rules[live_access],
    }
    # One call from plain values is the quickest way to build a model, quicker than leaving validation out.
    return KnownVersion.model_validate(
        {
            "doc_id": doc_id,
            "version_id": version,
            "content_digest": content,
            "served_digest": served,
            "access": rules[access],
            "metadata_digest": metadata,
            "binding": binding,
            "action": action,
            "live": live == version,
            "approved": (ItemKind.VERSION, version, binding) in approvals,
            "redaction": approvals.get((ItemKind.VERSION, version, binding), ""),
            "serving": None if live is None else serving,
            "deletion_approved": (ItemKind.DELETION, version, "") in approvals,
            "owner": owner,
        }
    )


def _by_choice(allowed: Iterable[tuple[Any, ...]]) -> dict[tuple[object, ...], str]:
    """Approved items with their redaction; where people approved both ways, the text without its findings."""
    return {tuple(item): redaction for *item, redaction in sorted(allowed, key=lambda row: str(row[-1]))}


def load_rules(connection: Connection, rules: dict[str, AccessRule], digests: set[str]) -> None:
    """Add the rules of `digests` to `rules`. Raises `LedgerError` when the ledger lacks one."""
    missing = list(digests - rules.keys())
    if not missing:
        return
    query = select(access_rules.c.digest, access_rules.c.rule).where(access_rules.c.digest.in_(missing))
    for digest, rule in connection.execute(query):
        rules[digest] = AccessRule.model_validate(rule)
    if not digests <= rules.keys():
        raise LedgerError(
            "The ledger lacks an access rule that a version refers to.",
            fix="Restore the ledger from a backup; `corpusgate audit verify` tells which part is intact.",
        )


def access_rule(connection: Connection, access_id: str) -> AccessRule:
    """The rule of that access id. Raises `NotFound`."""
    row = connection.execute(select(access_rules.c.rule).where(access_rules.c.access_id == access_id)).first()
    if row is None:
        raise NotFound(f"There is no access rule {access_id}.", fix="`corpusgate trace CHUNK` shows access ids.")
    return AccessRule.model_validate(row.rule)
