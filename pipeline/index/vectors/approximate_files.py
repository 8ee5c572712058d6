"""Writes and reads the files of a segment that `Approximate` needs.

Invariants: built only from the vectors and the layout, so equal vectors give equal bytes: sums are taken in an order
of their own or of whole numbers, which add up exactly in any order. A segment is searched without these files just as
well, only slower.
"""

import io
import itertools
import math
import mmap
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.digests import digest_bytes
from pipeline.domain.ports import Vectors
from pipeline.files.durable import FileSeal, HashingFile, write_file
from pipeline.index.vectors.approximate import Approximate
from pipeline.index.vectors.kernels import Compression, InvertedLists, build_lists
from pipeline.index.vectors.names import COVARIANCE, LISTS, MEANS

_SAMPLE = 65_536
_UNIT = 2.0**13
"""Residuals are rounded to this part of one: squares of 65,536 of them add up exactly in 64-bit floats."""


def write_lists(folder: Path, vectors: Vectors, compression: Compression) -> dict[str, FileSeal]:
    """Write the lists of `vectors`, shape (rows, dimensions), into a segment's unfinished folder."""
    with (folder / LISTS).open("wb") as file:
        out = HashingFile(file)
        lists = build_lists(vectors, max(1, round(math.sqrt(len(vectors)))), compression, out.write)
        file.flush()
        os.fsync(file.fileno())
    means = _means(vectors, lists)
    return {
        LISTS: FileSeal(size=out.size, sha256=out.sha256),
        MEANS: _write_matrix(folder / MEANS, means),
        COVARIANCE: _write_matrix(folder / COVARIANCE, _covariance(vectors, lists, means)),
    }


def open_lists(content: mmap.mmap, shape: tuple[int, ...], means: Vectors, covariance: Vectors) -> Approximate:
    """Open what `write_lists` wrote. Raises `ValueError` when it is not of vectors of this shape."""
    lists = InvertedLists(content)
    if lists.shape != shape:
        raise ValueError("lists of other vectors")
    return Approximate(lists, means, covariance)


def _means(vectors: Vectors, lists: NDArray[np.int32]) -> Vectors:
    order = np.argsort(lists, kind="stable")
    bounds = np.concatenate(([0], np.cumsum(np.bincount(lists))))
    means = np.zeros((len(bounds) - 1, vectors.shape[1]), np.float32)
    for number, (start, stop) in enumerate(itertools.pairwise(bounds.tolist())):
        if stop > start:
            means[number] = vectors[order[start:stop]].mean(axis=0, dtype=np.float64)
    return means


def _covariance(vectors: Vectors, lists: NDArray[np.int32], means: Vectors) -> Vectors:
    """How rows scatter about the mean of their list, over all lists together."""
    sample = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), _SAMPLE)).astype(np.int64))
    residuals = np.rint((vectors[sample] - means[lists[sample]]).astype(np.float64) * _UNIT)
    return np.asarray((residuals.T @ residuals) / (_UNIT * _UNIT * len(sample)), np.float32)


def _write_matrix(path: Path, matrix: Vectors) -> FileSeal:
    data = io.BytesIO()
    np.lib.format.write_array(data, np.ascontiguousarray(matrix, "<f4"), version=(1, 0), allow_pickle=False)
    write_file(path, data.getvalue())
    return FileSeal(size=len(data.getvalue()), sha256=digest_bytes(data.getvalue()))
