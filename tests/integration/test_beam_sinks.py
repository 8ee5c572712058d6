"""A published generation through Beam's own vector sinks, and ours (laws 1, 2, 6, 7)."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import psycopg
import pytest
from apache_beam.ml.rag.ingestion.base import VectorDatabaseWriteTransform
from apache_beam.ml.rag.ingestion.qdrant import QdrantConnectionParameters, QdrantWriteConfig
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from qdrant_client import QdrantClient, models

from pipeline.domain.documents.documents import Action
from pipeline.domain.identity.permissions import Principal
from pipeline.index.pgvector import schema as tables
from tests.support.index_samples import ANN, BOARD, DIMENSIONS, EVERYONE, Doc, World, person, rule
from tests.support.pgvector_samples import LOADER, READER, PgvectorWorld, as_role, copy_of
from transforms.write_vectors import PgvectorWriteConfig, ReadGeneration

RULES = [
    EVERYONE,
    ANN,
    BOARD,
    rule("group:everyone", deny=["user:bob"]),
    rule("group:everyone", tenant="other"),
    rule("group:everyone", classification="restricted"),
    rule(),
]
DOCS = [Doc(f"{n}.md", (f"note {n}", f"more {n}"), RULES[n % len(RULES)]) for n in range(35)]
HELD = Doc("held.md", ("Never admitted.",))
PEOPLE = [
    person("ann"),
    person("bob"),
    person("eve", clearance="public"),
    person("dora", "board", clearance="restricted"),
    person("otto", tenant="other"),
]


def run(build: Callable[[beam.Pipeline], object]) -> None:
    pipeline = beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags=[]))
    build(pipeline)
    pipeline.run().wait_until_finish()


def read(world: World, **more: Any) -> ReadGeneration:
    assert world.current is not None
    return ReadGeneration(str(world.index), world.current, str(world.keys), **more)


# The caller's duty with any store that decides nothing itself; docs/guides/beam_sinks.md shows this very function.
def permitted(principal: Principal) -> models.Filter:
    """What `pipeline.domain.identity.permissions.permits` says, as a Qdrant filter."""
    labels = sorted(principal.labels)
    match, value, span = models.MatchAny, models.MatchValue, models.Range
    over = models.FieldCondition(key="until", range=span(lte=time.time()))
    return models.Filter(
        must=[
            models.FieldCondition(key="tenant", match=value(value=principal.tenant)),
            models.FieldCondition(key="clearance", range=span(lte=principal.clearance.rank)),
            models.FieldCondition(key="allow", match=match(any=labels)),
        ],
        must_not=[models.FieldCondition(key="deny", match=match(any=labels)), over],
    )


@pytest.fixture(scope="module")
def qdrant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, QdrantClient]]:
    """A generation that Beam's own writer put into Qdrant."""
    world = World(tmp_path_factory.mktemp("qdrant"))
    world.publish([*DOCS, HELD], [*(doc.outcome() for doc in DOCS), HELD.outcome(Action.QUARANTINE)])
    folder = str(world.root / "store")
    client = QdrantClient(path=folder)
    size = models.VectorParams(size=DIMENSIONS, distance=models.Distance.DOT)
    client.create_collection("corpus", vectors_config={"dense": size})
    client.close()
    config = QdrantWriteConfig(QdrantConnectionParameters.local(folder), "corpus")
    for _ in range(2):  # a job that runs again writes the same points
        run(lambda p: p | read(world, text_in_metadata=True) | VectorDatabaseWriteTransform(config))
    client = QdrantClient(path=folder)
    yield world, client
    client.close()


@pytest.mark.parametrize("principal", PEOPLE, ids=lambda p: p.name)
def test_law_02_qdrant_with_the_filter_finds_what_our_searcher_finds(
    qdrant: tuple[World, QdrantClient], principal: Principal
) -> None:
    world, client = qdrant
    question = world.embedder.embed(["note 7"])[0].tolist()
    found = client.query_points("corpus", question, using="dense", query_filter=permitted(principal), limit=8)
    expected = world.searcher().search("note 7", principal, 8)
    got = [(str(point.id).replace("-", ""), (point.payload or {})["text"]) for point in found.points]
    assert got == [(hit.chunk_id, hit.text) for hit in expected]


def test_what_goes_to_a_sink_says_where_it_is_from_and_who_may_read_it(qdrant: tuple[World, QdrantClient]) -> None:
    world, client = qdrant
    assert world.current is not None
    points, _ = client.scroll("corpus", limit=1000)
    assert len(points) == sum(len(doc.texts) for doc in DOCS)
    by_document = {(point.payload or {})["doc_id"]: point.payload or {} for point in points}
    assert by_document.keys() == {doc.doc_id for doc in DOCS}
    for doc in DOCS:
        payload = by_document[doc.doc_id]
        assert (payload["version_id"], payload["content_digest"]) == (doc.version_id, doc.content_digest)
        assert (payload["allow"], payload["deny"]) == (list(doc.access.allow), list(doc.access.deny))
        assert (payload["tenant"], payload["classification"]) == (doc.access.tenant, doc.access.classification.value)
        assert (payload["access_id"], payload["generation"]) == (doc.access.access_id, 1)
        assert payload["generation_digest"] == world.current.digest


@pytest.fixture
def world(tmp_path: Path, vector_databases: Callable[[], AbstractContextManager[str]]) -> Iterator[PgvectorWorld]:
    with vector_databases() as url:
        made = PgvectorWorld(tmp_path, url=url)
        made.current = made.build(made.stage(DOCS, [doc.outcome() for doc in DOCS]))
        yield made


def written(world: PgvectorWorld) -> list[tuple[Any, ...]]:
    schema = tables.schema_name(world.embedder.digest)
    with psycopg.connect(world.url) as admin:
        return admin.execute(
            f"SELECT block, ordinal, xmin::text FROM {schema}.chunks ORDER BY 1, 2".encode()
        ).fetchall()


def test_law_06_what_beam_writes_is_served_only_once_the_load_placed_it(world: PgvectorWorld) -> None:
    config = PgvectorWriteConfig(as_role(world.url, LOADER), READER, DIMENSIONS)
    run(lambda p: p | read(world) | VectorDatabaseWriteTransform(config))
    before = written(world)
    assert len(before) == sum(len(doc.texts) for doc in DOCS)
    run(lambda p: p | read(world) | VectorDatabaseWriteTransform(config))
    assert written(world) == before  # law 7
    assert world.current is not None
    schema = tables.schema_name(world.embedder.digest)
    with psycopg.connect(as_role(world.url, READER)) as reader:
        reader.execute(tables.PIN, ("default", "3", "group:everyone", "1"))
        assert reader.execute(f"SELECT count(*) FROM {schema}.chunks".encode()).fetchone() == (0,)
    copy_of(world.url).load(world.generation(world.current))
    assert written(world) == before  # placed, not written again
    assert copy_of(world.url).differences(world.generation(world.current)) == []
    expected = [hit.chunk_id for hit in World.searcher(world).search("note", person("bob"))]
    assert [hit.chunk_id for hit in world.searcher().search("note", person("bob"))] == expected


def test_law_01_what_beam_wrote_otherwise_than_signed_is_written_anew_by_the_load(world: PgvectorWorld) -> None:
    def wrong(item: Any) -> Any:
        item.embedding.dense_embedding = np.roll(item.dense_embedding, 1).tolist()
        return item

    config = PgvectorWriteConfig(as_role(world.url, LOADER), READER, DIMENSIONS)
    run(lambda p: p | read(world) | beam.Map(wrong) | VectorDatabaseWriteTransform(config))
    assert world.current is not None
    copy_of(world.url).load(world.generation(world.current))
    assert copy_of(world.url).differences(world.generation(world.current)) == []
