"""Parts of texts that are kept out, in what a run brings: a half of a revoked document under another name.

Only versions that something keeps out are compared, so a ledger without takedowns reads nothing here. A passage that
several documents serve is a header or a licence, and counts for no part.

Invariants: no text is read. Nothing is decided here. A document is not compared with its own earlier versions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from pipeline.domain.documents.pasts import Arrival
from pipeline.domain.documents.provenance import SourceState
from pipeline.domain.findings.containment import LEAST_SEEN, Passages, common_passages, part, sample_of
from pipeline.domain.review.items import ItemState
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.stores.tables import (
    documents,
    passage_samples,
    review_items,
    revocations,
    rolled_back_versions,
    sources,
    submitted_documents,
    verdicts,
    versions,
)

ORDINARY = 2
"""Served documents of other names that share a passage, from which it is an ordinary one."""
_PAGE = 5_000


class KeptOutParts:
    """The versions that are kept out and have a large part in common with arrivals."""

    def __init__(self) -> None:
        self._samples: dict[str, str] = {}
        self._shares: dict[str, dict[str, float]] = defaultdict(dict)
        self._ordinary: dict[tuple[str, str], set[int]] = {}

    @classmethod
    def of(
        cls, connection: Connection, arrivals: Sequence[Arrival], found: Mapping[str, Collection[str]]
    ) -> "KeptOutParts":
        """Look them up.

        Args:
            connection: Of the caller's transaction.
            arrivals: What a run brings.
            found: By document, the versions that resemble its text as a whole. They do not count as parts.

        """
        parts = cls()
        samples = {one.doc_id: one.passages for one in arrivals if one.passages is not None}
        if not samples:
            return parts
        query = (
            select(versions.c.version_id, versions.c.doc_id, passage_samples.c.passages)
            .join(passage_samples, passage_samples.c.version_id == versions.c.version_id)
            .join(documents, documents.c.doc_id == versions.c.doc_id)
            .join(sources, sources.c.name == documents.c.source)
            .where(_kept_out())
        )
        index, pairs = _PassageIndex(samples), []
        for row in connection.execute(query.execution_options(yield_per=_PAGE)):
            for doc_id in index.near(sample_of(row.passages)[1]):
                if doc_id != row.doc_id and row.version_id not in found.get(doc_id, ()):
                    common = common_passages(row.passages, samples[doc_id])
                    if part(row.passages, samples[doc_id], common):
                        pairs.append((doc_id, row, common))
        holders = _holders(connection, [common for _, _, common in pairs])
        for doc_id, row, common in pairs:
            names = {doc_id, row.doc_id}
            ordinary = {one for one in common.tolist() if len(holders[one] - names) >= ORDINARY}
            share = part(row.passages, samples[doc_id], common, ordinary)
            if share:
                parts._samples[row.version_id] = row.passages
                parts._shares[doc_id][row.version_id] = share
                parts._ordinary[doc_id, row.version_id] = ordinary
        return parts

    @property
    def version_ids(self) -> set[str]:
        """Every version found."""
        return set(self._samples)

    def older(self, doc_id: str, served: str | None) -> Iterator[tuple[str, float, float]]:
        """The versions that an arrival shares a part with: the share, and the share with what its name serves now.

        Args:
            doc_id: The arrival.
            served: The sample of the text that is served under its name.

        """
        for version_id, share in self._shares.get(doc_id, {}).items():
            sample, ordinary = self._samples[version_id], self._ordinary[doc_id, version_id]
            serving = 0.0 if served is None else part(sample, served, common_passages(sample, served), ordinary)
            yield version_id, share, serving


class _PassageIndex:
    """The passages of all arrivals, to find those that share some with a text in one step."""

    def __init__(self, samples: Mapping[str, str]) -> None:
        self._names = list(samples)
        passages = [sample_of(sample)[1] for sample in samples.values()]
        values, holders = np.concatenate(passages), np.repeat(np.arange(len(passages)), [len(one) for one in passages])
        order = np.argsort(values, kind="stable")
        self._values, self._holders = values[order], holders[order]

    def near(self, passages: Passages) -> Iterator[str]:
        """The names of arrivals that share more passages than by chance."""
        first, last = (np.searchsorted(self._values, passages, side=side) for side in ("left", "right"))
        shared = [self._holders[begin:end] for begin, end in zip(first, last, strict=True) if begin < end]
        if shared:
            counts = np.bincount(np.concatenate(shared))
            yield from (self._names[at] for at in np.flatnonzero(counts >= LEAST_SEEN))


def _holders(connection: Connection, shared: Sequence[Passages]) -> dict[int, set[str]]:
    """By passage, the documents that serve it and are not kept out."""
    holders: dict[int, set[str]] = defaultdict(set)
    if not shared:
        return holders
    wanted = np.unique(np.concatenate(shared))
    query = (
        select(documents.c.doc_id, passage_samples.c.passages)
        .join(versions, versions.c.version_id == documents.c.live_version)
        .join(passage_samples, passage_samples.c.version_id == versions.c.version_id)
        .join(sources, sources.c.name == documents.c.source)
        .where(~_kept_out())
    )
    for row in connection.execute(query.execution_options(yield_per=_PAGE)):
        for passage in np.intersect1d(wanted, sample_of(row.passages)[1], assume_unique=True).tolist():
            holders[passage].add(row.doc_id)
    return holders


def _kept_out() -> ColumnElement[bool]:
    """SQL: a takedown or a decision of a reviewer keeps the version of the row out, or did until it was let in again.

    What keeps it out in truth is asked by the caller of `KeptOutParts`.
    """
    r, v, i, t, s = revocations.c, versions.c, review_items.c, rolled_back_versions.c, submitted_documents.c
    judged = select(verdicts.c.run_id).where(verdicts.c.version_id == v.version_id).correlate(versions)
    revoked = select(1).where(
        r.lifted_at.is_(None),
        or_(
            and_(r.kind == RevocationKind.DOCUMENT, r.subject == v.doc_id),
            and_(r.kind == RevocationKind.SOURCE, r.subject == documents.c.source),
            and_(r.kind == RevocationKind.OWNER, r.subject == v.owner),
            and_(r.kind == RevocationKind.PRINCIPAL, r.subject == v.submitter),
            and_(r.kind == RevocationKind.RUN, or_(r.subject == v.run_id, r.subject.in_(judged))),
        ),
    )
    refused = select(1).where(i.version_id == v.version_id, i.state.in_([ItemState.QUARANTINED, ItemState.REJECTED]))
    taken_off = select(1).where(t.version_id == v.version_id, t.settled_run.is_(None))
    withdrawn = select(1).where(s.doc_id == v.doc_id, s.withdrawn_at.is_not(None))
    return or_(
        sources.c.state == SourceState.REVOKED,
        exists(revoked.correlate(versions, documents)),
        exists(refused.correlate(versions)),
        exists(taken_off.correlate(versions)),
        exists(withdrawn.correlate(versions)),
    )
