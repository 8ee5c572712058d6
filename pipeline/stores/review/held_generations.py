"""Generations that wait for a person because canary answers changed, and the answers of the one being served.

Invariants: at most one held generation waits at a time; a newer candidate makes it stale. An approval counts for one
binding: this candidate, in place of this generation, with these answers to these questions (law 8); and it is
checked again in the transaction that publishes. Stored are document ids, ranks and scores, never text (law 4).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from pipeline.domain.digests import digest_json
from pipeline.domain.errors import Conflict, LedgerError, NotFound, UsageError
from pipeline.domain.identity.persons import PUBLISHER
from pipeline.domain.review.held_generations import PENDING, HeldDecision, HeldGeneration, HeldState
from pipeline.domain.serving.canary_questions import Answer
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.database import insert_into
from pipeline.stores.tables import canary_answers, held_decisions, held_generations, runs

_h = held_generations.c
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def held_id(run_id: str, binding: str) -> str:
    """Derived, so that a repeated hold names the same item."""
    return digest_json([run_id, binding])[:16]


def find(connection: Connection, *conditions: ColumnElement[bool]) -> list[HeldGeneration]:
    """Held generations that satisfy `conditions`, oldest first, with their decisions."""
    query = select(held_generations).where(*conditions).order_by(_h.opened_at, _h.held_id)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    decided: dict[str, list[HeldDecision]] = {}
    said = select(held_decisions).where(held_decisions.c.held_id.in_([row["held_id"] for row in rows]))
    for row in connection.execute(said.order_by(held_decisions.c.at)).mappings():
        fields = {key: value for key, value in row.items() if key != "held_id"}
        decided.setdefault(row["held_id"], []).append(HeldDecision(**fields))
    return [HeldGeneration(**row, decisions=tuple(decided.get(row["held_id"], ()))) for row in rows]


def by_id(connection: Connection, held_id: str) -> HeldGeneration | None:
    """The item of that id."""
    return next(iter(find(connection, _h.held_id == held_id)), None)


def of_binding(connection: Connection, binding: str) -> HeldGeneration | None:
    """The newest item bound to `binding`, unless it was used up or went stale."""
    kept = _h.state.in_([*PENDING, HeldState.REJECTED])
    return next(reversed(find(connection, _h.binding == binding, kept)), None)


def require(connection: Connection, name: str) -> HeldGeneration:
    """The item whose id or digest is, or uniquely begins with, `name`; of several with one digest the newest."""
    begins = (func.substr(column, 1, len(name)) == name for column in (_h.held_id, _h.digest))
    by_id, by_digest = (find(connection, condition) for condition in begins) if name else ([], [])
    found = by_id or by_digest
    if not found:
        raise NotFound(
            "No held generation has this id or begins with it.", fix="`corpusgate generations held` shows what waits."
        )
    if len({item.digest for item in found}) > 1:
        raise UsageError(f"Several held generations begin with {name[:16]}.", fix="Give more of the digest.")
    return found[-1]


def hold(connection: Connection, item: HeldGeneration, summary: Mapping[str, object], at: datetime) -> None:
    """End the run as held, and open `item` unless it waits already. Everything else that waited goes stale.

    The caller's transaction is an audited one and has checked the publisher's lock.
    """
    ending = (
        update(runs)
        .where(runs.c.run_id == item.run_id, runs.c.state == "started")
        .values(state="held", finished_at=at, reason_code="canary-answers", summary=summary)
        .returning(runs.c.run_id)
    )
    if connection.execute(ending).first() is None:
        raise LedgerError(f"Run {item.run_id} was not started or has ended.", done="Nothing was published.")
    entries = [_entry("run.held", item.run_id, item, {})]
    standing = of_binding(connection, item.binding)
    entries += _let_go(connection, at, keep=standing)
    if standing is None:
        fields = item.model_dump(mode="json", exclude={"decisions", "opened_at", "closed_at"})
        connection.execute(insert(held_generations), fields | {"opened_at": at})
        counts = {"questions": item.report.questions, "changed": item.report.changed, "below": item.report.below}
        entries.append(_entry("generation.held", item.held_id, item, counts))
    audit_log.append(connection, at, entries)


def settle(connection: Connection, number: int, used: HeldGeneration | None, at: datetime) -> None:
    """In the transaction that publishes generation `number`: use the approval up, let go of everything else.

    Raises `Conflict` when the approval was taken back or expired since it was looked at.
    """
    entries: list[AuditEntry] = []
    if used is not None:
        now = find(connection, _h.held_id == used.held_id)[0]
        if not now.approved(at):
            raise Conflict(
                "The approval of this generation was taken back while it was being published.",
                done="Nothing was published; the last generation keeps serving.",
                fix="`corpusgate generations held` shows where it stands.",
            )
        closed = {"state": HeldState.APPLIED, "closed_at": at, "published_as": number}
        connection.execute(update(held_generations).where(_h.held_id == used.held_id).values(**closed))
        entries.append(_entry("generation.released", used.held_id, used, {"generation": number}))
    entries += _let_go(connection, at, keep=None)
    audit_log.append(connection, at, entries)


def decide(
    connection: Connection, item: HeldGeneration, decision: HeldDecision, state: HeldState, at: datetime
) -> None:
    """Store one person's decision and what becomes of the item."""
    fields = decision.model_dump()
    row = insert_into(connection, held_decisions).values(held_id=item.held_id, **fields)
    key = [held_decisions.c.held_id, held_decisions.c.person]
    connection.execute(row.on_conflict_do_update(index_elements=key, set_=fields))
    closed = None if state in PENDING else at
    connection.execute(update(held_generations).where(_h.held_id == item.held_id).values(state=state, closed_at=closed))


def answers(connection: Connection, generation: int) -> dict[str, tuple[str, Answer]]:
    """What canary questions were answered when `generation` was published: digest of the question, and answer."""
    query = select(canary_answers).where(canary_answers.c.generation == generation)
    return {
        row.question_id: (row.question_digest, _ANSWER.validate_python(row.answer)) for row in connection.execute(query)
    }


def store_answers(connection: Connection, generation: int, given: Iterable[tuple[str, str, Answer]]) -> None:
    """Replace the stored answers by those of `generation`: (question id, digest of the question, answer)."""
    connection.execute(delete(canary_answers))
    rows = [
        {
            "question_id": question_id,
            "generation": generation,
            "question_digest": digest,
            "answer": [found.model_dump(mode="json") for found in answer],
        }
        for question_id, digest, answer in given
    ]
    if rows:
        connection.execute(insert(canary_answers), rows)


def _let_go(connection: Connection, at: datetime, keep: HeldGeneration | None) -> Sequence[AuditEntry]:
    waiting = find(connection, _h.state.in_(PENDING))
    stale = [item for item in waiting if keep is None or item.held_id != keep.held_id]
    for item in stale:
        change = {"state": HeldState.STALE, "closed_at": at}
        connection.execute(update(held_generations).where(_h.held_id == item.held_id).values(**change))
    return [_entry("generation.stale", item.held_id, item, {}) for item in stale]


def _entry(action: str, subject: str, item: HeldGeneration, more: Mapping[str, Detail]) -> AuditEntry:
    details: dict[str, Detail] = {"digest": item.digest, "binding_digest": item.binding, "run_id": item.run_id}
    return AuditEntry(PUBLISHER, action, subject, details | dict(more))
