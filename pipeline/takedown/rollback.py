"""Goes back to an earlier generation, at once.

The target's placements become a new generation, without documents that were taken back since; its segments are there
already, so nothing is read, scanned or embedded. One ledger transaction moves the pointers of the documents that
change.

Invariants: a rollback never resurrects (law 10): a document that was deleted at its source, revoked, refused,
redacted further or narrowed since stays as it is today. Removed versions are remembered, and the next refresh sends
them to review instead of publishing them again. It is a generation of its own, signed, with the current one as its
parent.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.domain.digests import digest_text
from pipeline.domain.errors import Conflict, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.publication import (
    GenerationRecord,
    PointerMove,
    Rollback,
    digest_of_root,
)
from pipeline.domain.serving.takedown import Withheld
from pipeline.index.generations import Generation
from pipeline.index.pages import PlacementPages
from pipeline.index.placements import Placement
from pipeline.index.successor import write_successor
from pipeline.publishing.publish import publish_made
from pipeline.publishing.run import Publisher, PublisherRun, publisher_lock
from pipeline.stores.ledger.retained import Retained
from pipeline.stores.takedown.rolled_back import Pointer, RestorableVersion
from pipeline.workspace import Workspace


class RollbackResult(Frozen):
    """What a rollback did, or would do."""

    from_generation: int
    to_generation: int
    generation: GenerationRecord | None
    """The new one; None in a dry run."""
    documents: int
    """How many are served afterwards."""
    returned: tuple[str, ...]
    """Documents that were not live and are again."""
    left: tuple[str, ...]
    """Documents that are live no more."""
    changed: tuple[str, ...]
    """Documents of which another version is live."""
    withheld: dict[str, Withheld]
    """Documents of the target that do not come back as they were, and why."""
    seconds: float
    dry_run: bool


@dataclass
class _Plan:
    """What would be served, and what that changes."""

    placements: list[Placement] = field(default_factory=list)
    moves: list[PointerMove] = field(default_factory=list)
    withheld: dict[str, Withheld] = field(default_factory=dict)


def rollback(workspace: Workspace, number: int, by: Caller, reason: str, *, dry_run: bool = False) -> RollbackResult:
    """Serve what generation `number` served, minus what was taken back since.

    Raises `Conflict` when that generation is current, pruned, serves the same, or was made with another model.
    """
    by.require(Role.OPERATOR)
    if not reason.strip():
        raise UsageError("A reason is needed.", fix="Say in one sentence why, for whoever reads the record later.")
    clock, reason = time.monotonic(), workspace.words(reason)
    with publisher_lock(workspace) as publisher:
        current, target = _both(workspace, number)
        opened = publisher.open(target)
        plan = _plan(publisher, opened, current)
        made = None if dry_run else _publish(publisher, current, opened, plan, by.name, reason)
    return RollbackResult(
        from_generation=current.number,
        to_generation=target.number,
        generation=made,
        documents=len(plan.placements),
        returned=tuple(sorted(move.doc_id for move in plan.moves if move.before is None)),
        left=tuple(sorted(move.doc_id for move in plan.moves if move.after is None)),
        changed=tuple(sorted(move.doc_id for move in plan.moves if move.before and move.after)),
        withheld=dict(sorted(plan.withheld.items())),
        seconds=round(time.monotonic() - clock, 3),
        dry_run=dry_run,
    )


def _both(workspace: Workspace, number: int) -> tuple[GenerationRecord, GenerationRecord]:
    current, target = workspace.ledger.current_generation(), workspace.ledger.generation(number)
    if current is None or current.number == number:
        raise Conflict(
            f"Generation {number} is being served already.",
            fix="`corpusgate generations list` shows the earlier ones.",
        )
    if number in Retained(workspace.database).pruned():
        raise Conflict(
            f"Generation {number} was pruned: its files are gone.",
            fix="`corpusgate generations list` shows which are kept.",
        )
    if target.model_digest not in workspace.readable_models:
        raise Conflict(
            f"Generation {number} was made with another embedding model or precision than questions are embedded with.",
            fix="`corpusgate models list` shows the models of this home; docs/guides/models.md says how to add one.",
        )
    return current, target


def _plan(publisher: Publisher, target: Generation, current: GenerationRecord) -> _Plan:
    workspace = publisher.workspace
    pointers = workspace.ledger.pointers()
    placed = list(target.documents())
    unchanged = [p for p in placed if _points_to(pointers.get(p.document.doc_id), p)]
    others = [p for p in placed if not _points_to(pointers.get(p.document.doc_id), p)]
    live = workspace.ledger.live_versions([p.document.version_id for p in unchanged])
    standings = workspace.ledger.standings([p.document for p in others])
    plan = _Plan()
    for placement in unchanged:
        if placement.document.version_id in live:
            plan.placements.append(placement)
        else:
            plan.withheld[placement.document.doc_id] = Withheld.REVOKED
    stay = _decide_others(plan, others, standings, pointers)
    if stay:
        _keep_as_today(publisher, plan, stay, target, current)
    named = {p.document.doc_id for p in placed}
    for doc_id, pointer in pointers.items():
        if doc_id not in named:
            plan.moves.append(_leaves(doc_id, pointer))
    plan.moves.sort(key=lambda move: move.doc_id)
    return plan


def _points_to(pointer: Pointer | None, placement: Placement) -> bool:
    return pointer is not None and pointer.version_id == placement.document.version_id


def _decide_others(
    plan: _Plan, others: Iterable[Placement], standings: dict[str, RestorableVersion], pointers: dict[str, Pointer]
) -> dict[str, str]:
    """Add what comes back; returns the documents that stay as they are, with the version they serve."""
    stay: dict[str, str] = {}
    for placement in others:
        doc_id, version_id = placement.document.doc_id, placement.document.version_id
        standing, before = standings.get(version_id), pointers.get(doc_id)
        withheld = Withheld.DELETED if standing is None else standing.withheld
        if standing is not None and withheld is None:
            plan.placements.append(placement)
            plan.moves.append(
                PointerMove(
                    doc_id=doc_id,
                    before=before.version_id if before else None,
                    after=version_id,
                    verdict_id=standing.verdict_id,
                    content_digest=_content_gone(before, standing),
                )
            )
            continue
        plan.withheld[doc_id] = withheld or Withheld.DELETED
        if before is None:
            continue
        if withheld is Withheld.NARROWED and standing and standing.content_digest == before.content_digest:
            stay[doc_id] = before.version_id  # the same text for fewer people: nothing to take off
        else:
            plan.moves.append(_leaves(doc_id, before))
    return stay


def _content_gone(before: Pointer | None, after: RestorableVersion) -> str | None:
    return before.content_digest if before and before.content_digest != after.content_digest else None


def _leaves(doc_id: str, before: Pointer) -> PointerMove:
    return PointerMove(
        doc_id=doc_id, before=before.version_id, after=None, verdict_id=None, content_digest=before.content_digest
    )


def _keep_as_today(
    publisher: Publisher, plan: _Plan, stay: dict[str, str], target: Generation, current: GenerationRecord
) -> None:
    """Add the documents that stay under today's access rule; rows of another model would make vectors of two models.

    Their text is that of the target, so its rows serve them. Where it is not, because it was redacted further, and the
    target's model is another, the document leaves until the next refresh embeds it.
    """
    live, same_model = publisher.workspace.ledger.live_versions(stay.values()), _same_model(target, current)
    rows = {} if same_model else target.pages.placed(stay)
    for placement in publisher.open(current).documents():
        document = placement.document
        if stay.get(document.doc_id) != document.version_id or document.version_id not in live:
            continue
        if same_model:
            plan.placements.append(placement)
        elif (before := rows[document.doc_id]).document.text_digest == document.text_digest:
            plan.placements.append(Placement(document, before.segment, before.start, before.stop))


def _same_model(target: Generation, current: GenerationRecord) -> bool:
    return target.record.model_digest == current.model_digest


def _publish(
    publisher: Publisher, current: GenerationRecord, target: Generation, plan: _Plan, by: str, reason: str
) -> GenerationRecord:
    workspace, to = publisher.workspace, target.record
    rules = dict(target.access)
    if any(p.document.access_id not in rules for p in plan.placements):
        rules |= publisher.open(current).access
    pages = PlacementPages.of(plan.placements)
    access = {access_id: rules[access_id] for access_id in pages.access}
    if digest_of_root(pages.root, access, to.model_digest, current.policy_digest) == publisher.open(current).digest:
        raise Conflict(
            f"What is being served is already what generation {to.number} holds, without what was taken back since.",
            fix="`corpusgate generations list` shows the earlier ones.",
        )
    with PublisherRun.new(publisher, "rollback-").on_record() as run:
        record = write_successor(
            workspace.index,
            current,
            pages,
            access,
            workspace.signer,
            run_id=run.run_id,
            at=run.started_at,
            model_digest=to.model_digest,
            policy_digest=current.policy_digest,
            rolled_back_to=to.number,
            log=workspace.checkpoints.mark(),
        )
        moved = Rollback(
            from_generation=current.number,
            to_generation=to.number,
            by=by,
            reason_digest=digest_text(reason),
            moves=tuple(plan.moves),
        )
        return publish_made(run, record, {"rolled_back_to": to.number}, Purpose.ROLLBACK, moved)
