"""The gate that embeds, on its own: batches run in the background, and nothing is lost, doubled or mixed up."""

import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.timestamp import Timestamp
from apache_beam.utils.windowed_value import WindowedValue
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.digests import digest_text
from pipeline.domain.documents.documents import Binding, Chunk
from pipeline.domain.ports import Vectors
from pipeline.models.embedding_cache import EmbeddingCache
from tests.support.index_samples import DIMENSIONS, HashEmbedder
from tests.support.models import LOCK_FILE
from tests.unit.transforms.test_graph import context_in
from transforms import embed_chunks
from transforms.embed_chunks import BATCH_CHARACTERS, _Embed
from transforms.support.context import RunContext

MODEL = digest_text("model")


class Embedding(_Embed):
    """The gate with a trivial model, and a gate in front of it that a test may hold shut."""

    def __init__(self, context: RunContext) -> None:
        super().__init__(context)
        self.open = threading.Event()
        self.open.set()
        self.fails = False

    def setup(self) -> None:
        self._context.models_lock.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(LOCK_FILE, self._context.models_lock)
        super().setup()
        self._cache.close()
        self._cache = EmbeddingCache(self._context.files.embeddings, DIMENSIONS)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        assert self.open.wait(60)
        if self.fails:
            raise ValueError("the model broke")
        return HashEmbedder().embed(texts)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Embedding]:
    context = context_in(tmp_path)
    context.files.embeddings.parent.mkdir(parents=True, exist_ok=True)
    object.__setattr__(context, "binding", Binding(policy_digest="p", detector_digest="d", model_digest=MODEL))
    made = Embedding(context)
    made.setup()
    yield made
    made.open.set()
    made.teardown()


def chunk(number: int, text: str) -> Chunk:
    return Chunk(
        chunk_id=f"{number:032x}",
        doc_id="a:b",
        content_digest="c",
        access_id="d",
        ordinal=number,
        start=0,
        end=len(text),
        text=text,
        text_digest=digest_text(text),
    )


def bundle(gate: _Embed, chunks: Sequence[Chunk]) -> Iterator[WindowedValue]:
    gate.start_bundle()
    for one in chunks:
        yield from gate.process(one, Timestamp(one.ordinal), GlobalWindow())
    yield from gate.finish_bundle()


@settings(max_examples=40, deadline=None)
@given(lengths=st.lists(st.integers(1, 60), max_size=40), batch=st.integers(1, 200))
def test_law_07_every_chunk_leaves_once_with_the_vector_of_its_text_however_batches_fall(
    lengths: list[int], batch: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    context = context_in(tmp_path_factory.mktemp("embed"))
    object.__setattr__(context, "binding", Binding(policy_digest="p", detector_digest="d", model_digest=MODEL))
    context.files.embeddings.parent.mkdir(parents=True, exist_ok=True)
    chunks = [chunk(number, "x" * length) for number, length in enumerate(lengths)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embed_chunks, "BATCH_CHARACTERS", batch)
        gate = Embedding(context)
        gate.setup()
        left = list(bundle(gate, chunks))
        gate.teardown()
    assert [one.value.chunk for one in left] == chunks
    assert [one.timestamp for one in left] == [Timestamp(one.ordinal) for one in chunks]
    for one, vector in zip(left, HashEmbedder().embed([one.text for one in chunks]), strict=True):
        assert np.array_equal(one.value.vector, vector)


def test_the_graph_goes_on_while_a_batch_is_embedded(gate: Embedding) -> None:
    gate.open.clear()
    gate.start_bundle()
    full = "y" * BATCH_CHARACTERS
    assert not list(gate.process(chunk(0, full), Timestamp(0), GlobalWindow())), "the batch is in the background"
    assert not list(gate.process(chunk(1, "short"), Timestamp(1), GlobalWindow())), "and the next chunk is taken in"
    gate.open.set()
    assert [one.value.chunk.ordinal for one in gate.finish_bundle()] == [0, 1]


def test_no_more_than_one_batch_is_in_the_background(gate: Embedding) -> None:
    gate.open.clear()
    gate.start_bundle()
    full = [chunk(number, letter * BATCH_CHARACTERS) for number, letter in enumerate("abc")]
    list(gate.process(full[0], Timestamp(0), GlobalWindow()))
    left: Future[list[int]] = Future()

    def second() -> None:
        left.set_result([one.value.chunk.ordinal for one in gate.process(full[1], Timestamp(1), GlobalWindow())])

    behind = threading.Thread(target=second)
    behind.start()
    assert not left.done(), "it waits for the first batch"
    gate.open.set()
    assert left.result(60) == [0]
    behind.join()
    assert [one.value.chunk.ordinal for one in gate.finish_bundle()] == [1]


def test_a_batch_that_fails_fails_its_bundle_and_leaves_nothing_to_the_next(gate: Embedding) -> None:
    gate.fails = True
    gate.start_bundle()
    list(gate.process(chunk(0, "z" * BATCH_CHARACTERS), Timestamp(0), GlobalWindow()))
    with pytest.raises(ValueError, match="the model broke"):
        list(gate.finish_bundle())
    gate.fails = False
    assert [one.value.chunk.ordinal for one in bundle(gate, [chunk(7, "again")])] == [7]
