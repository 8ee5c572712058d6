"""Earlier events of a document and its source, for a reviewer.

Invariant: codes, names, times and digests only; no written reason is repeated here.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from pipeline.domain.review.past import PastDecision, PastVerdict, SourcePast
from pipeline.stores.tables import (
    documents,
    review_decisions,
    review_items,
    submission_versions,
    submissions,
    verdicts,
)

RECENT = timedelta(days=90)
MOST = 20


def of_document(connection: Connection, doc_id: str) -> tuple[tuple[PastVerdict, ...], tuple[PastDecision, ...]]:
    """The newest verdicts and decisions on a document, newest first."""
    v, d, i = verdicts.c, review_decisions.c, review_items.c
    columns = (v.decided_at, v.run_id, v.version_id, v.kind, v.action, v.rule_ids)
    judged = select(*columns).where(v.doc_id == doc_id).order_by(v.decided_at.desc(), v.verdict_id).limit(MOST)
    decided = (
        select(d.at, d.person, d.decision, d.item_id, i.state)
        .select_from(review_decisions.join(review_items))
        .where(i.doc_id == doc_id)
        .order_by(d.at.desc(), d.item_id)
        .limit(MOST)
    )
    return (
        tuple(PastVerdict(**row) for row in connection.execute(judged).mappings()),
        tuple(PastDecision(**row) for row in connection.execute(decided).mappings()),
    )


def of_source(connection: Connection, source: str, at: datetime) -> SourcePast:
    """Counts of what happened in a source lately."""
    since = at - RECENT
    v, d, i = verdicts.c, review_decisions.c, review_items.c
    judged = (
        select(v.action, func.count())
        .join(documents, documents.c.doc_id == v.doc_id)
        .where(documents.c.source == source, v.decided_at > since)
        .group_by(v.action)
    )
    ended = select(i.state, func.count()).where(i.source == source, i.opened_at > since).group_by(i.state)
    people = (
        select(d.person, func.count())
        .select_from(review_decisions.join(review_items))
        .where(i.source == source, d.at > since)
        .group_by(d.person)
        .order_by(func.count().desc(), d.person)
        .limit(MOST)
    )
    counts = [{str(key): int(n) for key, n in connection.execute(query)} for query in (judged, ended, people)]
    return SourcePast(since=since, verdicts=counts[0], reviews=counts[1], reviewers=counts[2])


def inbox_file(connection: Connection, version_id: str) -> str | None:
    """The name of the file a version was submitted as; None for what did not come through an inbox."""
    link = submission_versions.c
    query = (
        select(submissions.c.file)
        .join(submission_versions, link.submission_id == submissions.c.submission_id)
        .where(link.version_id == version_id)
        .order_by(link.read_at.desc(), submissions.c.file)
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else str(found)
