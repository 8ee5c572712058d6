"""Retrievable documents of a principal at some moment, with the reason for each candidate. For auditors.

Invariants: no text of a document is read or shown. The rank of a candidate is its rank among all rows, readable or
not. Access rules are those of the generation served then; revocations, sources, waivers and break-glass are those of
that moment, and so are groups and clearance of the principal, if that moment is in their history; if not, the present
ones are used and the answer says so. Every question is on record, as a keyed fingerprint.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.domain.errors import NotFound, UsageError
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.access_reasons import refusals
from pipeline.domain.identity.permissions import Classification, Principal
from pipeline.domain.identity.roles import Caller, Role
from pipeline.domain.moments import written_moment
from pipeline.domain.serving.publication import Served
from pipeline.index.search.hits import Ranked
from pipeline.search.past_principals import state_then
from pipeline.settings.operator import operator_name
from pipeline.stores.audit.log import AuditEntry
from pipeline.stores.ledger import liveness
from pipeline.stores.ledger.liveness import Obstacle, in_words
from pipeline.stores.ledger.retained import Retained
from pipeline.stores.ledger.serving_times import served_at, serving_times
from pipeline.stores.takedown.rules import VersionStanding
from pipeline.workspace import Workspace

DEEPEST = 10_000
"""Rows looked at, at most, to find what was retrieved."""
MISSED_SHOWN = 5
PRESENT_NOTE = "The principal's groups and clearance are those of now."
PAST_NOTE = "The principal's groups and clearance are those of that moment, on record since {:%Y-%m-%d %H:%M:%S} UTC."
UNKNOWN_NOTE = "The principal's groups and clearance are those of now: those of that moment are not on record."
PERMITTED, BELOW = "permitted", "permitted, but {} results were closer"


class Considered(Frozen):
    """One row of the index beside the question."""

    rank: int
    """Among all rows of the generation, whoever may read them."""
    score: float
    document: str
    chunk_id: str
    version_id: str
    classification: Classification
    owner: str | None
    access_id: str
    retrieved: bool
    """Whether the principal would have got it."""
    reasons: tuple[str, ...]


class PointInTime(Frozen):
    """What a principal could retrieve."""

    principal: str
    tenant: str
    groups: tuple[str, ...]
    clearance: Classification
    at: datetime
    generation: int
    generation_digest: str
    served_since: datetime
    served_until: datetime | None
    k: int
    retrieved: int
    exhausted: bool
    """Whether every row was looked at that there was to look at."""
    candidates: tuple[Considered, ...]
    note: str
    """Of which moment groups and clearance are."""


def could_retrieve(
    workspace: Workspace,
    principal: str,
    question: str,
    *,
    at: str | None = None,
    k: int = 10,
    by: Caller | None = None,
) -> PointInTime:
    """What `principal` could retrieve with `question` at `at`: a time, the number of a generation, or None for now.

    Of a generation the moment it became current is meant. Without `by` the operator of this machine asks; anybody else
    must be an auditor. Raises `NotFound` for a moment before the first generation and for a pruned generation.
    """
    if by is not None:
        by.require(Role.AUDITOR)
    if k < 1 or not question.strip():
        raise UsageError(
            "This needs a question and at least one result to ask for.",
            fix="Write a question, and ask for 1 result or more.",
        )
    served, moment = _served(workspace, at)
    who, note = _principal(workspace, principal, None if at is None else moment)
    _require_kept(workspace, served)
    asked: dict[str, str | int] = {
        "question": workspace.retrievals.fingerprint(question),
        "generation": served.record.number,
        "results": k,
    }
    actor = by.name if by else operator_name()
    workspace.audit.record(AuditEntry(actor, "retrieval.explained", who.name, asked))
    depth = 2 * k + 8
    while True:
        rows = workspace.files_searcher.ranked(served.record, question, depth)
        known, kept_out = _standing(workspace, rows, moment)
        considered = _consider(rows, who, known, kept_out, moment, k)
        retrieved = sum(one.retrieved for one in considered)
        exhausted = len(rows) < depth
        if retrieved >= k or exhausted or depth >= DEEPEST:
            break
        depth = min(depth * 4, DEEPEST)
    return PointInTime(
        principal=who.name,
        tenant=who.tenant,
        groups=tuple(sorted(who.groups)),
        clearance=who.clearance,
        at=moment,
        generation=served.record.number,
        generation_digest=served.record.digest,
        served_since=served.since,
        served_until=served.until,
        k=k,
        retrieved=retrieved,
        exhausted=exhausted,
        candidates=tuple(_to_show(considered, k)),
        note=note,
    )


def _principal(workspace: Workspace, name: str, at: datetime | None) -> tuple[Principal, str]:
    """The principal as it was at `at`, as far as that is on record, and a note about it; None stands for now."""
    identities = workspace.principals.current()
    if at is None:
        return identities.principal(name), PRESENT_NOTE
    state = state_then(workspace, name, at)
    if state is None:
        return identities.principal(name), UNKNOWN_NOTE
    return state.principal, PAST_NOTE.format(state.since)


def _served(workspace: Workspace, at: str | None) -> tuple[Served, datetime]:
    with workspace.database.read() as connection:
        now = workspace.database.now(connection)
        if at is not None and at.isdecimal():
            times = {served.record.number: served for served in serving_times(connection)}
            found = times.get(int(at))
            if found is None:
                raise NotFound(f"There is no generation {at}.", fix="`corpusgate generations list` shows them.")
            return found, found.since
        moment = now if at is None else _moment(at)
        if moment > now:
            raise UsageError("That moment is not over yet.", fix="Leave --at out to ask about now.")
        served = served_at(connection, moment)
        if served is None:
            raise NotFound(
                "Nothing was being served at that moment.", fix="`corpusgate generations list` shows when it began."
            )
        return served, moment


def _moment(text: str) -> datetime:
    moment = written_moment(text)
    if moment is None:
        raise UsageError(
            "That is neither a time with its zone nor the number of a generation.",
            fix="Write a time as 2026-11-20T10:00Z, or a number as 3.",
        )
    return moment


def _require_kept(workspace: Workspace, served: Served) -> None:
    pruned = Retained(workspace.database).pruned()
    number = served.record.number
    if number not in pruned and (workspace.index / served.record.manifest).exists():
        return
    kept = [str(r.number) for r in workspace.ledger.generations() if (workspace.index / r.manifest).exists()]
    when = f" on {pruned[number]:%Y-%m-%d}" if number in pruned else ""
    raise NotFound(
        f"Generation {number}, which was being served then, was pruned{when}: its files are gone.",
        fix=f"These are kept: {', '.join(sorted(kept, key=int))}.",
    )


def _standing(
    workspace: Workspace, rows: Sequence[Ranked], at: datetime
) -> tuple[dict[str, VersionStanding[str]], dict[str, list[Obstacle]]]:
    with workspace.database.read() as connection:
        known = liveness.standings(connection, {row.version_id for row in rows}, at)
        return known, liveness.obstacles(connection, known.values(), at)


def _consider(
    rows: Sequence[Ranked],
    who: Principal,
    known: Mapping[str, VersionStanding[str]],
    kept_out: Mapping[str, list[Obstacle]],
    at: datetime,
    k: int,
) -> list[Considered]:
    considered: list[Considered] = []
    retrieved = 0
    for row in rows:
        reasons = [*refusals(row.access, who, at), *map(in_words, kept_out.get(row.version_id, ()))]
        if row.version_id not in known:
            reasons.append("the ledger holds no verdict that admits it")
        wins = not reasons and retrieved < k
        retrieved += wins
        standing = known.get(row.version_id)
        considered.append(
            Considered(
                rank=row.rank,
                score=round(row.score, 6),
                document=row.doc_id,
                chunk_id=row.chunk_id,
                version_id=row.version_id,
                classification=row.access.classification,
                owner=standing.owner if standing else None,
                access_id=row.access_id,
                retrieved=wins,
                reasons=tuple(reasons) or (PERMITTED if wins else BELOW.format(k),),
            )
        )
    return considered


def _to_show(considered: Sequence[Considered], k: int) -> list[Considered]:
    """The best `k` of all, what was retrieved from further down, and the first that just missed it."""
    missed = [one for one in considered if one.reasons == (BELOW.format(k),)][:MISSED_SHOWN]
    return [one for one in considered if one.rank <= k or one.retrieved or one in missed]
