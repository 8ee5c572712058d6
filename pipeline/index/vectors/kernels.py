"""Arithmetic on vectors where they are mapped: inner products, and inverted lists of compressed copies.

The only importer of faiss. Invariants: only results are copied, and nothing is pickled. One inner product gives the
same bits whichever function computes it and on however many threads. Lists built twice from equal vectors are equal
bytes: fixed seeds, one thread. A search scores no row that its filter leaves out, and stays on the thread that asks.
"""

import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

from pipeline.domain.ports import Vectors

Compression = Literal["none", "fp16", "sq8"]
Scores = NDArray[np.float32]
Rows = NDArray[np.int64]
Bitmap = NDArray[np.uint8]

faiss: Any = _faiss
"""Its stubs do not know what SWIG and its own wrappers add."""

SEED = 20_260_301
_ROUNDS = 10
_SAMPLES_PER_LIST = 64
_BLOCK = 65_536
_CODES = {"fp16": faiss.ScalarQuantizer.QT_fp16, "sq8": faiss.ScalarQuantizer.QT_8bit}


def inner_products(vectors: Vectors, rows: Rows, question: Vectors) -> Scores:
    """The inner product of `question` (shape (1, d)) with each of `rows` of `vectors`."""
    products = np.empty(len(rows), np.float32)
    if len(rows):
        _stay_on_this_thread()
        pointers = map(faiss.swig_ptr, (products, question, vectors, rows))
        faiss.fvec_inner_products_by_idx(*pointers, vectors.shape[1], 1, len(rows))
    return products


def inner_products_of_range(vectors: Vectors, start: int, stop: int, question: Vectors) -> Scores:
    """The inner product of `question`, shape (1, dimensions), with the rows `[start, stop)` of `vectors`.

    Shape (stop - start,). `vectors`: shape (rows, dimensions).
    """
    products = np.empty(stop - start, np.float32)
    pointers = map(faiss.swig_ptr, (products, question, vectors[start:stop]))
    faiss.fvec_inner_products_ny(*pointers, vectors.shape[1], stop - start)
    return products


class InvertedLists:
    """Compressed copies of a segment's vectors, those of like direction together; read in place from a mapping."""

    def __init__(self, content: mmap.mmap) -> None:
        """Raises `ValueError` when `content` holds something else."""
        # The reader keeps addresses into the mapping and the index keeps them after it: both must outlive the index.
        self._content = np.frombuffer(content, np.uint8)
        self._reader = faiss.ZeroCopyIOReader(faiss.swig_ptr(self._content), len(self._content))
        try:
            self._index = faiss.read_index(self._reader, faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError:
            raise ValueError("no index") from None
        if not isinstance(self._index, faiss.IndexIVF) or self._index.metric_type != faiss.METRIC_INNER_PRODUCT:
            raise ValueError("no inverted lists")
        self._step = _rounding(self._index)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and their dimensions."""
        return int(self._index.ntotal), int(self._index.d)

    def doubt(self, question: Vectors) -> float:
        """By how much the score of a copy may differ from that of its vector: four standard deviations.

        `question`: shape (1, dimensions).
        """
        return 4 * float(np.sqrt(np.sum(np.square(question[0] * self._step)) / 12)) + 1e-6

    def list_of_rows(self) -> NDArray[np.int32]:
        """For each row the list it is in, shape (rows,). Raises `ValueError` unless every row is in exactly one."""
        lists = self._index.invlists
        found = np.full(self._index.ntotal, -1, np.int32)
        for number in range(self._index.nlist):
            if size := lists.list_size(number):
                rows = faiss.rev_swig_ptr(lists.get_ids(number), size)
                if rows.min() < 0 or rows.max() >= len(found) or found[rows].max() >= 0:
                    raise ValueError("rows twice")
                found[rows] = number
        if len(found) and found.min() < 0:
            raise ValueError("rows missing")
        return found

    def search(self, question: Vectors, lists: Rows, k: int, visible: Bitmap | None) -> tuple[Scores, Rows]:
        """The about `k` best rows of these `lists`, of those set in `visible`, by the scores of their copies.

        Args:
            question: Shape (1, dimensions).
            lists: Numbers of lists, shape (n,).
            k: Most rows wanted.
            visible: A bit a row, shape (bytes,); None: every row.

        Returns:
            Scores and rows, shape (found,) each.

        """
        selector = None if visible is None else faiss.IDSelectorBitmap(visible)
        parameters = faiss.SearchParametersIVF(nprobe=len(lists), sel=selector)
        zeros = np.zeros(len(lists), np.float32)
        scores, rows = np.empty(k, np.float32), np.empty(k, np.int64)
        pointers = map(faiss.swig_ptr, (lists, zeros, scores, rows))
        # The wrapper for numpy arrays takes no parameters, so no filter either.
        self._index.search_preassigned_c(1, faiss.swig_ptr(question), k, *pointers, False, parameters)
        filled = rows >= 0
        return scores[filled], rows[filled]


def build_lists(
    vectors: Vectors, count: int, compression: Compression, write: Callable[[bytes], object]
) -> NDArray[np.int32]:
    """Sort `vectors` into `count` lists and hand the serialised lists to `write`; returns the list of each row.

    `vectors`: shape (rows, dimensions). The answer: shape (rows,).
    """
    rows, dimensions = vectors.shape
    with _one_thread():
        drawn = np.random.default_rng(SEED).choice(rows, min(rows, count * _SAMPLES_PER_LIST), replace=False)
        sample = np.ascontiguousarray(vectors[np.sort(drawn)])
        means = faiss.Kmeans(dimensions, count, niter=_ROUNDS, seed=SEED, spherical=True, min_points_per_centroid=1)
        means.train(sample)
        index = _empty_index(np.asarray(means.centroids), compression)
        index.train(sample)
        found = np.empty(rows, np.int64)
        for start in range(0, rows, _BLOCK):
            block = np.ascontiguousarray(vectors[start : start + _BLOCK])
            nearest = np.ascontiguousarray(index.quantizer.search(block, 1)[1][:, 0])
            index.add_core(len(block), faiss.swig_ptr(block), None, faiss.swig_ptr(nearest))
            found[start : start + _BLOCK] = nearest
    _serialise(index, write)
    return found.astype(np.int32)


def _rounding(index: Any) -> Scores | np.float32:
    """How far apart neighbouring values of a copy are, in each dimension."""
    if not isinstance(index, faiss.IndexIVFScalarQuantizer):
        return np.float32(0)
    if index.sq.qtype == _CODES["sq8"]:
        trained: Scores = faiss.vector_to_array(index.sq.trained)
        return np.asarray(
            trained[len(trained) // 2 :] / 255, np.float32
        )  # the least values of all dimensions, then the widths of their ranges
    return np.float32(2**-11)  # of fp16, for values of at most one


def _empty_index(centroids: Vectors, compression: Compression) -> Any:
    count, dimensions = centroids.shape
    quantizer = faiss.IndexFlatIP(dimensions)
    quantizer.add(centroids)
    metric = faiss.METRIC_INNER_PRODUCT
    if compression == "none":
        index = faiss.IndexIVFFlat(quantizer, dimensions, count, metric)
    else:
        index = faiss.IndexIVFScalarQuantizer(quantizer, dimensions, count, _CODES[compression], metric, False)
    # The Python object of the quantizer goes with this function; the index must not point to it afterwards.
    quantizer.this.disown()
    index.own_fields = True
    return index


def _serialise(index: Any, write: Callable[[bytes], object]) -> None:
    failures: list[OSError] = []

    def deliver(data: bytes) -> None:
        try:
            write(data)
        except OSError as error:  # a full disk; faiss would turn it into an error of its own
            failures.append(error)
            raise

    try:
        faiss.write_index(index, faiss.PyCallbackIOWriter(deliver))
    except RuntimeError:
        if failures:
            raise failures[0] from None
        raise


def _stay_on_this_thread() -> None:
    # For one question FAISS finds nothing to divide, yet wakes a team of threads and waits for each of them: where
    # processors are busy that took ten times as long as the search. OpenMP keeps the number for each thread.
    faiss.omp_set_num_threads(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
