"""A small world for index tests: documents with rules, vectors made by hand, an index on disk. Texts are invented."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import (
    Action,
    Binding,
    ChangeKind,
    Chunk,
    DocumentRef,
    Outcome,
    TaggedDocument,
    Verdict,
)
from pipeline.domain.documents.provenance import Provenance
from pipeline.domain.identity.permissions import AccessRule, Classification, Principal
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.candidate import build_candidate
from pipeline.index.generations import Generation
from pipeline.index.search.searcher import Searcher
from pipeline.index.signing import Signer, Verifier, create_keypair
from pipeline.index.staging import StagingReader, StagingWriter
from pipeline.settings.application import IndexSettings

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
POLICY = digest_text("policy")
DIMENSIONS = 32


def rule(
    *allow: str, classification: str = "internal", tenant: str = "default", deny: Sequence[str] = ()
) -> AccessRule:
    return AccessRule(tenant=tenant, classification=Classification(classification), allow=allow, deny=tuple(deny))


EVERYONE, ANN, BOARD = rule("group:everyone"), rule("user:ann"), rule("group:board", classification="restricted")


def person(name: str, *groups: str, clearance: str = "internal", tenant: str = "default") -> Principal:
    return Principal(name=name, tenant=tenant, groups=frozenset(groups), clearance=Classification(clearance))


class HashEmbedder:
    """A real embedder of a trivial model: a unit vector drawn from the text's digest."""

    dimensions = DIMENSIONS

    def __init__(self, name: str = "hash") -> None:
        self.digest = digest_text(name)

    def reads(self, model_digest: str) -> bool:
        return model_digest == self.digest

    def embed(self, texts: Sequence[str]) -> Vectors:
        drawn = [np.random.default_rng(int(digest_text(t)[:15], 16)).normal(size=DIMENSIONS) for t in texts]
        return np.array([v / np.linalg.norm(v) for v in drawn], np.float32).reshape(len(texts), DIMENSIONS)


@dataclass(frozen=True)
class Doc:
    """A document: its name, its chunks' texts and its rule."""

    name: str
    texts: tuple[str, ...]
    access: AccessRule = EVERYONE

    @property
    def doc_id(self) -> str:
        return f"hand:{self.name}"

    @property
    def content_digest(self) -> str:
        return digest_text("\n".join(self.texts))

    @property
    def tagged(self) -> TaggedDocument:
        provenance = Provenance(
            source="hand",
            uri=self.name,
            owner="owner",
            submitter="submitter",
            ingested_at=NOON,
            licence=None,
            title=None,
            access=self.access,
            content_digest=self.content_digest,
            run_id="run",
        )
        return TaggedDocument(ref=DocumentRef(source="hand", uri=self.name, location=self.name), provenance=provenance)

    @property
    def version_id(self) -> str:
        return self.tagged.version_id

    @property
    def chunks(self) -> list[Chunk]:
        return [
            Chunk(
                chunk_id=digest_text(f"{self.doc_id} {self.content_digest} {ordinal}")[:32],
                doc_id=self.doc_id,
                content_digest=self.content_digest,
                access_id=self.access.access_id,
                ordinal=ordinal,
                start=ordinal * 100,
                end=ordinal * 100 + len(text),
                text=text,
                text_digest=digest_text(text),
            )
            for ordinal, text in enumerate(self.texts)
        ]

    def outcome(self, action: Action = Action.ADMIT, kind: ChangeKind = ChangeKind.NEW, **more: object) -> Outcome:
        binding = Binding(policy_digest=POLICY, detector_digest=POLICY, model_digest=POLICY)
        verdict = Verdict(
            action=action,
            rule_ids=("r",),
            reasons=("because",),
            content_digest=self.content_digest,
            access_digest=self.access.digest,
            binding=binding,
        )
        fields: dict[str, object] = {
            "doc_id": self.doc_id,
            "kind": kind,
            "version_id": self.version_id,
            "tagged": self.tagged,
            "text_digest": self.content_digest,
            "served_digest": self.content_digest,
            "verdict": verdict,
            "chunks": len(self.texts),
        }
        return Outcome.model_validate(fields | more)

    def deleted(self) -> Outcome:
        return Outcome(doc_id=self.doc_id, kind=ChangeKind.DELETED, version_id=self.version_id)


@dataclass
class World:
    """An index with its keys, and a ledger of two facts: the current generation and what is live."""

    root: Path
    embedder: HashEmbedder = field(default_factory=HashEmbedder)
    current: GenerationRecord | None = None
    taken_back: set[str] = field(default_factory=set)
    layout: IndexSettings = field(default_factory=IndexSettings)

    def __post_init__(self) -> None:
        create_keypair(self.keys)

    @classmethod
    def reopened(cls, root: str, current: str) -> "World":
        """The world another process made in that folder; `current` is the JSON of its current generation."""
        world = cls.__new__(cls)
        world.root, world.taken_back, world.embedder = Path(root), set(), HashEmbedder()
        world.current, world.layout = GenerationRecord.model_validate_json(current), IndexSettings()
        return world

    @property
    def index(self) -> Path:
        return self.root / "index"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    def live(self, versions: Collection[str]) -> set[str]:
        return set(versions) - self.taken_back

    def stage(
        self, docs: Sequence[Doc], outcomes: Sequence[Outcome], per_part: int = 3, run: str = "run"
    ) -> StagingReader:
        writer = StagingWriter(self.root / "staging" / run)
        chunks = [chunk for doc in docs for chunk in doc.chunks]
        parts = [writer.write_outcomes(outcomes)]
        for first in range(0, len(chunks), per_part):
            some = chunks[first : first + per_part]
            parts.append(writer.write_chunks(some, self.embedder.embed([c.text for c in some])))
        return StagingReader(self.root / "staging" / run, parts)

    def build(self, staged: StagingReader, run: str = "run", policy: str = POLICY) -> GenerationRecord | None:
        return build_candidate(
            self.index,
            self.opened() if self.current else None,
            staged.outcomes(),
            staged,
            live_versions=self.live,
            model_digest=self.embedder.digest,
            policy_digest=policy,
            run_id=run,
            at=NOON,
            signer=Signer.load(self.keys),
            layout=self.layout,
        )

    def opened(self) -> Generation:
        """The current generation, opened as the ledger recorded it."""
        assert self.current is not None
        return Generation.open(self.index, self.current, Verifier.load(self.keys))

    def publish(self, docs: Sequence[Doc] = (), outcomes: Sequence[Outcome] | None = None) -> GenerationRecord | None:
        """Stage, build and, if something changed, make it current."""
        given = [doc.outcome() for doc in docs] if outcomes is None else outcomes
        candidate = self.build(self.stage(docs, given))
        self.current = candidate or self.current
        return candidate

    def searcher(self, live: Callable[[Collection[str]], set[str]] | None = None) -> Searcher:
        verifier = Verifier.load(self.keys)
        return Searcher(
            self.index, lambda: self.current, live or self.live, lambda _: self.embedder, verifier, IndexSettings()
        )

    def found(self, question: str, principal: Principal, k: int = 100) -> set[str]:
        """Names of the documents a search finds."""
        return {hit.doc_id.removeprefix("hand:") for hit in self.searcher().search(question, principal, k)}

    def folder(self) -> Path:
        """The current generation's folder."""
        assert self.current is not None
        return (self.index / self.current.manifest).parent
