"""Where content was before: versions on record with the same or nearly the same content as what a run brings.

Equal content is found by the index of the ledger. Nearly equal text is found by sketches, which are compared in bands
(locality-sensitive hashing: Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3), so the time grows
with the number of sketches only. Nothing is looked up for documents that did not change.

Invariants: what keeps an older version out is asked of the ledger as it is in the caller's transaction. No text is
read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Text, cast, or_, select

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.pasts import RETURNED, Arrival, Barrier, Kept, Older, Past, past_of
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.findings.resemblance import PERMUTATIONS, Sketches, resemblances, unpacked
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.identity.persons import person
from pipeline.domain.review.items import ItemState
from pipeline.stores.ledger.known import load_rules
from pipeline.stores.tables import (
    documents,
    generations,
    review_items,
    revocations,
    rolled_back_versions,
    sketches,
    sources,
    verdicts,
    versions,
)
from pipeline.stores.takedown.taken_back import taken_back

SLICE = 5_000
NEARLY_EQUAL = 0.6
"""Share of passages in common from which a text is an edit of another; about one sentence in six differs."""
_PAGE = 20_000
_BAND = 4
"""Permutations of a band: texts that share six tenths agree in one of sixteen bands with probability 0.89."""
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
_SERVED = (Action.ADMIT, Action.REDACT)


def pasts(connection: Connection, arrivals: Sequence[Arrival], gone: Collection[str], at: datetime) -> dict[str, Past]:
    """By document, what counts of the older names of what a run brings.

    `gone` names documents that leave their sources in this run.
    """
    if not arrivals:
        return {}
    shares = _Shares.of(connection, arrivals)
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
    rows = _held_as_returned(connection, source)
    rules: dict[str, AccessRule] = {}
    load_rules(connection, rules, {row.access_digest for row in rows})
    arrivals = [
        Arrival(
            doc_id=row.doc_id,
            version_id=row.version_id,
            compared=row.live_version is not None,
            content_digest=row.content_digest,
            sketch=row.sketch,
            source=source,
            source_owner=person(row.source_owner),
            owner=row.owner,
            submitter=row.submitter,
            access=rules[row.access_digest],
        )
        for row in rows
    ]
    still = pasts(connection, arrivals, (), at)
    return {doc_id for one in arrivals if (doc_id := one.doc_id) not in still or not _holds(still[doc_id])}


def _holds(past: Past) -> bool:
    return bool(past.kept_out or past.narrower)


class _Shares:
    """How much each version on record has in common with each arrival, and with what is served under its name."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, float]] = defaultdict(dict)
        self._equal: set[tuple[str, str]] = set()
        self._current: set[str] = set()
        self._served: dict[str, tuple[str, str, str | None]] = {}
        self._sketches: dict[str, Sketches] = {}

    @classmethod
    def of(cls, connection: Connection, arrivals: Sequence[Arrival]) -> "_Shares":
        """Look them up."""
        found = cls()
        found._find_equal(connection, arrivals)
        found._find_same_name(connection, arrivals)
        found._find_alike(connection, [one for one in arrivals if one.sketch is not None])
        found._find_served(connection, arrivals)
        return found

    @property
    def version_ids(self) -> set[str]:
        """Every version found."""
        return {version_id for shares in self._of.values() for version_id in shares}

    def is_served(self, arrival: Arrival) -> bool:
        """Whether the ledger serves exactly this version already."""
        served = self._served.get(arrival.doc_id)
        return served is not None and served[0] == arrival.version_id

    def older(self, arrival: Arrival, facts: Mapping[str, dict[str, Any]]) -> Iterator[Older]:
        """The versions found for an arrival."""
        served = self._served.get(arrival.doc_id)
        for version_id, share in self._of.get(arrival.doc_id, {}).items():
            if version_id not in facts:
                continue
            yield Older(
                version_id=version_id,
                share=share,
                equal=(arrival.doc_id, version_id) in self._equal,
                current=version_id in self._current,
                serving_share=self._serving_share(served, version_id, facts[version_id]["content"]),
                **{key: value for key, value in facts[version_id].items() if key != "content"},
            )

    def _serving_share(self, served: tuple[str, str, str | None] | None, version_id: str, content: str) -> float:
        if served is None:
            return 0.0
        _, digest, sketch = served
        if digest == content:
            return 1.0
        other = self._sketches.get(version_id)
        return 0.0 if sketch is None or other is None else float(resemblances(sketch, other.reshape(1, -1))[0])

    def _find_equal(self, connection: Connection, arrivals: Iterable[Arrival]) -> None:
        by_content: dict[str, list[str]] = defaultdict(list)
        for arrival in arrivals:
            by_content[arrival.content_digest].append(arrival.doc_id)
        query = select(versions.c.version_id, versions.c.content_digest)
        for row in _in_slices(connection, query, versions.c.content_digest, by_content):
            for doc_id in by_content[row.content_digest]:
                self._of[doc_id][row.version_id] = 1.0
                self._equal.add((doc_id, row.version_id))

    def _find_same_name(self, connection: Connection, arrivals: Iterable[Arrival]) -> None:
        """Of each name the version it serves, or served last."""
        last: dict[str, str] = {}
        query = select(documents.c.doc_id, versions.c.version_id).select_from(
            documents.join(versions, versions.c.doc_id == documents.c.doc_id).join(
                verdicts, verdicts.c.version_id == versions.c.version_id
            )
        )
        query = query.where(
            verdicts.c.action.in_(_SERVED),
            or_(documents.c.live_version.is_(None), documents.c.live_version == versions.c.version_id),
        ).order_by(verdicts.c.decided_at, verdicts.c.verdict_id)
        for row in _in_slices(connection, query, documents.c.doc_id, {one.doc_id for one in arrivals}):
            last[row.doc_id] = row.version_id
        for doc_id, version_id in last.items():
            self._of[doc_id].setdefault(version_id, 0.0)
            self._current.add(version_id)

    def _find_alike(self, connection: Connection, arrivals: Sequence[Arrival]) -> None:
        if not arrivals:
            return
        wanted: Sketches = np.stack([unpacked(one.sketch) for one in arrivals if one.sketch is not None])
        keys = _band_keys(wanted)
        query = select(sketches.c.version_id, sketches.c.sketch).execution_options(yield_per=_PAGE)
        for page in connection.execute(query).partitions(_PAGE):
            known: Sketches = np.stack([unpacked(row.sketch) for row in page])
            near = np.zeros(len(known), np.bool_)
            for band, of_band in enumerate(_band_keys(known)):
                near |= np.isin(of_band, keys[band])
            for row in np.flatnonzero(near).tolist():
                shares: NDArray[np.float64] = (wanted == known[row]).mean(axis=1)
                version_id = page[row].version_id
                self._sketches[version_id] = known[row]
                for at in np.flatnonzero(shares >= NEARLY_EQUAL).tolist():
                    of_arrival = self._of[arrivals[at].doc_id]
                    of_arrival[version_id] = max(of_arrival.get(version_id, 0.0), float(shares[at]))

    def _find_served(self, connection: Connection, arrivals: Iterable[Arrival]) -> None:
        query = (
            select(documents.c.doc_id, documents.c.live_version, versions.c.content_digest, sketches.c.sketch)
            .join(versions, versions.c.version_id == documents.c.live_version)
            .outerjoin(sketches, sketches.c.version_id == documents.c.live_version)
        )
        for row in _in_slices(connection, query, documents.c.doc_id, {one.doc_id for one in arrivals}):
            self._served[row.doc_id] = row.live_version, row.content_digest, row.sketch


def _band_keys(rows: Sketches) -> NDArray[np.uint64]:
    """One number for each band and row, shape (bands, n)."""
    bands = rows.reshape(len(rows), PERMUTATIONS // _BAND, _BAND).astype(np.uint64)
    keys: NDArray[np.uint64] = (bands * _MIX).sum(axis=2, dtype=np.uint64).T
    return keys


def _in_slices(connection: Connection, query: Any, column: ColumnElement[str], values: Iterable[str]) -> Iterator[Any]:
    wanted = sorted(values)
    for start in range(0, len(wanted), SLICE):
        yield from connection.execute(query.where(column.in_(wanted[start : start + SLICE])))


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
    rows = list(_in_slices(connection, query, versions.c.version_id, version_ids))
    rules: dict[str, AccessRule] = {}
    load_rules(connection, rules, {row.access_digest for row in rows})
    served = _served(connection, version_ids)
    live = _live(connection, {row.live_version for row in rows if row.live_version == row.version_id}, at)
    until = _last_generations(connection, {row.deleted_run for row in rows if row.deleted_run})
    barriers = _Barriers(connection, version_ids)
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
    query = select(v.version_id, v.decided_at, v.served_digest, v.run_id).where(v.action.in_(_SERVED))
    found: dict[str, tuple[datetime, str | None, frozenset[str]]] = {}
    for row in _in_slices(connection, query.order_by(v.decided_at, v.verdict_id), v.version_id, version_ids):
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
    return {row.live_version for row in _in_slices(connection, query, documents.c.live_version, version_ids)}


def _last_generations(connection: Connection, runs: Collection[str]) -> dict[str, int]:
    """By run, the generation that was served before it."""
    query = select(generations.c.run_id, generations.c.parent).where(generations.c.parent.is_not(None))
    return {row.run_id: row.parent for row in _in_slices(connection, query, generations.c.run_id, runs)}


class _Barriers:
    """Everything that keeps one of some versions out now."""

    def __init__(self, connection: Connection, version_ids: Collection[str]) -> None:
        r = revocations.c
        in_force = connection.execute(select(r.kind, r.subject, r.revoked_at).where(r.lifted_at.is_(None)))
        self._revoked = {(row.kind, row.subject): row.revoked_at for row in in_force}
        self._of: dict[str, list[Kept]] = defaultdict(list)
        i, t = review_items.c, rolled_back_versions.c
        refused = select(i.version_id, i.doc_id, i.state, i.closed_at).where(
            i.state.in_([ItemState.QUARANTINED, ItemState.REJECTED])
        )
        for row in _in_slices(connection, refused, i.version_id, version_ids):
            barrier = Barrier.QUARANTINED if row.state == ItemState.QUARANTINED else Barrier.REJECTED
            self._of[row.version_id].append(Kept(barrier=barrier, subject=row.doc_id, since=row.closed_at))
        taken_off = select(t.version_id, t.doc_id, t.from_generation, t.to_generation).where(t.settled_run.is_(None))
        for row in _in_slices(connection, taken_off, t.version_id, version_ids):
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
        for one in self._of.get(row.version_id, ()):
            let_in_since = served_at is not None and one.since is not None and served_at > one.since
            if one.barrier is not Barrier.REJECTED or not let_in_since:
                kept.append(one)
        return tuple(kept)


def _held_as_returned(connection: Connection, source: str) -> list[Any]:
    """Rows of the documents of a source that wait or stay out because of an older name."""
    query = (
        select(
            documents.c.doc_id,
            versions.c.version_id,
            versions.c.content_digest,
            versions.c.access_digest,
            versions.c.owner,
            versions.c.submitter,
            documents.c.live_version,
            sketches.c.sketch,
            sources.c.owner.label("source_owner"),
        )
        .join(versions, versions.c.version_id == documents.c.latest_version)
        .join(verdicts, verdicts.c.verdict_id == documents.c.latest_verdict)
        .join(sources, sources.c.name == documents.c.source)
        .outerjoin(sketches, sketches.c.version_id == documents.c.latest_version)
        .where(documents.c.source == source, documents.c.deleted_run.is_(None))
        .where(verdicts.c.action.in_([Action.REVIEW, Action.QUARANTINE]))
        .where(cast(verdicts.c.rule_ids, Text).like(f'%"{RETURNED}"%'))
    )
    return list(connection.execute(query))
