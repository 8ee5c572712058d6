"""Makes a candidate generation current, for refreshes, rollbacks, compaction and erasure alike.

Invariants: only the holder of the publisher's lock publishes. Segments and manifest are durable before this is called;
one ledger transaction makes the generation current (law 6). Before it, the candidate answers the canary questions:
a forbidden document stops it whatever its purpose, and a refresh that changes answers too much waits for a person,
whose approval covers this candidate in place of this generation with these answers, and nothing else (law 8).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from pipeline.domain.digests import digest_json
from pipeline.domain.documents.documents import Binding, ChangeKind, Outcome
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.errors import CanaryForbidden, IntegrityError, VectorStoreError
from pipeline.domain.identity.persons import person
from pipeline.domain.review.held_generations import HeldGeneration, HeldReport, HeldState, ReviewScope
from pipeline.domain.serving.canary_questions import Answer, CanaryQuestions, CanaryReport, Purpose, compare
from pipeline.domain.serving.publication import GenerationRecord, Publication, Rollback, RunSummary, serves
from pipeline.evidence.attestations import attest
from pipeline.index.candidate import build_candidate
from pipeline.index.generations import Generation
from pipeline.index.staging import StagingReader
from pipeline.publishing.canary_answers import ask, embedded, live_after, principals, question_digests
from pipeline.publishing.run import Publisher, PublisherRun
from pipeline.stores.audit.log import Detail
from pipeline.stores.database import Connection
from pipeline.stores.ledger.commit import Also, Committed
from pipeline.stores.ledger.liveness import obstacles, to_be
from pipeline.stores.review.held_generations import held_id, settle, store_answers
from pipeline.stores.takedown.applied import TakedownCheck


class BuiltCandidate(NamedTuple):
    """The generation that a run makes of the current one."""

    record: GenerationRecord | None
    """None if what is served stays as it is."""
    takedowns: TakedownCheck
    """The takedowns that the served documents were compared with."""


def candidate_of(
    run: PublisherRun, serving: Generation | None, outcomes: Sequence[Outcome], staged: StagingReader, binding: Binding
) -> BuiltCandidate:
    """Build the generation that a run's outcomes make of what is served."""
    workspace = run.workspace
    takedowns = workspace.ledger.takedown_check(serving.record.number if serving else 0)
    coming = to_be(outcomes, run.run_id)
    with workspace.database.read() as connection:
        kept_out = obstacles(connection, coming.values(), workspace.database.now(connection))
    record = build_candidate(
        workspace.index,
        serving,
        outcomes,
        staged,
        live_versions=workspace.ledger.live_versions,
        suspects=takedowns.suspects,
        kept_out=kept_out,
        model_digest=binding.model_digest,
        policy_digest=binding.policy_digest,
        run_id=run.run_id,
        at=run.started_at,
        signer=workspace.signer,
        layout=workspace.home.settings.index,
        log=workspace.checkpoints.mark(),
    )
    return BuiltCandidate(record, takedowns)


def publish(
    run: PublisherRun,
    publication: Publication,
    details: Mapping[str, Detail],
    purpose: Purpose = Purpose.REFRESH,
    also: Also | None = None,
    takedowns: TakedownCheck | None = None,
    proposer: str = "",
) -> Committed:
    """Commit `publication`, and `also` with it; its generation, if it has one, is current when this returns.

    `proposer` is the person who asked for it. They may not approve it, and neither may the submitters of its documents
    (law 8).
    `takedowns` is what its documents were compared with. Without it, the next generation compares all documents.
    Raises `CanaryForbidden` when a canary question is answered with a document it forbids: nothing is committed.
    Raises `GenerationHeld` when a person has to look first: of the run only that it was held is on record.
    """
    workspace, publisher, lock = run.workspace, run.publisher, run.publisher.lock
    candidate = publication.generation
    if candidate is None:
        current = workspace.ledger.current_generation()

        def with_takedowns(connection: Connection, at: datetime) -> None:
            if takedowns is not None and current is not None:
                takedowns.note(connection, current.number, publication, at)
            if also is not None:
                also(connection, at)

        with _copied(publisher, current, purpose):
            return workspace.ledger.commit_publication(publication, details, datetime.now(UTC), lock, with_takedowns)
    questions = workspace.home.canaries
    checked = _check(publisher, publication, candidate, questions, purpose)
    used: HeldGeneration | None = None
    if purpose in (Purpose.REFRESH, Purpose.MIGRATION) and checked.report.holds:
        item = _item(publication, candidate, questions, checked, purpose, proposer)
        used = workspace.held_generations.approved_or_held(item, publication.summary, lock)

    def with_answers(connection: Connection, at: datetime) -> None:
        settle(connection, candidate.number, used, at)
        given = checked.answers.items()
        store_answers(connection, candidate.number, ((one, checked.digests[one], answer) for one, answer in given))
        if takedowns is not None:
            takedowns.note(connection, candidate.number, publication, at)
        if also is not None:
            also(connection, at)

    details = {**details, **_details(questions, checked.report, purpose)}
    attest(
        workspace.index,
        candidate,
        publisher.open(candidate).statement,
        workspace.signer,
        questions=questions,
        report=checked.report,
        purpose=purpose,
        started_at=run.started_at,
    )
    with _copied(publisher, candidate, purpose):
        committed = workspace.ledger.commit_publication(publication, details, datetime.now(UTC), lock, with_answers)
    workspace.checkpoints.make_if_possible()
    return committed


def compared(publisher: Publisher, candidate: GenerationRecord, purpose: Purpose) -> CanaryReport:
    """How a candidate made without new documents answers the canary questions next to what is served.

    Raises `CanaryForbidden` when a canary question is answered with a document it forbids.
    """
    publication = Publication(summary=_nothing_brought_in(candidate.run_id), outcomes=(), generation=candidate)
    return _check(publisher, publication, candidate, publisher.workspace.home.canaries, purpose).report


def publish_made(
    run: PublisherRun,
    record: GenerationRecord,
    details: Mapping[str, Detail],
    purpose: Purpose,
    rollback: Rollback | None = None,
    takedowns: TakedownCheck | None = None,
    proposer: str = "",
) -> GenerationRecord:
    """Publish a generation that no document was brought in for: a takedown, a repair or a migration."""
    summary = _nothing_brought_in(run.run_id)
    publication = Publication(summary=summary, outcomes=(), generation=record, rollback=rollback)
    publish(run, publication, details, purpose, takedowns=takedowns, proposer=proposer)
    return record


def _nothing_brought_in(run_id: str) -> RunSummary:
    return RunSummary(run_id=run_id, documents={}, verdicts={}, seconds=0, bytes=0)


@contextmanager
def _copied(publisher: Publisher, record: GenerationRecord | None, purpose: Purpose) -> Iterator[None]:
    """Where a database serves: load what will be current before the commit, forget everything else after it."""
    copy = publisher.workspace.serving_copy
    if copy is None or record is None:
        yield
        return
    if not copy.holds(record):
        copy.load(publisher.open(record))
    yield
    # It is committed by now: what is left over nobody sees, and the next publication removes it. An erasure, though,
    # is not done while a text it erased is still there.
    with nullcontext() if purpose is Purpose.ERASURE else suppress(VectorStoreError):
        copy.keep_only(record)


@dataclass(frozen=True)
class _Checked:
    """What the canary questions said, and what it stands on."""

    report: CanaryReport
    answers: Mapping[str, Answer]
    digests: Mapping[str, str]
    current: GenerationRecord | None


def _check(
    publisher: Publisher,
    publication: Publication,
    candidate: GenerationRecord,
    questions: CanaryQuestions,
    purpose: Purpose,
) -> _Checked:
    workspace = publisher.workspace
    current = workspace.ledger.current_generation()
    if purpose is Purpose.COMPACTION and (current is None or publisher.open(current).digest != candidate.digest):
        raise _compaction_changes("other documents")
    if not questions.questions:
        return _Checked(compare(questions, {}, None), {}, {}, current)
    asking = principals(workspace, questions)
    digests = question_digests(questions, asking)
    embedder = embedded(workspace, questions.questions, candidate)
    coming = live_after(workspace, publication)
    after = ask(workspace, publisher.open(candidate), questions, asking, coming, embedder)
    before: Mapping[str, Answer] | None = None
    if current is not None and current.model_digest in workspace.readable_models:
        if not embedder.reads(current.model_digest):
            embedder = embedded(workspace, questions.questions, current)
        before = ask(workspace, publisher.open(current), questions, asking, workspace.ledger.live_versions, embedder)
    elif current is not None:
        # No locked model made its vectors: what it answered when it was published is all that can be known.
        before = workspace.held_generations.stored_answers(current.number, digests)
    report = compare(questions, after, before)
    if report.forbidden:
        raise CanaryForbidden(
            "Canary questions are answered with documents they forbid: "
            + "; ".join(
                f"{result.question_id}, asked by {result.principal}, finds {', '.join(result.forbidden)}"
                for result in report.forbidden[:5]
            )
            + (f"; and {len(report.forbidden) - 5} more" if len(report.forbidden) > 5 else "")
            + ".",
            done="Nothing was published; the last generation keeps serving.",
            fix="Correct who may read the document, or revoke it (corpusgate revoke), and run it again. If the "
            "question is wrong, correct configs/canaries.yaml.",
        )
    if purpose is Purpose.COMPACTION and before != after:
        raise _compaction_changes("other answers")
    return _Checked(report, after, digests, current)


def _compaction_changes(what: str) -> IntegrityError:
    return IntegrityError(
        f"The compacted generation has {what} than the one it would replace.",
        done="Nothing was published; the last generation keeps serving.",
        fix="Report this as a bug of Corpusgate; `corpusgate doctor` tells whether the index is sound.",
    )


def _item(
    publication: Publication,
    candidate: GenerationRecord,
    questions: CanaryQuestions,
    checked: _Checked,
    purpose: Purpose,
    proposer: str,
) -> HeldGeneration:
    report, current = checked.report, checked.current
    changed = [outcome for outcome in publication.outcomes if serves(outcome) is not None]
    scopes = {
        (
            source_of(outcome.doc_id),
            outcome.tagged.provenance.access.classification if outcome.tagged and serves(outcome) else None,
        )
        for outcome in changed
    }
    submitters = {person(o.tagged.provenance.submitter) for o in changed if serves(o) and o.tagged is not None}
    binding = digest_json(
        {
            "candidate": candidate.digest,
            "replaces": current.digest if current else None,
            "questions": questions.digest,
            "answers": report.answers_digest,
        }
    )
    return HeldGeneration(
        held_id=held_id(publication.summary.run_id, binding),
        digest=candidate.digest,
        binding=binding,
        replaces=current.number if current else None,
        run_id=publication.summary.run_id,
        report=HeldReport(
            questions=len(report.results),
            changed=len(report.changed),
            below=len(report.below),
            min_overlap=report.min_overlap,
            compared=report.compared,
            sentence=f"This {purpose.value} {report.sentence}.",
            results=report.to_show,
            purpose=purpose,
        ),
        changes=dict(Counter(outcome.kind.value for outcome in changed if outcome.kind is not ChangeKind.UNCHANGED)),
        scopes=tuple(
            ReviewScope(source=source, classification=classification)
            for source, classification in sorted(scopes, key=lambda scope: (scope[0], scope[1] or ""))
        ),
        submitters=tuple(sorted(submitters | ({person(proposer)} if proposer else set()))),
        state=HeldState.OPEN,
        opened_at=datetime.now(UTC),
    )


def _details(questions: CanaryQuestions, report: CanaryReport, purpose: Purpose) -> dict[str, Detail]:
    """What the audit log keeps: with the digest of the file, questions that are removed or eased show."""
    return {
        "purpose": purpose.value,
        "canaries_digest": questions.digest,
        "canary_questions": len(report.results),
        "canary_changed": len(report.changed),
        "canary_missing": len(report.missing),
    }
