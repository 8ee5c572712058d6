"""Asks the canary questions of a generation, with the searcher that serves.

Invariants: each question is asked as its principal, with the filter and the check for liveness that serving has.
Questions are embedded in one batch, each once for every model, and not at all if every vector is known; without
questions no model and no index is opened. Answers leave here without text (law 4).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import numpy as np

from pipeline.domain.digests import digest_json, digest_text
from pipeline.domain.errors import ConfigError, IntegrityError, NotFound
from pipeline.domain.identity.permissions import Principal
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.canary_questions import Answer, CanaryQuestion, CanaryQuestions, Found
from pipeline.domain.serving.publication import GenerationRecord, Publication
from pipeline.index.generations import Generation
from pipeline.index.search.hits import Hit
from pipeline.models.embedder import embedder_digest, readable_digests
from pipeline.models.embedding_cache import EmbeddingCache
from pipeline.models.lock import ModelLock
from pipeline.stores.ledger import liveness
from pipeline.workspace import Workspace

LiveVersions = Callable[[Collection[str]], set[str]]


class KnownQuestions:
    """An embedder that knows the vectors of a few texts and of nothing else."""

    def __init__(
        self, vectors: Mapping[str, Vectors], model_digest: str, dimensions: int, readable: Collection[str] = ()
    ) -> None:
        self._vectors, self.digest, self.dimensions = vectors, model_digest, dimensions
        self._readable = {model_digest, *readable}

    def reads(self, model_digest: str) -> bool:
        """Whether the vectors may be compared with those of that model."""
        return model_digest in self._readable

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text: shape (texts, dimensions), float32."""
        return np.stack([self._vectors[text] for text in texts])


def embedded(workspace: Workspace, questions: Sequence[CanaryQuestion], generation: GenerationRecord) -> KnownQuestions:
    """The questions' vectors for a generation: from the cache, and what is new from its model in one batch."""
    settings, lock_file = workspace.embedding_reading(generation.model_digest), workspace.home.models_lock
    model, dimensions = embedder_digest(lock_file, settings), ModelLock.load(lock_file).model(settings.model).dimensions
    texts = {digest_text(question.question): question.question for question in questions}

    def embed(new: Sequence[str]) -> Vectors:
        return workspace.embedder_of(settings).embed(new)

    workspace.home.cache.mkdir(mode=0o700, exist_ok=True)
    with EmbeddingCache(workspace.home.embeddings, dimensions) as cache:
        vectors, _ = cache.get_or_embed(texts, model, embed)
    known = {texts[digest]: vector for digest, vector in vectors.items()}
    return KnownQuestions(known, model, dimensions, readable_digests(lock_file, settings))


def principals(workspace: Workspace, questions: CanaryQuestions) -> dict[str, Principal]:
    """Who asks, by question id, with all groups. Raises `ConfigError` for an unknown principal."""
    identities = workspace.principals.current()
    found: dict[str, Principal] = {}
    for question in questions.questions:
        given = question.principal
        try:
            found[question.id] = (
                identities.principal(given)
                if isinstance(given, str)
                else given.model_copy(update={"groups": identities.all_groups(given.groups)})
            )
        except NotFound:
            raise ConfigError(
                f"Canary question {question.id} is asked by {given}, who is not a principal.",
                done="Nothing was published.",
                fix="Correct configs/canaries.yaml, or add the principal: corpusgate principals add.",
            ) from None
    return found


def question_digests(questions: CanaryQuestions, asking: Mapping[str, Principal]) -> dict[str, str]:
    """By question id, a digest of everything but the index that decides its answer."""
    return {
        question.id: digest_json(
            {
                "question": question.question,
                "k": questions.depth(question),
                "principal": [p.name, p.tenant, sorted(p.groups), p.clearance.value],
            }
        )
        for question in questions.questions
        for p in (asking[question.id],)
    }


def ask(
    workspace: Workspace,
    generation: Generation,
    questions: CanaryQuestions,
    asking: Mapping[str, Principal],
    live: LiveVersions,
    embedder: KnownQuestions,
) -> dict[str, Answer]:
    """Answers of a generation, by question id."""
    record = generation.record
    if not embedder.reads(record.model_digest):
        raise IntegrityError(
            f"Generation {record.number} was built with another embedding model or precision than is configured, so "
            "canary questions cannot be asked of it.",
            done="Nothing was published; the last generation keeps serving.",
            fix="Use the configuration it was built with, or refresh to build the index again.",
        )
    # FAISS takes a third of a second that only questions need.
    from pipeline.index.search.searcher import Searcher
    from pipeline.index.search.view import OpenGeneration

    # Exact, so that the same documents give the same answers whatever segments they are in.
    exact = workspace.home.settings.index.model_copy(update={"approximate_from": None})
    view = OpenGeneration(generation, exact)
    searcher = Searcher(workspace.index, lambda: record, live, lambda _: embedder, workspace.verifier, exact, view)
    return {
        question.id: _answer(searcher.search(question.question, asking[question.id], questions.depth(question)))
        for question in questions.questions
    }


def live_after(workspace: Workspace, publication: Publication) -> LiveVersions:
    """Which versions are live once `publication` is committed, if nothing else happens until then.

    A candidate was built from what the ledger calls live and from what the publication brings in; what is left to ask
    is whether a rule above every generation keeps a version out.
    """
    coming, known = liveness.to_be(publication.outcomes, publication.summary.run_id), dict[str, bool]()

    def live(version_ids: Collection[str]) -> set[str]:
        if unknown := set(version_ids) - known.keys():
            with workspace.database.read() as connection:
                at: datetime = workspace.database.now(connection)
                recorded = liveness.standings(connection, unknown - coming.keys(), at)
                subjects = [*recorded.values(), *(coming[one] for one in unknown & coming.keys())]
                kept_out = liveness.obstacles(connection, subjects, at)
            known.update({version_id: version_id not in kept_out for version_id in unknown})
        return {version_id for version_id in version_ids if known[version_id]}

    return live


def _answer(hits: Sequence[Hit]) -> Answer:
    """Each document once, at its best rank."""
    best: dict[str, Found] = {}
    for rank, hit in enumerate(hits, start=1):
        found = Found(rank=rank, doc_id=hit.doc_id, score=round(hit.score, 6), classification=hit.classification)
        best.setdefault(hit.doc_id, found)
    return tuple(best.values())
