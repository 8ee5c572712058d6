"""The one transaction that makes a run's work true (law 6).

Invariants: everything of a publication is written, or nothing. The same run committed again changes nothing and
returns what the first commit returned. A generation is accepted only as the child of the current one, and only
from the holder of the publisher's lock. Unchanged documents cost nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from sqlalchemy import BigInteger, Connection, Table, bindparam, func, insert, select, update

from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.domain.documents.documents import Binding, ChangeKind, DocumentRef, Outcome, TaggedDocument, Verdict
from pipeline.domain.errors import IntegrityError, LedgerError, UnaccountedDocuments
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import AccessRule
from pipeline.domain.identity.persons import PUBLISHER, person
from pipeline.domain.serving.publication import GenerationRecord, Publication, serves
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry, Detail
from pipeline.stores.database import insert_into
from pipeline.stores.ledger.known import recorded
from pipeline.stores.review.changes import QueueChanges, verdict_id
from pipeline.stores.submissions.submissions import link_versions
from pipeline.stores.tables import (
    access_rules,
    current_generation,
    documents,
    findings,
    generations,
    passage_samples,
    runs,
    sketches,
    verdict_waivers,
    verdicts,
    versions,
    word_sketches,
)
from pipeline.stores.takedown import rolled_back


class Committed(Frozen):
    """What a commit did; a repeated commit returns the first one's."""

    run_id: str
    generation: GenerationRecord | None
    audit_seq: int
    """The last audit entry of this commit."""
    opened: tuple[str, ...]
    """Review items opened."""
    applied: tuple[str, ...]
    """Approvals used up."""
    stale: tuple[str, ...]
    """Review items that no longer count."""


Also = Callable[[Connection, datetime], None]
"""What is to become true in the same transaction."""


def commit(
    connection: Connection,
    publication: Publication,
    generation_details: Mapping[str, Detail],
    at: datetime,
    also: Also | None = None,
) -> Committed:
    """Write `publication` in the caller's audited transaction; `also` is called in it, once a run."""
    run_id = publication.summary.run_id
    run = connection.execute(select(runs).where(runs.c.run_id == run_id)).first()
    if run is None or run.state in ("failed", "held"):
        raise LedgerError(f"Run {run_id} was not started.", fix="Start the run again; it continues from what is done.")
    if run.state == "finished":
        return Committed.model_validate(run.result)
    account(publication)
    _write_versions(connection, publication, at)
    _move_pointers(connection, publication)
    queue = QueueChanges.plan(connection, publication, run.sources, at)
    queue.write(connection, at)
    if publication.generation is not None:
        _make_current(connection, publication.generation)
    rolled_back.settle_served(connection, run_id, publication.outcomes)
    rolled_back.decided_again(connection, publication.outcomes)
    entries = [_outcome_entry(outcome, run_id, queue.item_of(outcome.doc_id)) for outcome in publication.outcomes]
    if publication.generation is not None:
        if publication.rollback is not None:
            entries += rolled_back.roll_back(connection, publication.rollback, publication.generation, PUBLISHER)
        entries.append(_generation_entry(publication.generation, generation_details))
    if also is not None:
        also(connection, at)
    result = Committed(
        run_id=run_id,
        generation=publication.generation,
        audit_seq=audit_log.append(connection, at, entries),
        opened=tuple(item.item_id for item in queue.opened),
        applied=tuple(queue.applied),
        stale=tuple(queue.stale),
    )
    finished = {
        "state": "finished",
        "finished_at": at,
        "summary": publication.summary.model_dump(mode="json"),
        "result": result.model_dump(mode="json"),
    }
    connection.execute(update(runs).where(runs.c.run_id == run_id).values(**finished))
    return result


def account(publication: Publication) -> None:
    """Refuse a publication whose outcomes are not exactly the documents its summary counts (law 13)."""
    outcomes = publication.outcomes
    counted = Counter(outcome.kind for outcome in outcomes if not outcome.rescan)
    claimed = publication.summary.documents
    wrong = [kind for kind in ChangeKind if kind is not ChangeKind.UNCHANGED and counted[kind] != claimed.get(kind, 0)]
    silent = sum(outcome.kind is not ChangeKind.DELETED and _decided(outcome) is None for outcome in outcomes)
    again = abs(publication.summary.rescanned - sum(outcome.rescan for outcome in outcomes))
    twice = len(outcomes) - len({outcome.doc_id for outcome in outcomes})
    if wrong or silent or again or twice:
        raise UnaccountedDocuments(
            f"The run counted other documents than it decided: {len(wrong)} kinds of change differ, "
            f"{again} were scanned again, {silent} have no verdict, {twice} have more than one.",
            done="Nothing was published.",
            fix="Report this as a bug of Corpusgate, with the run id.",
        )


def _decided(outcome: Outcome) -> tuple[TaggedDocument, Verdict] | None:
    return None if outcome.tagged is None or outcome.verdict is None else (outcome.tagged, outcome.verdict)


@lru_cache(maxsize=64)
def _binding_digest(binding: Binding) -> str:
    return binding.digest


def _write_versions(connection: Connection, publication: Publication, at: datetime) -> None:
    run_id = publication.summary.run_id
    rules: dict[AccessRule, str] = {}
    version_rows: list[dict[str, object]] = []
    verdict_rows: list[dict[str, object]] = []
    finding_rows: list[dict[str, object]] = []
    waiver_rows: list[dict[str, object]] = []
    submitted: dict[str, str] = {}
    for outcome in publication.outcomes:
        decided = _decided(outcome)
        if decided is None or outcome.kind is ChangeKind.DELETED:
            continue
        tagged, verdict = decided
        access_digest = _bound_access(tagged, verdict, rules)
        if tagged.ref.submission is not None:
            submitted[tagged.ref.submission] = outcome.version_id
        version_rows.append(_version_row(outcome, tagged, access_digest, run_id, at))
        verdict_rows.append(_verdict_row(outcome, verdict, run_id, at))
        finding_rows.extend(
            {"verdict_id": verdict_rows[-1]["verdict_id"], "ordinal": ordinal, **finding.model_dump(mode="json")}
            for ordinal, finding in enumerate(outcome.findings)
        )
        waiver_rows.extend({"verdict_id": verdict_rows[-1]["verdict_id"], "waiver_id": one} for one in verdict.waivers)
    _insert_missing(
        connection,
        access_rules,
        [
            {"digest": digest, "access_id": digest[:16], "rule": rule.model_dump(mode="json")}
            for rule, digest in rules.items()
        ],
    )
    # A version seen before keeps the provenance it was first recorded with.
    _insert_missing(connection, versions, version_rows)
    link_versions(connection, submitted, at)
    _insert_missing(
        connection,
        sketches,
        [{"version_id": o.version_id, "sketch": o.sketch} for o in publication.outcomes if o.sketch is not None],
    )
    _insert_missing(
        connection,
        word_sketches,
        [{"version_id": o.version_id, "words": o.words} for o in publication.outcomes if o.words is not None],
    )
    _insert_missing(
        connection,
        passage_samples,
        [{"version_id": o.version_id, "passages": o.passages} for o in publication.outcomes if o.passages is not None],
    )
    for table, rows in ((verdicts, verdict_rows), (findings, finding_rows), (verdict_waivers, waiver_rows)):
        if rows:
            connection.execute(insert(table), rows)


def _bound_access(tagged: TaggedDocument, verdict: Verdict, rules: dict[AccessRule, str]) -> str:
    rule = tagged.provenance.access
    digest = rules.setdefault(rule, rules.get(rule) or rule.digest)
    if (verdict.content_digest, verdict.access_digest) != (tagged.provenance.content_digest, digest):
        raise IntegrityError(
            "A verdict is bound to other bytes or another access rule than its document has.",
            done="Nothing was published.",
            fix="Report this as a bug of Corpusgate, with the run id.",
        )
    return digest


def _version_row(
    outcome: Outcome, tagged: TaggedDocument, access_digest: str, run_id: str, at: datetime
) -> dict[str, object]:
    provenance = tagged.provenance
    recorded = canonical_json(provenance.model_dump(mode="json"))
    return {
        "version_id": outcome.version_id,
        "doc_id": outcome.doc_id,
        "content_digest": provenance.content_digest,
        "access_digest": access_digest,
        "metadata_digest": provenance.metadata_digest,
        "owner": person(provenance.owner),
        "submitter": person(provenance.submitter),
        "run_id": run_id,
        "provenance": recorded.decode(),
        "provenance_digest": digest_bytes(recorded),
        "recorded_at": at,
    }


def _verdict_row(outcome: Outcome, verdict: Verdict, run_id: str, at: datetime) -> dict[str, object]:
    return {
        "verdict_id": verdict_id(run_id, outcome.doc_id),
        "run_id": run_id,
        "doc_id": outcome.doc_id,
        "version_id": outcome.version_id,
        "kind": outcome.kind,
        "action": verdict.action,
        "rule_ids": verdict.rule_ids,
        "reasons": verdict.reasons,
        "tags": verdict.tags,
        "impact": None if outcome.impact is None else outcome.impact.model_dump(mode="json"),
        "policy_digest": verdict.binding.policy_digest,
        "detector_digest": verdict.binding.detector_digest,
        "model_digest": verdict.binding.model_digest,
        "binding": "" if outcome.unread else _binding_digest(verdict.binding),
        "text_digest": outcome.text_digest,
        "served_digest": outcome.served_digest,
        "extractor": outcome.extractor,
        "renamed_from": outcome.renamed_from,
        "rescan": outcome.rescan,
        "chunks": outcome.chunks,
        "bytes": outcome.bytes,
        "decided_at": at,
    }


def _move_pointers(connection: Connection, publication: Publication) -> None:
    run_id = publication.summary.run_id
    decided: list[dict[str, object]] = []
    gone: list[dict[str, object]] = []
    withdrawn: list[dict[str, object]] = []
    for outcome in publication.outcomes:
        served = serves(outcome)
        if outcome.kind is ChangeKind.DELETED:
            if served is False:
                gone.append({"doc": outcome.doc_id, "told": outcome.order})
            continue
        if outcome.tagged is None:
            continue
        if served is False:
            withdrawn.append({"doc": outcome.doc_id})
        given = verdict_id(run_id, outcome.doc_id)
        decided.append(
            {
                "doc_id": outcome.doc_id,
                "source": outcome.tagged.ref.source,
                "latest_version": outcome.version_id,
                "latest_verdict": given,
                "live_version": outcome.version_id if served else None,
                "live_verdict": given if served else None,
                "deleted_run": None,
                "version_order": outcome.order,
                "ref": recorded(_looked_at(outcome.tagged.ref, outcome)),
            }
        )
    if decided:
        upsert = insert_into(connection, documents)
        fresh, old = upsert.excluded, documents.c
        connection.execute(
            upsert.on_conflict_do_update(
                index_elements=[old.doc_id],
                set_={
                    "latest_version": fresh.latest_version,
                    "latest_verdict": fresh.latest_verdict,
                    "live_version": func.coalesce(fresh.live_version, old.live_version),
                    "live_verdict": func.coalesce(fresh.live_verdict, old.live_verdict),
                    "deleted_run": None,
                    "version_order": fresh.version_order,
                    "ref": fresh.ref,
                },
            ),
            decided,
        )
    leave = update(documents).where(documents.c.doc_id == bindparam("doc")).values(live_version=None, live_verdict=None)
    if withdrawn:
        connection.execute(leave, withdrawn)
    if gone:
        until = func.coalesce(bindparam("told", type_=BigInteger), documents.c.version_order)
        connection.execute(leave.values(deleted_run=run_id, version_order=until), gone)


def _looked_at(ref: DocumentRef, outcome: Outcome) -> DocumentRef:
    """What was not read stays unknown, so that it is looked at again without being written again."""
    return ref.model_copy(update={"stamp": ""}) if outcome.unread else ref


def _make_current(connection: Connection, generation: GenerationRecord) -> None:
    current = connection.execute(select(current_generation.c.number)).scalar()
    if generation.parent != current or generation.number <= (current or 0):
        raise LedgerError(
            f"Generation {generation.number} was built on generation {generation.parent or 0}, "
            f"but generation {current or 0} is current.",
            done="Nothing was published.",
            fix="Run it again: it builds on what is current now.",
        )
    connection.execute(insert(generations), generation.model_dump())
    pointer = insert_into(connection, current_generation).values(id=1, number=generation.number)
    connection.execute(pointer.on_conflict_do_update(index_elements=["id"], set_={"number": pointer.excluded.number}))


def _outcome_entry(outcome: Outcome, run_id: str, item_id: str | None) -> AuditEntry:
    details: dict[str, Detail] = {"kind": outcome.kind.value, "run_id": run_id, "version_id": outcome.version_id}
    if item_id is not None:
        details["item_id"] = item_id
    if outcome.kind is ChangeKind.DELETED:
        return AuditEntry(PUBLISHER, f"document.{'held' if outcome.held else 'deleted'}", outcome.doc_id, details)
    decided = _decided(outcome)
    if decided is None:
        raise UnaccountedDocuments("A document has no verdict.", done="Nothing was published.")
    tagged, verdict = decided
    details |= {
        "content_digest": verdict.content_digest,
        "access_digest": verdict.access_digest,
        "metadata_digest": tagged.provenance.metadata_digest,
        "binding_digest": _binding_digest(verdict.binding),
        "rules": verdict.rule_ids,
        "findings": len(outcome.findings),
    }
    if verdict.waivers:
        details["waivers"] = verdict.waivers
    if outcome.lapsed:
        details["waiver_lapsed"] = True
    return AuditEntry(PUBLISHER, f"document.{verdict.action.value}", outcome.doc_id, details)


def _generation_entry(generation: GenerationRecord, extra: Mapping[str, Detail]) -> AuditEntry:
    details: dict[str, Detail] = {
        "run_id": generation.run_id,
        "digest": generation.digest,
        "manifest_digest": generation.manifest_digest,
        "parent": generation.parent,
        "documents": generation.documents,
        "chunks": generation.chunks,
        "model_digest": generation.model_digest,
        "policy_digest": generation.policy_digest,
    }
    return AuditEntry(PUBLISHER, "generation.published", str(generation.number), {**extra, **details})


def _insert_missing(connection: Connection, table: Table, rows: Iterable[Mapping[str, object]]) -> None:
    if rows := list(rows):
        connection.execute(insert_into(connection, table).on_conflict_do_nothing(), rows)
