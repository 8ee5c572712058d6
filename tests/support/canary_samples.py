"""A real home whose vectors are made by hand: real ledger, real index, real publishing, and no model to load.

A vector is the sum of its text's words, each word a direction of its own: texts that share words are close. Canary
questions find their vectors in the cache, where a run would have left them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import ChangeKind, Outcome
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Caller, Grant, Role
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.canary_questions import Purpose
from pipeline.domain.serving.publication import GenerationRecord, Publication, RunSummary, serves
from pipeline.index.candidate import build_candidate
from pipeline.index.search.question_embedders import QuestionEmbedders
from pipeline.index.staging import StagingReader, StagingWriter
from pipeline.models.embedding_cache import EmbeddingCache
from pipeline.models.shape import DIMENSIONS
from pipeline.publishing.canary_answers import KnownQuestions
from pipeline.publishing.publish import publish
from pipeline.publishing.run import PublisherRun, publisher_lock
from pipeline.settings.application import IndexSettings
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace
from tests.support.index_samples import Doc
from tests.support.ledger_samples import approved_source

__all__ = ["Doc", "Home", "reviewer"]


def vectors(texts: Sequence[str]) -> Vectors:
    """One unit vector a text, from its words."""
    directions = [
        sum(np.random.default_rng(int(digest_text(w)[:15], 16)).normal(size=DIMENSIONS) for w in sorted(set(words)))
        for words in (text.lower().split() for text in texts)
    ]
    return np.array([one / np.linalg.norm(one) for one in directions], np.float32).reshape(len(texts), DIMENSIONS)


def reviewer(name: str = "user:rex", *sources: str, classifications: Sequence[str] = ()) -> Caller:
    """A verified reviewer, of everything unless something is named."""
    grant = Grant(
        role=Role.REVIEWER, sources=sources, classifications=tuple(Classification(c) for c in classifications)
    )
    return Caller(principal={"name": name}, grants=(grant,), means="token")


@dataclass
class Home:
    """A home with the source `hand` and the principals ann (internal) and bea (restricted, of the board)."""

    folder: Path
    database_url: str = ""
    runs: int = 0
    live: dict[str, Doc] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fresh = Workspace(self.folder)
        fresh.home.create()
        if self.database_url:
            path = fresh.home.configs / "corpusgate.yaml"
            path.write_text(path.read_text().replace("sqlite:///corpusgate.db", self.database_url))
        self.workspace = Workspace(self.folder)
        self.workspace.create()
        approved_source(self.workspace.database, "hand")
        self.workspace.principals.add(PrincipalSettings(name="ann", clearance=Classification.INTERNAL))
        self.workspace.principals.add(
            PrincipalSettings(name="bea", groups=("board",), clearance=Classification.RESTRICTED)
        )
        self.model = self.workspace.binding().model_digest

    def ask(self, *questions: dict[str, Any], **settings: Any) -> None:
        """Write these canary questions."""
        content = {"schema_version": 1, **settings, "questions": list(questions)}
        (self.workspace.home.configs / "canaries.yaml").write_text(yaml.safe_dump(content))
        texts = [question["question"] for question in questions]
        folder = self.workspace.home.path("cache")
        folder.mkdir(exist_ok=True)
        with EmbeddingCache(folder / "embeddings.db", DIMENSIONS) as cache:
            cache.put_many(dict(zip(map(digest_text, texts), vectors(texts), strict=True)), self.model)

    def searcher_knows(self, question: str) -> None:
        """Let auditors ask this question without a model."""
        known = KnownQuestions(dict(zip([question], vectors([question]), strict=True)), self.model, DIMENSIONS)
        self.workspace.files_searcher._questions = QuestionEmbedders(lambda _: known)

    def publish(
        self, *docs: Doc, gone: Sequence[Doc] = (), purpose: Purpose = Purpose.REFRESH
    ) -> GenerationRecord | None:
        """A run over these new or modified documents and those that are gone, through `publish`."""
        self.runs += 1
        run_id, at = f"run-{self.runs}", datetime.now(UTC)
        workspace = self.workspace
        outcomes = [
            *(doc.outcome(kind=ChangeKind.MODIFIED if doc.doc_id in self.live else ChangeKind.NEW) for doc in docs),
            *(doc.deleted() for doc in gone),
        ]
        with publisher_lock(workspace) as publisher, PublisherRun(publisher, run_id, at).on_record(["hand"]) as run:
            candidate = build_candidate(
                workspace.index,
                publisher.serving(),
                outcomes,
                self._staged(run_id, docs, outcomes),
                live_versions=workspace.ledger.live_versions,
                model_digest=self.model,
                policy_digest=digest_text("policy"),
                run_id=run_id,
                at=at,
                signer=workspace.signer,
                layout=IndexSettings(),
            )
            publish(run, self._publication(run_id, outcomes, candidate), {}, purpose)
        for outcome, doc in zip(outcomes, (*docs, *gone), strict=True):
            if serves(outcome):
                self.live[doc.doc_id] = doc
            else:
                self.live.pop(doc.doc_id, None)
        return candidate

    def _staged(self, run_id: str, docs: Sequence[Doc], outcomes: Sequence[Outcome]) -> StagingReader:
        folder = self.folder / "staging" / run_id
        writer = StagingWriter(folder)
        chunks = [chunk for doc in docs for chunk in doc.chunks]
        parts = [writer.write_outcomes(outcomes)]
        if chunks:
            parts.append(writer.write_chunks(chunks, vectors([chunk.text for chunk in chunks])))
        return StagingReader(folder, parts)

    def _publication(self, run_id: str, outcomes: Sequence[Outcome], candidate: GenerationRecord | None) -> Publication:
        kinds = [outcome.kind for outcome in outcomes]
        summary = RunSummary(
            run_id=run_id, documents={kind: kinds.count(kind) for kind in set(kinds)}, verdicts={}, seconds=1, bytes=1
        )
        return Publication(summary=summary, outcomes=tuple(outcomes), generation=candidate)

    def current(self) -> int | None:
        """Number of what is being served."""
        record = self.workspace.ledger.current_generation()
        return record.number if record else None

    def actions(self) -> list[str]:
        """What the audit log says happened to generations and runs."""
        with self.workspace.database.read() as connection:
            from pipeline.stores.audit.log import events

            return [e.action for e in events(connection) if e.action.startswith(("generation.", "run."))]
