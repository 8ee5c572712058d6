"""Versions that a question about exposure names, what changed which of them was served, and what came with them.

Invariant: reads only. Erased documents are found as long as their versions are on record.
"""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Select, func, or_, select

from pipeline.domain.documents.documents import SERVED, Action
from pipeline.domain.serving.exposure import ExposureKind, Related, ServingEvent
from pipeline.stores.tables import audit_log, canary_answers, documents, runs, sources, verdicts, versions

_v, _d, _a = versions.c, verdicts.c, audit_log.c
_LEAVES = ("document.deleted", "document.rolled_back", "erasure.started")
_DIGEST = re.compile("[0-9a-f]{64}")
_EXAMPLES = 10
_SUBJECTS = 5
"""Submitters and runs for which it is looked up what else they brought."""


class VersionInQuestion(NamedTuple):
    """One version."""

    version_id: str
    doc_id: str
    source: str
    owner: str
    submitter: str
    run_id: str
    access_digest: str
    recorded_at: datetime
    live: bool
    """Whether the ledger has it as the live version; takedowns come on top."""


def kind_of(connection: Connection, subject: str) -> ExposureKind | None:
    """The kind of a subject that is exactly a source, run or model; None for any other."""
    for kind, column in (
        (ExposureKind.SOURCE, sources.c.name),
        (ExposureKind.RUN, runs.c.run_id),
        (ExposureKind.MODEL, _d.model_digest),
    ):
        if kind is ExposureKind.MODEL and not _DIGEST.fullmatch(subject):
            continue  # no index helps, and every verdict would be read
        if connection.execute(select(column).where(column == subject).limit(1)).first() is not None:
            return kind
    return None


def versions_of(kind: ExposureKind, subject: str, of_chunk: Collection[str] = ()) -> Select[tuple[str]]:
    """The query for the ids of the versions; `of_chunk` are those of a passage."""
    query = select(_v.version_id)
    match kind:
        case ExposureKind.DOCUMENT:
            return query.where(_v.doc_id == subject)
        case ExposureKind.CHUNK:
            return query.where(_v.version_id.in_(of_chunk))
        case ExposureKind.SOURCE:
            return query.join(documents, documents.c.doc_id == _v.doc_id).where(documents.c.source == subject)
        case ExposureKind.RUN:
            decided = select(_d.version_id).where(_d.run_id == subject)
            return query.where(or_(_v.run_id == subject, _v.version_id.in_(decided)))
        case ExposureKind.MODEL:
            by_model = select(_d.version_id).where(_d.model_digest == subject, _d.action.in_(SERVED))
            return query.where(_v.version_id.in_(by_model))


def in_question(connection: Connection, wanted: Select[tuple[str]]) -> list[VersionInQuestion]:
    """The versions, oldest first."""
    query = (
        select(
            _v.version_id,
            _v.doc_id,
            documents.c.source,
            _v.owner,
            _v.submitter,
            _v.run_id,
            _v.access_digest,
            _v.recorded_at,
            func.coalesce(documents.c.live_version == _v.version_id, False).label("live"),
        )
        .join(documents, documents.c.doc_id == _v.doc_id)
        .where(_v.version_id.in_(wanted))
        .order_by(_v.recorded_at, _v.version_id)
    )
    return [VersionInQuestion(**{**row, "live": bool(row["live"])}) for row in connection.execute(query).mappings()]


def serving_events(connection: Connection, wanted: Select[tuple[str]]) -> dict[str, list[ServingEvent]]:
    """By document, everything that changed which of its versions was served, in order."""
    of_documents = select(_v.doc_id).where(_v.version_id.in_(wanted))
    found: defaultdict[str, list[ServingEvent]] = defaultdict(list)
    decided = select(_d.doc_id, _d.decided_at, _d.version_id, _d.action).where(_d.doc_id.in_(of_documents))
    for row in connection.execute(decided.order_by(_d.decided_at, _d.verdict_id)):
        found[row.doc_id].append(ServingEvent(row.decided_at, row.version_id, Action(row.action)))
    left = select(_a.subject, _a.action, _a.at, _a.details).where(_a.subject.in_(of_documents), _a.action.in_(_LEAVES))
    for row in connection.execute(left.order_by(_a.seq)):
        after = json.loads(row.details).get("version_id") if row.action == "document.rolled_back" else None
        found[row.subject].append(ServingEvent(datetime.fromisoformat(row.at), after, None))
    return {doc_id: sorted(events, key=lambda event: event.at) for doc_id, events in found.items()}


def last_actions(connection: Connection, doc_ids: Collection[str]) -> dict[str, Action]:
    """The action of the last verdict on each document."""
    query = select(documents.c.doc_id, _d.action).join(verdicts, _d.verdict_id == documents.c.latest_verdict)
    rows = connection.execute(query.where(documents.c.doc_id.in_(doc_ids)))
    return {doc_id: Action(action) for doc_id, action in rows}


def canaries_naming(connection: Connection, doc_ids: Collection[str]) -> tuple[str, ...]:
    """Canary questions whose answer in the served generation names one of the documents."""
    query = select(canary_answers.c.question_id, canary_answers.c.answer).order_by(canary_answers.c.question_id)
    wanted = set(doc_ids)
    return tuple(row.question_id for row in connection.execute(query) if wanted & {one["doc_id"] for one in row.answer})


def related(connection: Connection, wanted: Select[tuple[str]]) -> Iterator[Related]:
    """Other documents of the same submitters, runs and sources."""
    mine = select(_v.doc_id).where(_v.version_id.in_(wanted))
    of_sources = versions.join(documents, documents.c.doc_id == _v.doc_id)
    for kind, column, joined in (
        ("submitter", _v.submitter, versions),
        ("run", _v.run_id, versions),
        ("source", documents.c.source, of_sources),
    ):
        subjects = select(column, func.count()).select_from(joined).where(_v.version_id.in_(wanted)).group_by(column)
        for subject, _ in connection.execute(subjects.order_by(func.count().desc(), column).limit(_SUBJECTS)).all():
            newest = func.max(_v.recorded_at)
            others = select(_v.doc_id, func.count().over().label("documents")).select_from(joined)
            others = others.where(column == subject, _v.doc_id.not_in(mine)).group_by(_v.doc_id)
            rows = connection.execute(others.order_by(newest.desc(), _v.doc_id).limit(_EXAMPLES)).all()
            if rows:
                examples = tuple(row.doc_id for row in rows)
                yield Related(kind=kind, subject=subject, documents=rows[0].documents, examples=examples)
