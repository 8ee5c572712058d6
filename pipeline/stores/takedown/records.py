"""Takedowns that keep or kept versions out, with the versions that each reaches.

Invariant: lifted and ended records are listed too, with their end.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, select

from pipeline.domain.identity.persons import person
from pipeline.domain.serving.exposure import Takedown
from pipeline.stores.tables import (
    audit_log,
    erasures,
    generations,
    revocations,
    rolled_back_versions,
    runs,
    submitted_documents,
    verdicts,
)

Reached = tuple[Takedown, Collection[str]]
_STOPS, _STARTS = "source.revoked", ("source.approved", "source.narrowed", "source.released")


class Reachable(Protocol):
    """A version, with what takedowns can name."""

    @property
    def version_id(self) -> str: ...
    @property
    def doc_id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def submitter(self) -> str: ...
    @property
    def run_id(self) -> str: ...


def takedowns(connection: Connection, placed: Sequence[Reachable]) -> list[Reached]:
    """Every takedown of the versions, oldest first."""
    names: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one in placed:
        for kind, subject in (
            ("document", one.doc_id),
            ("source", one.source),
            ("owner", one.owner),
            ("principal", one.submitter),
            ("run", one.run_id),
        ):
            names[kind, subject].add(one.version_id)
    if any(
        row for row in connection.execute(select(revocations.c.kind).where(revocations.c.kind.in_(("run", "model"))))
    ):
        wanted = {one.version_id for one in placed}
        decided = select(verdicts.c.version_id, verdicts.c.run_id, verdicts.c.model_digest)
        for row in connection.execute(decided.where(verdicts.c.action.in_(("admit", "redact")))):
            if row.version_id in wanted:
                names["run", row.run_id].add(row.version_id)
                names["model", row.model_digest].add(row.version_id)
    found = [
        *_revoked(connection, names),
        *_revoked_sources(connection, names),
        *_erased(connection, names),
        *_withdrawn(connection, names),
        *_rolled_back(connection, {one.version_id for one in placed}),
    ]
    return sorted(found, key=lambda reached: reached[0].since)


Names = defaultdict[tuple[str, str], set[str]]


def _revoked(connection: Connection, names: Names) -> Iterator[Reached]:
    for row in connection.execute(select(revocations)):
        subject = person(row.subject) if row.kind in ("owner", "principal") else row.subject
        if (row.kind, subject) in names:
            yield (
                _takedown(row.kind, subject, row.revoked_by, row.revoked_at, row.lifted_at, row.reason),
                names[row.kind, subject],
            )


def _revoked_sources(connection: Connection, names: Names) -> Iterator[Reached]:
    """From the audit log: the register holds only what is so now."""
    a = audit_log.c
    query = select(a.subject, a.action, a.at, a.actor).where(a.action.in_((_STOPS, *_STARTS))).order_by(a.seq)
    stopped: dict[str, tuple[str, datetime]] = {}
    over: list[tuple[str, str, datetime, datetime | None]] = []
    for row in connection.execute(query):
        at = datetime.fromisoformat(row.at)
        if row.action == _STOPS:
            stopped.setdefault(row.subject, (row.actor, at))
        elif row.subject in stopped:
            over.append((row.subject, *stopped.pop(row.subject), at))
    over += [(source, by, since, None) for source, (by, since) in stopped.items()]
    for source, by, since, until in over:
        if ("source", source) in names:
            yield _takedown("source", source, by, since, until, ""), names["source", source]


def _erased(connection: Connection, names: Names) -> Iterator[Reached]:
    for row in connection.execute(select(erasures)):
        if ("document", row.doc_id) in names:
            reached = names["document", row.doc_id]
            yield _takedown("erased", row.doc_id, row.erased_by, row.erased_at, row.allowed_at, row.reason), reached


def _withdrawn(connection: Connection, names: Names) -> Iterator[Reached]:
    s = submitted_documents.c
    query = select(s.doc_id, s.withdrawn_by, s.withdrawn_at, s.withdrawn_reason).where(s.withdrawn_at.is_not(None))
    for row in connection.execute(query):
        if ("document", row.doc_id) in names:
            words = row.withdrawn_reason or ""
            one = _takedown("withdrawn", row.doc_id, row.withdrawn_by or "", row.withdrawn_at, None, words)
            yield one, names["document", row.doc_id]


def _rolled_back(connection: Connection, version_ids: Collection[str]) -> Iterator[Reached]:
    """Versions that rollbacks took off. They reach nothing here: the times of serving have them already."""
    r = rolled_back_versions.c
    query = (
        select(r.version_id, r.doc_id, r.to_generation, r.rollback, runs.c.finished_at)
        .join(generations, generations.c.number == r.rollback)
        .join(runs, runs.c.run_id == generations.c.run_id)
    )
    for row in connection.execute(query):
        if row.version_id in version_ids:
            words = f"generation {row.rollback} went back to generation {row.to_generation}"
            yield _takedown("rolled back", row.doc_id, "", row.finished_at, None, words), ()


def _takedown(kind: str, subject: str, by: str, since: datetime, until: datetime | None, reason: str) -> Takedown:
    return Takedown(kind=kind, subject=subject, by=by, since=since, until=until, reason=reason)
