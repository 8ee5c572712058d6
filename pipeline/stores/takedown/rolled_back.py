"""The ledger's side of a rollback: versions that may come back, the move of the pointers, and held versions.

Invariants: a version comes back only if nothing that took it back since is still in force, if its newest verdict
still admits exactly the text the generation holds, and if its rule admits no one whom today's rule keeps out (law
10). A version that a rollback removed is remembered until a run serves it again, which only an approval allows.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pipeline.domain.documents.documents import SERVED, ChangeKind, Outcome
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.review.items import ItemState
from pipeline.domain.serving.publication import GenerationRecord, LiveDocument, PointerMove, Rollback, serves
from pipeline.domain.serving.takedown import TakenOff, TakenOffVersions, Withheld, narrowed_since
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.tables import (
    access_rules,
    documents,
    judged_again,
    review_items,
    rolled_back_versions,
    sources,
    verdicts,
    versions,
)
from pipeline.stores.takedown.rules import ERASED
from pipeline.stores.takedown.taken_back import kept_out, out_of_time, taken_back

SLICE = 10_000


class Pointer(NamedTuple):
    """What is live of a document."""

    version_id: str
    content_digest: str
    access_digest: str


class RestorableVersion(NamedTuple):
    """Whether a version of a kept generation may be live again."""

    content_digest: str
    verdict_id: str
    withheld: Withheld | None


def pointers(connection: Connection) -> dict[str, Pointer]:
    """Every document with a live version."""
    wanted = (documents.c.doc_id, documents.c.live_version, versions.c.content_digest, versions.c.access_digest)
    query = select(*wanted).join(versions, versions.c.version_id == documents.c.live_version)
    return {doc_id: Pointer(*pointer) for doc_id, *pointer in connection.execute(query)}


def standings(connection: Connection, placed: Sequence[LiveDocument], at: datetime) -> dict[str, RestorableVersion]:
    """For versions that are not live: whether they may be again, by version id."""
    texts = {document.version_id: document.text_digest for document in placed}
    ids = list(texts)
    found: dict[str, RestorableVersion] = {}
    for start in range(0, len(ids), SLICE):
        some = ids[start : start + SLICE]
        rows = connection.execute(_candidates(at).where(versions.c.version_id.in_(some))).all()
        kept_out = select(review_items.c.version_id).where(
            review_items.c.version_id.in_(some),
            review_items.c.state == ItemState.QUARANTINED,
        )
        refused = set(connection.execute(kept_out).scalars())
        newest = {row.version_id: row for row in rows}  # the last one of each version is its newest verdict
        for version_id, row in newest.items():
            why = _withheld(row, texts[version_id], refused)
            found[version_id] = RestorableVersion(row.content_digest, row.verdict_id, why)
    return found


def _candidates(at: datetime) -> Any:
    live, latest = versions.alias("live"), versions.alias("latest")
    rule, live_rule, latest_rule = (access_rules.alias(name) for name in ("rule", "live_rule", "latest_rule"))
    return (
        select(
            versions.c.version_id,
            versions.c.content_digest,
            verdicts.c.verdict_id,
            verdicts.c.action,
            verdicts.c.served_digest,
            documents.c.deleted_run,
            rule.c.rule,
            live_rule.c.rule.label("live_rule"),
            latest_rule.c.rule.label("latest_rule"),
            kept_out(ERASED, at).label("erased"),
            taken_back(at, verdicts.c.verdict_id).label("taken_back"),
            out_of_time(at, verdicts.c.verdict_id).label("lapsed"),
        )
        .select_from(versions)
        .join(documents, documents.c.doc_id == versions.c.doc_id)
        .join(verdicts, verdicts.c.version_id == versions.c.version_id)
        .join(sources, sources.c.name == documents.c.source)
        .join(rule, rule.c.digest == versions.c.access_digest)
        .outerjoin(live, live.c.version_id == documents.c.live_version)
        .outerjoin(live_rule, live_rule.c.digest == live.c.access_digest)
        .join(latest, latest.c.version_id == documents.c.latest_version)
        .join(latest_rule, latest_rule.c.digest == latest.c.access_digest)
        .order_by(verdicts.c.decided_at, verdicts.c.verdict_id)
    )


def _withheld(row: Any, text_digest: str, refused: set[str]) -> Withheld | None:
    now = [AccessRule.model_validate(rule) for rule in (row.live_rule, row.latest_rule) if rule is not None]
    if row.erased:
        return Withheld.ERASED
    if row.deleted_run is not None:
        return Withheld.DELETED
    if row.lapsed:
        return Withheld.LAPSED
    if row.taken_back:
        return Withheld.REVOKED
    if row.version_id in refused or row.action not in SERVED:
        return Withheld.REFUSED
    if row.served_digest != text_digest:
        return Withheld.OTHER_TEXT
    return Withheld.NARROWED if narrowed_since(AccessRule.model_validate(row.rule), now) else None


def taken_off(connection: Connection) -> list[TakenOff]:
    """What must not be published again without a person, oldest first."""
    table = rolled_back_versions
    fields = [table.c[name] for name in TakenOff.model_fields]
    query = select(*fields).where(table.c.settled_run.is_(None)).order_by(table.c.rollback, table.c.version_id)
    return [TakenOff(**row) for row in connection.execute(query).mappings()]


def roll_back(
    connection: Connection, rollback: Rollback, generation: GenerationRecord, publisher: str
) -> list[AuditEntry]:
    """Move the pointers and remember what was taken off; returns the audit entries."""
    rows = [
        {"doc": move.doc_id, "version": move.after, "verdict": move.verdict_id if move.after else None}
        for move in rollback.moves
    ]
    change = update(documents).where(documents.c.doc_id == bindparam("doc"))
    if rows:
        connection.execute(
            change.values(live_version=bindparam("version"), live_verdict=bindparam("verdict")),
            rows,
        )
    left = [
        {
            "version_id": move.before,
            "rollback": generation.number,
            "doc_id": move.doc_id,
            "content_digest": move.content_digest,
            "from_generation": rollback.from_generation,
            "to_generation": rollback.to_generation,
        }
        for move in rollback.moves
        if move.before is not None
    ]
    if left:
        connection.execute(insert(rolled_back_versions), left)
    settle(connection, generation.run_id, {move.after for move in rollback.moves if move.after})
    entries = [_moved(move, generation, publisher) for move in rollback.moves]
    counts = {
        "returned": sum(move.before is None for move in rollback.moves),
        "left": sum(move.after is None for move in rollback.moves),
        "changed": sum(move.before is not None and move.after is not None for move in rollback.moves),
    }
    details: dict[str, Detail] = {
        "run_id": generation.run_id,
        "from_generation": rollback.from_generation,
        "to_generation": rollback.to_generation,
        "reason_digest": rollback.reason_digest,
        **counts,
    }
    return [*entries, AuditEntry(rollback.by, "generation.rolled_back", str(generation.number), details)]


def _moved(move: PointerMove, generation: GenerationRecord, publisher: str) -> AuditEntry:
    details = {"run_id": generation.run_id, "version_id": move.after, "before_id": move.before}
    return AuditEntry(publisher, "document.rolled_back", move.doc_id, details)


def decided_again(connection: Connection, outcomes: Iterable[Outcome]) -> None:
    """A run decided these, so that what reconciliation asked for is done."""
    if marked := set(connection.execute(select(judged_again.c.doc_id)).scalars()):
        done = [outcome.doc_id for outcome in outcomes if outcome.doc_id in marked]
        for start in range(0, len(done), SLICE):
            connection.execute(delete(judged_again).where(judged_again.c.doc_id.in_(done[start : start + SLICE])))


def settle_served(connection: Connection, run_id: str, outcomes: Iterable[Outcome]) -> None:
    """A run served again, by approval, what was taken off: it is held no more."""
    held = TakenOffVersions(taken_off(connection))
    if not held:
        return
    settled = set()
    for outcome in outcomes:
        if outcome.kind is not ChangeKind.DELETED and outcome.tagged is not None and serves(outcome):
            content = outcome.tagged.provenance.content_digest
            if one := held.find(outcome.doc_id, outcome.version_id, content):
                settled.add(one.version_id)
    settle(connection, run_id, settled)


def settle(connection: Connection, run_id: str, version_ids: Iterable[str]) -> None:
    """Hold these versions no more."""
    table = rolled_back_versions
    change = update(table).where(table.c.version_id == bindparam("id"), table.c.settled_run.is_(None))
    rows = [{"id": one} for one in sorted(version_ids)]
    if rows:
        connection.execute(change.values(settled_run=run_id), rows)
