"""Publications made up for ledger tests: no text, digests of small strings."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import (
    Action,
    Binding,
    ChangeKind,
    DocumentRef,
    Impact,
    Outcome,
    TaggedDocument,
    Verdict,
)
from pipeline.domain.documents.provenance import Provenance, Source
from pipeline.domain.findings.findings import Finding, FindingKind, Severity
from pipeline.domain.identity.permissions import AccessRule, Classification
from pipeline.domain.serving.publication import GenerationRecord, Publication, RunSummary
from pipeline.stores.database import Database
from pipeline.stores.ledger.ledger import Ledger
from pipeline.stores.ledger.source_registry import SourceRegistry

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MODEL, POLICY, DETECTORS = digest_text("model"), digest_text("policy"), digest_text("detectors")
BINDING = Binding(policy_digest=POLICY, detector_digest=DETECTORS, model_digest=MODEL)
RULE = AccessRule(tenant="default", classification=Classification.INTERNAL, allow=("group:everyone",))
RESTRICTED = AccessRule(tenant="default", classification=Classification.RESTRICTED, allow=("group:board",))
FINDING = Finding(
    kind=FindingKind.PII,
    detector="pii.email",
    entity="EMAIL_ADDRESS",
    severity=Severity.MEDIUM,
    confidence=0.9,
    start=4,
    end=20,
    line=1,
    fingerprint="0" * 32,
    preview="email address, 16 characters",
)


def make_source(name: str = "handbook", classification: Classification = Classification.INTERNAL) -> Source:
    return Source(
        name=name,
        uri=f"/srv/{name}",
        owner="user:olga",
        classification=classification,
        tenant="default",
        allow=("group:everyone",),
        registered_by="user:rita",
        registered_at=NOON,
    )


def approved_source(
    database: Database, name: str = "handbook", classification: Classification = Classification.INTERNAL
) -> None:
    registry = SourceRegistry(database)
    registry.add_source(make_source(name, classification), by="user:rita")
    registry.approve_source(name, by="user:adam")


def outcome(
    uri: str,
    content: str = "first",
    *,
    action: Action = Action.ADMIT,
    kind: ChangeKind = ChangeKind.NEW,
    source: str = "handbook",
    access: AccessRule = RULE,
    binding: Binding = BINDING,
    run_id: str = "run-1",
    submitter: str = "user:sam",
    impact: Impact | None = None,
    findings: tuple[Finding, ...] = (),
    rescan: bool = False,
) -> Outcome:
    content_digest = digest_text(f"{source}/{uri}/{content}")
    tagged = TaggedDocument(
        ref=DocumentRef(source=source, uri=uri, location=f"/srv/{source}/{uri}"),
        provenance=Provenance(
            source=source,
            uri=uri,
            owner="user:olga",
            submitter=submitter,
            ingested_at=NOON,
            licence=None,
            title=None,
            access=access,
            content_digest=content_digest,
            run_id=run_id,
        ),
    )
    served = digest_text("served " + content_digest) if action in (Action.ADMIT, Action.REDACT) else None
    return Outcome(
        doc_id=tagged.doc_id,
        kind=kind,
        version_id=tagged.version_id,
        tagged=tagged,
        text_digest=digest_text("text " + content_digest),
        served_digest=served,
        extractor="plain 1",
        findings=findings,
        impact=impact,
        verdict=Verdict(
            action=action,
            rule_ids=("the-rule",),
            reasons=("The rule says so.",),
            content_digest=content_digest,
            access_digest=access.digest,
            binding=binding,
        ),
        rescan=rescan,
        chunks=2 if served else 0,
        bytes=100,
    )


def deletion(of: Outcome, *, held: bool = False) -> Outcome:
    return Outcome(doc_id=of.doc_id, kind=ChangeKind.DELETED, version_id=of.version_id, held=held)


def generation(number: int, run_id: str = "run-1", parent: int | None = None) -> GenerationRecord:
    return GenerationRecord(
        number=number,
        digest=digest_text(f"generation {number}"),
        manifest=f"generations/{number}.json",
        manifest_digest=digest_text(f"manifest {number}"),
        parent=parent,
        run_id=run_id,
        created_at=NOON,
        documents=1,
        chunks=2,
        model_digest=MODEL,
        policy_digest=POLICY,
    )


def publication(
    *outcomes: Outcome, run_id: str = "run-1", number: int | None = None, parent: int | None = None
) -> Publication:
    verdicts = Counter(one.verdict.action for one in outcomes if one.verdict is not None)
    summary = RunSummary(
        run_id=run_id,
        documents=dict(Counter(ChangeKind.UNCHANGED if one.rescan else one.kind for one in outcomes)),
        rescanned=sum(one.rescan for one in outcomes),
        verdicts=dict(verdicts),
        seconds=1.5,
        bytes=100 * len(outcomes),
    )
    made = None if number is None else generation(number, run_id, parent)
    return Publication(summary=summary, outcomes=outcomes, generation=made)


def run(database: Database, name: str, *outcomes: Outcome, day: int = 0, sources: tuple[str, ...] = ("handbook",)):
    """Start and commit a run that publishes no generation."""
    ledger = Ledger(database)
    at = NOON + timedelta(days=day)
    ledger.start_run(name, sources, at)
    return ledger.commit_publication(publication(*outcomes, run_id=name), {}, at)
