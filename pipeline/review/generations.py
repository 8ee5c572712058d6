"""Decisions about a generation that waits because it changes the answers to canary questions.

Invariants: no person approves a generation that newly serves their own submission (law 8). Only a reviewer of every
source and classification that changes can decide; others do not see it. An approval covers one binding and expires.
Every decision and its audit entry are one transaction; the reason stays with it, the audit log holds its digest. Only
the publisher opens, uses and closes these items.
"""

from collections.abc import Mapping
from datetime import timedelta

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.words import Words
from pipeline.domain.errors import Conflict, GenerationHeld, NotAllowed, NotFound
from pipeline.domain.identity.persons import person
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.review.held_generations import PENDING, HeldDecision, HeldGeneration, HeldState
from pipeline.domain.serving.canary_questions import Answer
from pipeline.domain.serving.publication import RunSummary
from pipeline.review.acting import check_words
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.database import Database
from pipeline.stores.review import held_generations
from pipeline.stores.run_lock import HeldLock, check_fence


class HeldGenerationService:
    """List, show, approve, reject; and, for the publisher, hold or let through."""

    def __init__(self, database: Database, words: Words, approval_days: int = 14) -> None:
        self._database, self._words = database, words
        self._valid_for = timedelta(days=approval_days)

    def list_items(self, caller: Caller, *, everything: bool = False) -> list[HeldGeneration]:
        """What waits, or, with `everything`, what was decided too; oldest first, and only what `caller` may see."""
        with self._database.read() as connection:
            at = self._database.now(connection)
            items = [item.standing(at) for item in held_generations.find(connection)]
        return [item for item in items if _sees(caller, item) and (everything or item.state in PENDING)]

    def show(self, name: str, caller: Caller) -> HeldGeneration:
        """One item, by the digest of the generation, the item's id, or the beginning of either."""
        with self._database.read() as connection:
            item = held_generations.require(connection, name).standing(self._database.now(connection))
        return _visible(item, caller)

    def approve(self, name: str, caller: Caller, reason: str) -> HeldGeneration:
        """Let exactly this candidate be served; the next refresh over the same inputs publishes it."""
        return self._decide(name, caller, reason, HeldState.APPROVED)

    def reject(self, name: str, caller: Caller, reason: str) -> HeldGeneration:
        """Keep this candidate out; it takes an unused approval back. What is served stays."""
        return self._decide(name, caller, reason, HeldState.REJECTED)

    def approved_or_held(self, item: HeldGeneration, summary: RunSummary, lock: HeldLock) -> HeldGeneration:
        """The standing approval of a candidate; else end its run as held and raise `GenerationHeld`."""
        with audit_log.audited(self._database) as connection:
            check_fence(connection, lock)
            at = self._database.now(connection)
            known = held_generations.of_binding(connection, item.binding)
            if known is not None and known.approved(at):
                return known
            held_generations.hold(connection, item, summary.model_dump(mode="json"), at)
        raise _held((known or item).standing(at))

    def state(self, held_id: str) -> HeldState | None:
        """Where a held generation stands now; None for an unknown one."""
        with self._database.read() as connection:
            item = held_generations.by_id(connection, held_id)
            return None if item is None else item.standing(self._database.now(connection)).state

    def stored_answers(self, generation: int, digests: Mapping[str, str]) -> dict[str, Answer] | None:
        """What was answered when `generation` was published, to questions that are still the same; None if unknown."""
        with self._database.read() as connection:
            stored = held_generations.answers(connection, generation)
        same = {one: answer for one, (digest, answer) in stored.items() if digests.get(one) == digest}
        return same or None

    def _decide(self, name: str, caller: Caller, reason: str, decision: HeldState) -> HeldGeneration:
        check_words(reason, "A reason")
        reason = self._words(reason)
        with audit_log.audited(self._database) as connection:
            at = self._database.now(connection)
            item = _visible(held_generations.require(connection, name).standing(at), caller)
            _require_reviewer(item, caller)
            if item.state not in PENDING:
                raise Conflict(
                    f"This generation is {item.state.value}; it can no longer be decided.",
                    fix="`corpusgate generations held` shows what waits.",
                )
            if decision is HeldState.APPROVED:
                if person(caller.name) in item.submitters:
                    raise NotAllowed(
                        f"{caller.name} submitted a document that this generation would newly serve.",
                        fix="Ask somebody else to look at it.",
                    )
                if item.state is HeldState.APPROVED:
                    raise Conflict("This generation is approved already.", fix=f"Now {item.published_by} publishes it.")
            said = HeldDecision(
                person=person(caller.name), decision=decision, reason=reason, at=at, expires_at=at + self._valid_for
            )
            held_generations.decide(connection, item, said, decision, at)
            details: dict[str, audit_log.Detail] = {
                "digest": item.digest,
                "binding_digest": item.binding,
                "questions_changed": item.report.changed,
                "reason_digest": digest_text(reason),
            }
            entry = AuditEntry(caller.name, f"generation.{decision.value}", item.held_id, details)
            audit_log.append(connection, at, [entry])
        others = tuple(one for one in item.decisions if one.person != said.person)
        return item.model_copy(update={"state": decision, "decisions": (*others, said)})


def _reviews(caller: Caller, item: HeldGeneration) -> bool:
    return all(caller.may(Role.REVIEWER, scope.source, scope.classification) for scope in item.scopes) and (
        bool(item.scopes) or caller.may(Role.REVIEWER)
    )


def _sees(caller: Caller, item: HeldGeneration) -> bool:
    return caller.may(Role.AUDITOR) or caller.may(Role.OPERATOR) or _reviews(caller, item)


def _visible(item: HeldGeneration, caller: Caller) -> HeldGeneration:
    if not _sees(caller, item):
        raise NotFound(
            "No held generation has this id or begins with it.", fix="`corpusgate generations held` shows what waits."
        )
    return item


def _require_reviewer(item: HeldGeneration, caller: Caller) -> None:
    if not _reviews(caller, item):
        sources = ", ".join(sorted({scope.source for scope in item.scopes}))
        raise NotAllowed(
            f"{caller.name} is not a reviewer of everything this generation changes ({sources}).",
            fix="Ask somebody who is, for every classification.",
        )


def _held(item: HeldGeneration) -> GenerationHeld:
    what = f"{item.report.sentence} It was held back."
    if item.state is HeldState.REJECTED:
        who = next((one.person for one in item.decisions if one.decision is HeldState.REJECTED), "a reviewer")
        what = f"{who} rejected this generation: it would serve exactly what was rejected before."
        fix = "Mend what the documents say, or take them back; then refresh. The reason is with the item: "
        fix += f"corpusgate generations held {item.digest[:12]}"
    else:
        fix = (
            f"Look at the answers: corpusgate generations held {item.digest[:12]}. If they are right, a reviewer "
            f"approves it (corpusgate generations approve {item.digest[:12]}) and {item.published_by} publishes it."
        )
    return GenerationHeld(what, item.held_id, fix=fix)
