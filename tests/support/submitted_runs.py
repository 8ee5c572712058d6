"""Runs over an inbox made up for tests: what counts, judged as told, committed as a real run commits it."""

import itertools
from collections import Counter
from datetime import UTC, datetime

from pipeline.domain.declarations.resolve import resolve_tags
from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Action, ChangeKind, DocumentRef, Outcome, TaggedDocument, Verdict
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.findings.findings import Finding
from pipeline.domain.serving.publication import GenerationRecord, Publication, RunSummary
from pipeline.domain.submissions.submissions import Submitted
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.source_registry import SourceRegistry
from pipeline.submissions.service import SubmissionService
from tests.support.ledger_samples import BINDING, MODEL, POLICY

_numbers = itertools.count(1)


def publish_submissions(
    database: Database, submissions: SubmissionService, action: Action, findings: tuple[Finding, ...] = ()
) -> None:
    """Judge what counts in the source `inbox` and make it true."""
    ledger, run_id = Ledger(database), f"run-{next(_numbers)}"
    known = {one.doc_id: one for one in ledger.known_versions("inbox")}
    counting, _ = submissions.snapshot(["inbox"])
    outcomes = []
    for one in counting:
        tagged = _tagged(database, one, run_id)
        previous = known.get(one.doc_id)
        if previous is not None and previous.version_id == tagged.version_id:
            continue
        outcomes.append(_outcome(tagged, action, findings, new=previous is None or previous.serving is None))
    counts = Counter(outcome.kind for outcome in outcomes)
    summary = RunSummary(
        run_id=run_id,
        documents={kind: counts[kind] for kind in ChangeKind},
        verdicts={each: len(outcomes) if each is action else 0 for each in Action},
        seconds=0.0,
        bytes=0,
    )
    current = ledger.current_generation()
    generation = GenerationRecord(
        number=1 if current is None else current.number + 1,
        digest=digest_text(run_id),
        manifest=f"{run_id}.json",
        manifest_digest=digest_text(run_id),
        parent=None if current is None else current.number,
        run_id=run_id,
        created_at=datetime.now(UTC),
        documents=len(counting),
        chunks=0,
        model_digest=MODEL,
        policy_digest=POLICY,
    )
    ledger.start_run(run_id, ["inbox"], datetime.now(UTC))
    serves = action in (Action.ADMIT, Action.REDACT)
    publication = Publication(summary=summary, outcomes=tuple(outcomes), generation=generation if serves else None)
    ledger.commit_publication(publication, {}, datetime.now(UTC))


def _tagged(database: Database, one: Submitted, run_id: str) -> TaggedDocument:
    source = SourceRegistry(database).source(one.source)
    tags = resolve_tags(source, one.declared, one.submitter)
    return TaggedDocument(
        ref=DocumentRef(source=one.source, uri=one.uri, location=one.file, submission=one.submission_id),
        provenance=Provenance(
            source=one.source,
            uri=one.uri,
            owner=tags.owner,
            submitter=tags.submitter,
            ingested_at=datetime.now(UTC),
            licence=tags.licence,
            title=tags.title,
            access=tags.access,
            content_digest=one.content_digest,
            run_id=run_id,
        ),
    )


def _outcome(tagged: TaggedDocument, action: Action, findings: tuple[Finding, ...], *, new: bool) -> Outcome:
    provenance = tagged.provenance
    return Outcome(
        doc_id=tagged.doc_id,
        kind=ChangeKind.NEW if new else ChangeKind.MODIFIED,
        version_id=tagged.version_id,
        tagged=tagged,
        text_digest=provenance.content_digest,
        served_digest=provenance.content_digest if action in (Action.ADMIT, Action.REDACT) else None,
        extractor="plain 1",
        findings=findings,
        verdict=Verdict(
            action=action,
            rule_ids=("the-rule",),
            reasons=("The rule says so.",),
            content_digest=provenance.content_digest,
            access_digest=provenance.access.digest,
            binding=BINDING,
        ),
    )
