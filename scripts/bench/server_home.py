"""The home the server benchmark serves: documents with real vectors, a long review queue, inboxes, people with tokens.

Documents and review items enter through the functions a run uses (publisher, signatures, ledger commit); only detectors
and the gate are left out. Documents of the source `board` are for its group alone, so that readers differ.
"""

import json
import random
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import (
    Action,
    Binding,
    ChangeKind,
    Impact,
    Outcome,
)
from pipeline.domain.documents.outcomes import outcome_of
from pipeline.domain.documents.provenance import Source, inbox_uri
from pipeline.domain.findings.findings import Detection, FindingKind, Severity, seal
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.serving.publication import Publication, RunSummary
from pipeline.files.texts import TextStore
from pipeline.settings.operator import operator_name
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace
from scripts.bench.refresh import WORDS, enter, entered, generate, pages, verdict_of

BOARD, HANDBOOK, QUEUE = "board", "handbook", "queue"
INBOXES = ("letters", "minutes", "reports", "tickets")
READERS, BOARD_SHARE = 40, 0.25
TEXTS = 500
"""Distinct texts of the review items: a file for each of ten thousand would only slow the making."""
_MORE = {"per_minute": 100_000, "per_hour": 1_000_000, "per_day": 1_000_000, "stored": 1_000_000}
_REGISTRAR, _APPROVER = "user:registrar", "user:approver"


def make(scratch: Path, documents: int, items: int, database: str | None) -> dict[str, Any]:
    """Make everything; the tokens of its people, by what they do."""
    folder = scratch / "home"
    Workspace(folder).home.create()
    configure(folder / "configs" / "corpusgate.yaml", database)
    workspace = Workspace(folder)
    workspace.create()
    corpora = {BOARD: scratch / "corpora" / BOARD, HANDBOOK: scratch / "corpora" / HANDBOOK}
    generate(corpora[BOARD], int(documents * BOARD_SHARE))
    generate(corpora[HANDBOOK], documents - int(documents * BOARD_SHARE))
    sources = register(workspace, corpora)
    embedder = workspace.embedder
    for name, corpus in corpora.items():
        for page, paths in enumerate(pages(sorted(corpus.rglob("*.md")))):
            enter(workspace, sources[name], workspace.binding(), f"{name}-{page}", paths, embedder.embed)
    queue(workspace, sources[QUEUE], items)
    people = enrol(workspace)
    workspace.database.dispose()
    return people


def configure(path: Path, database: str | None) -> None:
    """Limits above what the benchmark asks for: it measures the server, not its refusals."""
    settings = yaml.safe_load(path.read_text())
    for whom in ("per_submitter", "per_source"):
        settings["submissions"][whom] |= _MORE
    if database:
        settings["database"]["url"] = database
    path.write_text(yaml.safe_dump(settings, sort_keys=False))


def register(workspace: Workspace, corpora: dict[str, Path]) -> dict[str, Source]:
    """Every source, registered by one person and approved by another."""
    for name in (BOARD, HANDBOOK, QUEUE, *INBOXES):
        source = Source(
            name=name,
            uri=inbox_uri(name) if name in INBOXES else str(corpora.get(name, corpora[BOARD].parent / name)),
            owner="user:owner-0",
            classification=Classification.CONFIDENTIAL if name == BOARD else Classification.INTERNAL,
            tenant="default",
            allow=("group:board",) if name == BOARD else ("group:everyone",),
            registered_by=_REGISTRAR,
            registered_at=datetime.now(UTC),
        )
        workspace.sources.add_source(source, by=_REGISTRAR)
        workspace.sources.approve_source(name, by=_APPROVER)
    return {source.name: source for source in workspace.sources.sources()}


def queue(workspace: Workspace, source: Source, items: int) -> None:
    """Documents that wait for people, each with a finding, committed as one run."""
    store, binding, run_id, at = (
        TextStore(workspace.home.path("texts")),
        workspace.binding(),
        "queue",
        datetime.now(UTC),
    )
    key, words = workspace.home.fingerprint_key, random.Random(11)
    texts = [_text(words, number) for number in range(min(TEXTS, items))]
    for text in texts:
        store.put(text)
    workspace.ledger.start_run(run_id, [source.name], at)
    outcomes = [_waiting(source, binding, key, texts[n % len(texts)], n, run_id, at) for n in range(items)]
    summary = RunSummary(
        run_id=run_id,
        documents={ChangeKind.NEW: items},
        verdicts={Action.REVIEW: items},
        seconds=0,
        bytes=sum(outcome.bytes for outcome in outcomes),
    )
    made = Publication(summary=summary, outcomes=tuple(outcomes), generation=None)
    workspace.ledger.commit_publication(made, {"detector_digest": binding.detector_digest}, at)


def _text(words: random.Random, number: int) -> str:
    paragraphs = (" ".join(words.choices(WORDS, k=60)) for _ in range(6))
    return f"# Letter {number}\n\n" + ".\n\n".join(paragraphs) + f".\n\nWrite to person{number}@lamp.example.\n"


def _waiting(
    source: Source, binding: Binding, key: bytes, text: str, number: int, run_id: str, at: datetime
) -> Outcome:
    """A document as the gate leaves it when policy wants a person to look."""
    start = text.index("person")
    seen = Detection(
        kind=FindingKind.PII,
        detector="pii.email",
        entity="EMAIL_ADDRESS",
        start=start,
        end=text.index(".example", start) + len(".example"),
        severity=Severity.MEDIUM,
        confidence=0.9,
    )
    digest = digest_text(f"{number} {text}")  # texts repeat, documents do not
    document = entered(source, f"{number:05}.md", text, digest, run_id, at).noting(
        findings=(seal(seen, text, key),), impact=Impact(score=number % 101)
    )
    return outcome_of(document.noting(verdict=verdict_of(document, Action.REVIEW, "weak-pii", binding)))


def enrol(workspace: Workspace) -> dict[str, Any]:
    """Readers of both kinds, owners, a reviewer and an operator."""
    readers = [
        {
            "token": _token(workspace, f"user:reader-{number}", Role.READER, board=number % 4 == 0),
            "board": number % 4 == 0,
        }
        for number in range(READERS)
    ]
    owners = [
        {"token": _token(workspace, f"user:owner-{number}", Role.OWNER, board=False), "source": name}
        for number, name in enumerate(INBOXES)
    ]
    single = {role.value: _token(workspace, f"user:{role.value}", role, board=True) for role in _ALONE}
    return {"readers": readers, "owners": owners, **single}


_ALONE = (Role.REVIEWER, Role.OPERATOR)


def _token(workspace: Workspace, name: str, role: Role, *, board: bool) -> str:
    clearance = Classification.CONFIDENTIAL if board else Classification.INTERNAL
    groups = ("board",) if board else ()
    workspace.principals.add(
        PrincipalSettings(name=name, groups=groups, clearance=clearance, roles=(Grant(role=role),))
    )
    return workspace.tokens.create(name, operator_name())[0]


def judge(folder: Path, accepted: Sequence[dict[str, Any]]) -> list[str]:
    """Problems of the ledger, the inboxes or the audit log after the server stopped."""
    from pipeline.domain.digests import digest_bytes
    from pipeline.stores.submissions import submissions

    workspace, problems = Workspace(folder), []
    lost = damaged = 0
    with workspace.database.read() as connection:
        for receipt in accepted:
            record = submissions.find(connection, receipt["submission_id"])
            if record is None or record.content_digest != receipt["content_digest"]:
                lost += 1
                continue
            path = workspace.home.path(inbox_uri(record.source)) / record.file
            damaged += not path.exists() or digest_bytes(path.read_bytes()) != record.content_digest
    if lost:
        problems.append(f"{lost} accepted submissions are not in the ledger as they were accepted")
    if damaged:
        problems.append(f"{damaged} accepted submissions have no file, or another one")
    audit = workspace.audit.verify()
    if not audit.ok:
        problems.append("the audit log does not verify")
    workspace.database.dispose()
    return problems


def fresh_question(drawn: random.Random) -> str:
    """A new question."""
    return f"Who keeps the {' '.join(drawn.choices(WORDS, k=6))} {secrets.token_hex(3)}?"


def write_plan(path: Path, plan: dict[str, Any]) -> None:
    """The tokens and numbers for the clients, readable by this user only."""
    path.touch(mode=0o600)
    path.write_text(json.dumps(plan))
