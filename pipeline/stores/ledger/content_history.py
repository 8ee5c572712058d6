"""Where content was before: versions on record with the same or nearly the same content as what a run brings.

Nothing is looked up for documents that did not change. How alike versions are is found by `content_shares`.

Invariants: what keeps an older version out is asked of the ledger as it is in the caller's transaction. No text is
read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, cast, select

from pipeline.domain.documents.documents import SERVED, Action
from pipeline.domain.documents.pasts import (
    RETURNED,
    Arrival,
    Barrier,
    Kept,
    Past,
    ServedAs,
    former_names,
    past_of,
)
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.identity.persons import person
from pipeline.domain.review.items import ItemState
from pipeline.stores.ledger.content_shares import Shares, in_slices
from pipeline.stores.ledger.known import load_rules
from pipeline.stores.tables import (
    documents,
    generations,
    passage_samples,
    review_items,
    revocations,
    rolled_back_versions,
    sketches,
    sources,
    submitted_documents,
    verdicts,
    versions,
    word_sketches,
)
from pipeline.stores.takedown.taken_back import taken_back


def pasts(connection: Connection, arrivals: Sequence[Arrival], gone: Collection[str], at: datetime) -> dict[str, Past]:
    """By document, what counts of the older names of what a run brings.

    `gone` names documents that leave their sources in this run.
    """
    if not arrivals:
        return {}
    shares = Shares.of(connection, arrivals)
    facts = _facts(connection, shares.version_ids, set(gone), at)
    found = {}
    for arrival in arrivals:
        if not shares.is_served(arrival):
            past = past_of(arrival, list(shares.older(arrival, facts)))
            if past is not None:
                found[arrival.doc_id] = past
    return found


def released(connection: Connection, source: str, at: datetime) -> set[str]:
    """Documents of a source that wait for an older name that no longer counts: a revocation was lifted."""
    arrivals = _on_record(
        connection,
        documents.c.source == source,
        documents.c.deleted_run.is_(None),
        verdicts.c.action.in_([Action.REVIEW, Action.QUARANTINE]),
        cast(verdicts.c.rule_ids, Text).like(f'%"{RETURNED}"%'),
    )
    still = pasts(connection, arrivals, (), at)
    return {doc_id for one in arrivals if (doc_id := one.doc_id) not in still or not _holds(still[doc_id])}


def names_before(connection: Connection, doc_id: str, at: datetime) -> tuple[ServedAs, ...]:
    """The names under which the content of a document's latest version was served and is no longer."""
    found: tuple[ServedAs, ...] = ()
    for arrival in _on_record(connection, documents.c.doc_id == doc_id):
        shares = Shares.of(connection, [arrival])
        facts = _facts(connection, shares.version_ids, set(), at)
        found += former_names(arrival, list(shares.older(arrival, facts)))
    return found


def _holds(past: Past) -> bool:
    return bool(past.kept_out or past.narrower)


def _facts(
    connection: Connection, version_ids: Collection[str], gone: set[str], at: datetime
) -> dict[str, dict[str, Any]]:
    """The fields of `Older` that do not depend on an arrival, by version."""
    query = (
        select(
            versions.c.version_id,
            versions.c.doc_id,
            versions.c.content_digest,
            versions.c.access_digest,
            versions.c.owner,
            versions.c.submitter,
            versions.c.run_id,
            documents.c.source,
            documents.c.live_version,
            documents.c.deleted_run,
            sources.c.owner.label("source_owner"),
            sources.c.state,
        )
        .join(documents, documents.c.doc_id == versions.c.doc_id)
        .join(sources, sources.c.name == documents.c.source)
    )
    rows = list(in_slices(connection, query, versions.c.version_id, version_ids))
    rules: dict[str, AccessRule] = {}
    load_rules(connection, rules, {row.access_digest for row in rows})
    served = _served(connection, version_ids)
    live = _live(connection, {row.live_version for row in rows if row.live_version == row.version_id}, at)
    until = _last_generations(connection, {row.deleted_run for row in rows if row.deleted_run})
    barriers = _Barriers(connection, version_ids, {row.doc_id for row in rows})
    found = {}
    for row in rows:
        last, digest, run_ids = served.get(row.version_id, (None, None, frozenset[str]()))
        found[row.version_id] = {
            "doc_id": row.doc_id,
            "content": row.content_digest,
            "source": row.source,
            "source_owner": person(row.source_owner),
            "owner": row.owner,
            "access": rules[row.access_digest],
            "served_at": last,
            "served_digest": digest,
            "live": row.version_id in live,
            "gone": row.deleted_run is not None or row.doc_id in gone,
            "until": until.get(row.deleted_run),
            "kept": barriers.of(row, run_ids, last),
        }
    return found


def _served(
    connection: Connection, version_ids: Collection[str]
) -> dict[str, tuple[datetime, str | None, frozenset[str]]]:
    """When each version was last let be served, as which text, and by which runs."""
    v = verdicts.c
    query = select(v.version_id, v.decided_at, v.served_digest, v.run_id).where(v.action.in_(SERVED))
    found: dict[str, tuple[datetime, str | None, frozenset[str]]] = {}
    for row in in_slices(connection, query.order_by(v.decided_at, v.verdict_id), v.version_id, version_ids):
        runs = found[row.version_id][2] if row.version_id in found else frozenset[str]()
        found[row.version_id] = row.decided_at, row.served_digest, runs | {row.run_id}
    return found


def _live(connection: Connection, version_ids: Collection[str], at: datetime) -> set[str]:
    query = (
        select(documents.c.live_version)
        .join(versions, versions.c.version_id == documents.c.live_version)
        .join(verdicts, verdicts.c.verdict_id == documents.c.live_verdict)
        .join(sources, sources.c.name == documents.c.source)
        .where(~taken_back(at))
    )
    return {row.live_version for row in in_slices(connection, query, documents.c.live_version, version_ids)}


def _last_generations(connection: Connection, runs: Collection[str]) -> dict[str, int]:
    """By run, the generation that was served before it."""
    query = select(generations.c.run_id, generations.c.parent).where(generations.c.parent.is_not(None))
    return {row.run_id: row.parent for row in in_slices(connection, query, generations.c.run_id, runs)}


class _Barriers:
    """Everything that keeps one of some versions out now."""

    def __init__(self, connection: Connection, version_ids: Collection[str], doc_ids: Collection[str]) -> None:
        r, s = revocations.c, submitted_documents.c
        in_force = connection.execute(select(r.kind, r.subject, r.revoked_at).where(r.lifted_at.is_(None)))
        self._revoked = {(row.kind, row.subject): row.revoked_at for row in in_force}
        self._of: dict[str, list[Kept]] = defaultdict(list)
        query = select(s.doc_id, s.person, s.withdrawn_at).where(s.withdrawn_at.is_not(None))
        self._withdrawn = {
            row.doc_id: Kept(barrier=Barrier.WITHDRAWN, subject=person(row.person), since=row.withdrawn_at)
            for row in in_slices(connection, query, s.doc_id, doc_ids)
        }
        i, t = review_items.c, rolled_back_versions.c
        refused = select(i.version_id, i.doc_id, i.state, i.closed_at).where(
            i.state.in_([ItemState.QUARANTINED, ItemState.REJECTED])
        )
        for row in in_slices(connection, refused, i.version_id, version_ids):
            barrier = Barrier.QUARANTINED if row.state == ItemState.QUARANTINED else Barrier.REJECTED
            self._of[row.version_id].append(Kept(barrier=barrier, subject=row.doc_id, since=row.closed_at))
        taken_off = select(t.version_id, t.doc_id, t.from_generation, t.to_generation).where(t.settled_run.is_(None))
        for row in in_slices(connection, taken_off, t.version_id, version_ids):
            steps = row.from_generation, row.to_generation
            kept = Kept(barrier=Barrier.ROLLED_BACK, subject=row.doc_id, generations=steps)
            self._of[row.version_id].append(kept)

    def of(self, row: Any, run_ids: Iterable[str], served_at: datetime | None) -> tuple[Kept, ...]:
        """The barriers of this version; a rejection is none if people let it be served since."""
        named = [
            (Barrier.DOCUMENT, row.doc_id),
            (Barrier.SOURCE, row.source),
            (Barrier.OWNER, row.owner),
            (Barrier.PRINCIPAL, row.submitter),
            *((Barrier.RUN, run_id) for run_id in sorted({row.run_id, *run_ids})),
        ]
        kept = [
            Kept(barrier=barrier, subject=subject, since=self._revoked[barrier.value, subject])
            for barrier, subject in named
            if (barrier.value, subject) in self._revoked
        ]
        if row.state == SourceState.REVOKED and not any(one.barrier is Barrier.SOURCE for one in kept):
            kept.append(Kept(barrier=Barrier.SOURCE, subject=row.source))
        if withdrawn := self._withdrawn.get(row.doc_id):
            kept.append(withdrawn)
        for one in self._of.get(row.version_id, ()):
            let_in_since = served_at is not None and one.since is not None and served_at > one.since
            if one.barrier is not Barrier.REJECTED or not let_in_since:
                kept.append(one)
        return tuple(kept)


def _on_record(connection: Connection, *which: ColumnElement[bool]) -> list[Arrival]:
    """The latest versions of some documents, as if they arrived."""
    query = (
        select(
            documents.c.doc_id,
            documents.c.source,
            versions.c.version_id,
            versions.c.content_digest,
            versions.c.access_digest,
            versions.c.owner,
            versions.c.submitter,
            documents.c.live_version,
            sketches.c.sketch,
            word_sketches.c.words,
            passage_samples.c.passages,
            sources.c.owner.label("source_owner"),
        )
        .join(versions, versions.c.version_id == documents.c.latest_version)
        .join(verdicts, verdicts.c.verdict_id == documents.c.latest_verdict)
        .join(sources, sources.c.name == documents.c.source)
        .outerjoin(sketches, sketches.c.version_id == documents.c.latest_version)
        .outerjoin(word_sketches, word_sketches.c.version_id == documents.c.latest_version)
        .outerjoin(passage_samples, passage_samples.c.version_id == documents.c.latest_version)
        .where(*which)
    )
    rows = list(connection.execute(query))
    rules: dict[str, AccessRule] = {}
    load_rules(connection, rules, {row.access_digest for row in rows})
    return [
        Arrival(
            doc_id=row.doc_id,
            version_id=row.version_id,
            compared=row.live_version is not None,
            content_digest=row.content_digest,
            sketch=row.sketch,
            words=row.words,
            passages=row.passages,
            source=row.source,
            source_owner=person(row.source_owner),
            owner=row.owner,
            submitter=row.submitter,
            access=rules[row.access_digest],
        )
        for row in rows
    ]
