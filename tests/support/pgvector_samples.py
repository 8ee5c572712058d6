"""A world served from Postgres: the same documents and generations as `World`, and the copy of them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from pipeline.domain.documents.documents import Outcome
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.generations import Generation
from pipeline.index.pgvector.copy import PgvectorCopy
from pipeline.index.pgvector.searcher import PgvectorSearcher
from pipeline.index.signing import Verifier
from tests.support.index_samples import DIMENSIONS, Doc, World

LOADER, READER = "corpusgate_loader", "corpusgate_reader"


def as_role(url: str, role: str) -> str:
    """The address of the same database for another role."""
    return url.replace("//postgres:", f"//{role}:", 1)


def copy_of(url: str) -> PgvectorCopy:
    """The copy in a test's database."""
    return PgvectorCopy(as_role(url, LOADER), READER, DIMENSIONS)


@dataclass
class PgvectorWorld(World):
    """A world whose searches Postgres answers; made with the address of its database."""

    url: str = ""

    def generation(self, record: GenerationRecord) -> Generation:
        """A generation, opened and verified."""
        return Generation.open(self.index, record, Verifier.load(self.keys))

    def publish(self, docs: Sequence[Doc] = (), outcomes: Sequence[Outcome] | None = None) -> GenerationRecord | None:
        """As `World.publish`, with the copy loaded before and cleaned up after, as `publishing.publish` does."""
        given = [doc.outcome() for doc in docs] if outcomes is None else outcomes
        candidate = self.build(self.stage(docs, given))
        if candidate:
            copy = copy_of(self.url)
            copy.load(self.generation(candidate))
            self.current = candidate
            copy.keep_only(candidate)
            copy.dispose()
        return candidate

    def searcher(  # type: ignore[override]
        self, live: Callable[[Collection[str]], set[str]] | None = None
    ) -> PgvectorSearcher:
        """A searcher under the reader's role."""
        return PgvectorSearcher(
            as_role(self.url, READER),
            lambda: self.current,
            live or self.live,
            lambda _: self.embedder,
            lambda: World.searcher(self, live),
        )
