"""Inverted lists: recall under adversarial layouts, the filter inside (law 2), equal bytes (law 7), damage."""

import mmap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.domain.digests import digest_bytes
from pipeline.domain.ports import Vectors
from pipeline.index.vectors import exact, kernels
from pipeline.index.vectors.approximate import Approximate
from pipeline.index.vectors.approximate_files import open_lists, write_lists
from pipeline.index.vectors.exact import RowRanges
from pipeline.index.vectors.kernels import InvertedLists, inner_products
from pipeline.index.vectors.names import COVARIANCE, LISTS, MEANS
from tests.support.faults import run_elsewhere

ROWS, DIMENSIONS, CENTRES, K = 8_000, 48, 60, 10
RECALL = 0.99

Ranges = tuple[NDArray[np.int64], NDArray[np.int64]]


def unit(vectors: NDArray[np.float32]) -> Vectors:
    return np.ascontiguousarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def clustered() -> Vectors:
    random = np.random.default_rng(1)
    centres = random.normal(size=(CENTRES, DIMENSIONS))
    near = centres[random.integers(0, CENTRES, ROWS)] + 0.6 * random.normal(size=(ROWS, DIMENSIONS))
    return unit(near.astype(np.float32))


def shapeless() -> Vectors:
    """No clusters at all: lists tell next to nothing."""
    return unit(np.random.default_rng(2).normal(size=(ROWS, DIMENSIONS)).astype(np.float32))


def few_directions() -> Vectors:
    """Everything in eight of 48 dimensions, of very different importance."""
    random = np.random.default_rng(3)
    turned = random.normal(size=(8, DIMENSIONS)) * np.linspace(1, 0.1, 8)[:, None]
    return unit((random.normal(size=(ROWS, 8)) @ turned).astype(np.float32))


def copies() -> Vectors:
    """Each vector a hundred times, spread over the segment."""
    return np.ascontiguousarray(np.tile(clustered()[: ROWS // 100], (100, 1)))


def opened(folder: Path) -> InvertedLists:
    with (folder / LISTS).open("rb") as file:
        return InvertedLists(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Vectors, Approximate]]:
    """Vectors of a kind with their lists, each made once."""
    kept: dict[tuple[str, str], tuple[Vectors, Approximate]] = {}

    def make(kind: Callable[[], Vectors], compression: kernels.Compression = "sq8") -> tuple[Vectors, Approximate]:
        key = kind.__name__, compression
        if key not in kept:
            folder, vectors = tmp_path_factory.mktemp(kind.__name__), kind()
            write_lists(folder, vectors, compression)
            with (folder / LISTS).open("rb") as file:
                content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            means, covariance = np.load(folder / MEANS), np.load(folder / COVARIANCE)
            kept[key] = vectors, open_lists(content, vectors.shape, means, covariance)
        return kept[key]

    return make


def everything(_: Vectors, __: Vectors) -> Ranges:
    return np.array([0]), np.array([ROWS])


def spread_thin(_: Vectors, __: Vectors) -> Ranges:
    starts = np.arange(0, ROWS, 7)
    return starts, starts + 1


def far_from_the_question(vectors: Vectors, question: Vectors) -> Ranges:
    """The half of all rows that is least like the question."""
    return single_rows(np.argsort(vectors @ question[0])[: ROWS // 2])


def one_corner(vectors: Vectors, question: Vectors) -> Ranges:
    """Only what is like something else, so all in a few lists."""
    other = unit(-question + 0.2 * vectors[:1])
    return single_rows(np.argsort(-(vectors @ other[0]))[: ROWS // 10])


def near_and_far(vectors: Vectors, question: Vectors) -> Ranges:
    """Five rows that fit best, and a crowd that fits least."""
    order = np.argsort(-(vectors @ question[0]))
    return single_rows(np.concatenate([order[:5], order[-2000:]]))


def single_rows(rows: NDArray[np.int64]) -> Ranges:
    starts = np.sort(rows)
    return starts, starts + 1


KINDS = [clustered, shapeless, few_directions, copies]
LAYOUTS = [everything, spread_thin, far_from_the_question, one_corner, near_and_far]


def questions(vectors: Vectors) -> list[Vectors]:
    random = np.random.default_rng(9)
    near = vectors[random.integers(0, len(vectors), 12)] + 0.05 * random.normal(size=(12, DIMENSIONS))
    between = vectors[random.integers(0, ROWS, 6)] + vectors[random.integers(0, ROWS, 6)]
    anywhere = random.normal(size=(6, DIMENSIONS))
    found = unit(np.concatenate([near, between, anywhere]).astype(np.float32))
    return [np.ascontiguousarray(found[n : n + 1]) for n in range(len(found))]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_recall_holds_whatever_is_permitted(
    made: Callable[..., tuple[Vectors, Approximate]],
    kind: Callable[[], Vectors],
    layout: Callable[[Vectors, Vectors], Ranges],
) -> None:
    vectors, approximate = made(kind)
    recalls = []
    for question in questions(vectors):
        starts, stops = layout(vectors, question)
        best, _ = exact.top(vectors, RowRanges.of(starts, stops), question, K)
        found = approximate.top(vectors, approximate.filter(starts, stops), question, K, 0.995)
        recalls.append(
            1.0 if found is None else np.count_nonzero(found[0] >= best[K - 1]) / np.sum(best >= best[K - 1])
        )
    assert np.mean(recalls) >= RECALL


def test_lists_are_used_where_they_help_and_left_where_they_do_not(
    made: Callable[..., tuple[Vectors, Approximate]],
) -> None:
    def guessed(kind: Callable[[], Vectors]) -> float:
        vectors, approximate = made(kind)
        permitted = approximate.filter(*everything(vectors, vectors))
        near = questions(vectors)[:12]
        return float(np.mean([approximate.top(vectors, permitted, q, K, 0.995) is not None for q in near]))

    assert guessed(clustered) > 0.9
    assert guessed(shapeless) < 0.1


def test_law_02_no_row_outside_the_filter_is_found_or_scored(
    made: Callable[..., tuple[Vectors, Approximate]], monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors, approximate = made(clustered)
    scored: set[int] = set()

    def watched(all_vectors: Vectors, rows: NDArray[np.int64], question: Vectors) -> NDArray[np.float32]:
        scored.update(rows.tolist())
        return inner_products(all_vectors, rows, question)

    monkeypatch.setattr("pipeline.index.vectors.approximate.inner_products", watched)
    hidden = set(range(0, ROWS, 3))
    starts = np.array(sorted(set(range(ROWS)) - hidden))
    used = 0
    for question in [vectors[n : n + 1] for n in sorted(hidden)[:40]]:  # each is the very text of a hidden row
        found = approximate.top(vectors, approximate.filter(starts, starts + 1), question, K, 0.995)
        used += found is not None
        assert found is None or hidden.isdisjoint(found[1].tolist())
    assert used > 20
    assert hidden.isdisjoint(scored)


def test_scores_are_those_of_exact_search_to_the_bit(made: Callable[..., tuple[Vectors, Approximate]]) -> None:
    vectors, approximate = made(clustered)
    permitted = approximate.filter(*everything(vectors, vectors))
    for question in questions(vectors)[:12]:
        found = approximate.top(vectors, permitted, question, K, 0.995)
        assert found is not None
        assert found[0].tolist() == inner_products(vectors, found[1], question).tolist()


def test_every_copy_that_ties_is_found(made: Callable[..., tuple[Vectors, Approximate]]) -> None:
    vectors, approximate = made(copies)
    question = np.ascontiguousarray(vectors[5:6])
    found = approximate.top(vectors, approximate.filter(*everything(vectors, question)), question, K, 0.995)
    assert found is not None
    assert set(found[1].tolist()) == set(range(5, ROWS, ROWS // 100))


def test_asking_for_more_than_is_permitted_is_answered_exactly(
    made: Callable[..., tuple[Vectors, Approximate]],
) -> None:
    vectors, approximate = made(clustered)
    starts = np.arange(0, 60, 2)
    assert approximate.top(vectors, approximate.filter(starts, starts + 1), vectors[:1], 1000, 0.995) is None


@pytest.mark.parametrize("compression", ["none", "fp16", "sq8"])
def test_compression_costs_no_recall(
    made: Callable[..., tuple[Vectors, Approximate]], compression: kernels.Compression
) -> None:
    vectors, approximate = made(clustered, compression)
    permitted, lost = approximate.filter(*everything(vectors, vectors)), 0
    for question in questions(vectors)[:12]:
        _, rows = exact.top(vectors, RowRanges.of(*everything(vectors, question)), question, K)
        found = approximate.top(vectors, permitted, question, K, 0.995)
        assert found is not None
        lost += len(set(rows[:K].tolist()) - set(found[1].tolist()))
    assert lost <= 1


def write_elsewhere(folder: str) -> None:
    write_lists(Path(folder), clustered(), "sq8")


def test_law_07_equal_vectors_give_equal_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    write_lists(here, clustered(), "sq8")
    threads = {"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4"}
    run_elsewhere("tests.unit.index.vectors.test_approximate:write_elsewhere", elsewhere, **threads)
    for name in (LISTS, MEANS, COVARIANCE):
        assert digest_bytes((here / name).read_bytes()) == digest_bytes((elsewhere / name).read_bytes()), name


@pytest.mark.parametrize("content", [b"x", b"IwFl" + b"\0" * 200, b"IxFI" + b"\0" * 64])
def test_what_is_no_inverted_lists_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / LISTS).write_bytes(content)
    with pytest.raises(ValueError, match="no "):
        opened(tmp_path)


def test_lists_of_other_vectors_are_refused(tmp_path: Path) -> None:
    vectors = clustered()
    write_lists(tmp_path, vectors[:500], "sq8")
    means, covariance = np.load(tmp_path / MEANS), np.load(tmp_path / COVARIANCE)
    with (tmp_path / LISTS).open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    with pytest.raises(ValueError, match="other vectors"):
        open_lists(content, vectors.shape, means, covariance)
    with pytest.raises(ValueError, match="more lists"):
        open_lists(content, vectors[:500].shape, means[:3], covariance)
    with pytest.raises(ValueError, match="other dimensions"):
        open_lists(content, vectors[:500].shape, means, covariance[:9])
