import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pipeline.domain.digests import digest_text
from pipeline.domain.ports import Vectors
from pipeline.models.embedding_cache import EmbeddingCache

MODEL, OTHER = digest_text("a model"), digest_text("another model")


def vector(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)


def digests(count: int) -> list[str]:
    return [digest_text(f"text {number}") for number in range(count)]


@given(st.lists(arrays.arrays(np.float32, 3, elements=st.floats(width=32)), min_size=1, max_size=5))
def test_vectors_come_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, vectors: list[np.ndarray]) -> None:
    kept = dict(zip(digests(len(vectors)), vectors, strict=True))
    with EmbeddingCache(tmp_path_factory.mktemp("cache") / "vectors.sqlite", 3) as cache:
        cache.put_many(kept, MODEL)
        found = cache.get_many(list(kept), MODEL)
    assert {key: value.tobytes() for key, value in found.items()} == {k: v.tobytes() for k, v in kept.items()}
    assert all(value.dtype == np.float32 and value.shape == (3,) for value in found.values())


def test_another_model_is_another_vector(tmp_path: Path) -> None:
    (text,) = digests(1)
    with EmbeddingCache(tmp_path / "vectors.sqlite", 2) as cache:
        cache.put_many({text: vector(1, 2)}, MODEL)
        assert cache.get_many([text], OTHER) == {}
        cache.put_many({text: vector(3, 4)}, OTHER)
        assert cache.get_many([text], MODEL)[text].tolist() == [1, 2]
        cache.delete_many([text])
        assert cache.get_many([text], MODEL) == cache.get_many([text], OTHER) == {}


def test_more_than_one_slice_at_once(tmp_path: Path) -> None:
    many = digests(25_000)
    with EmbeddingCache(tmp_path / "vectors.sqlite", 1) as cache:
        cache.put_many({text: vector(number) for number, text in enumerate(many)}, MODEL)
        found = cache.get_many(many, MODEL)
    assert [int(found[text][0]) for text in many] == list(range(25_000))


def test_a_vector_of_another_length_is_refused_and_never_returned(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    text, other = digests(2)
    with EmbeddingCache(path, 3) as cache, pytest.raises(ValueError, match="2 dimensions"):
        cache.put_many({text: vector(1, 2, 3), other: vector(1, 2)}, MODEL)
    with EmbeddingCache(path, 2) as cache:
        assert cache.get_many([text, other], MODEL) == {}
        cache.put_many({text: vector(1, 2)}, MODEL)
    with EmbeddingCache(path, 3) as cache:
        assert cache.get_many([text], MODEL) == {}


def test_the_file_is_private_and_forgets_what_was_deleted(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    text, other = digests(2)
    with EmbeddingCache(path, 2) as cache:
        cache.put_many({text: vector(1.25, 2.5), other: vector(3, 4)}, MODEL)
        cache.delete_many([text])
        data = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert path.stat().st_mode & 0o777 == 0o600
    assert vector(1.25, 2.5).tobytes() not in data
    assert bytes.fromhex(text) not in data
    assert vector(3, 4).tobytes() in data


WRITER = """
    import sys
    import numpy as np
    from pathlib import Path
    from pipeline.domain.digests import digest_text
    from pipeline.models.embedding_cache import EmbeddingCache
    cache = EmbeddingCache(Path(sys.argv[1]), 1)
    for batch in range(int(sys.argv[3])):
        names = [digest_text(f"{sys.argv[2]} {batch} {n}") for n in range(50)]
        cache.put_many({name: np.array([batch], dtype=np.float32) for name in names}, digest_text("a model"))
        print(batch, flush=True)
"""


def writer(path: Path, name: str, batches: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path), name, str(batches)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def batch_of(name: str, number: int) -> list[str]:
    return [digest_text(f"{name} {number} {n}") for n in range(50)]


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    writers = [writer(path, name, 20) for name in ("one", "two")]
    for process in writers:
        process.communicate(timeout=60)
        assert process.returncode == 0
    with EmbeddingCache(path, 1) as cache:
        for name in ("one", "two"):
            for number in range(20):
                assert len(cache.get_many(batch_of(name, number), MODEL)) == 50


def test_a_killed_writer_leaves_whole_batches(tmp_path: Path) -> None:
    path = tmp_path / "vectors.sqlite"
    process = writer(path, "one", 100_000)
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    with EmbeddingCache(path, 1) as cache:
        sizes = [len(cache.get_many(batch_of("one", number), MODEL)) for number in range(400)]
    assert sizes[:5] == [50] * 5
    assert set(sizes) <= {0, 50}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_worker_may_close_it_in_another_thread_than_it_was_used_in(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "cache.db", 3)
    (digest,) = digests(1)
    cache.put_many({digest: vector(1, 2, 3)}, MODEL)
    with ThreadPoolExecutor(1) as other:
        other.submit(cache.close).result()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        list(cache.get_many([digest], MODEL))


def test_texts_that_are_known_are_not_embedded_again(tmp_path: Path) -> None:
    asked: list[list[str]] = []

    def embed(texts: Sequence[str]) -> Vectors:
        asked.append(list(texts))
        return np.array([[float(len(text)), 0.0] for text in texts], np.float32)

    first, second = {digest_text(text): text for text in ("a", "bb")}, {digest_text(text): text for text in ("bb", "c")}
    with EmbeddingCache(tmp_path / "cache.db", 2) as cache:
        assert cache.get_or_embed(first, MODEL, embed)[1] == 2
        vectors, embedded = cache.get_or_embed(second, MODEL, embed)
        assert cache.get_or_embed(second, MODEL, embed)[1] == 0
    assert (embedded, asked) == (1, [["a", "bb"], ["c"]])
    assert {text: vectors[digest][0] for digest, text in second.items()} == {"bb": 2.0, "c": 1.0}
