"""The arithmetic under a search: it wakes no threads, whichever thread asks."""

import mmap
import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.index.vectors.approximate_files import write_lists
from pipeline.index.vectors.kernels import InvertedLists, inner_products
from pipeline.index.vectors.names import LISTS

VECTORS = np.random.default_rng(1).normal(size=(2_000, 32)).astype(np.float32)
QUESTION = VECTORS[:1].copy()


def by_rows(folder: Path) -> None:
    assert len(inner_products(VECTORS, np.arange(1_000), QUESTION)) == 1_000


def by_lists(folder: Path) -> None:
    with (folder / LISTS).open("rb") as file:
        lists = InvertedLists(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    scores, _ = lists.search(QUESTION, np.arange(4, dtype=np.int64), 10, None)
    assert len(scores) == 10


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="OpenMP wakes nobody on one processor")
@pytest.mark.parametrize("search", [by_rows, by_lists])
def test_a_search_stays_on_the_thread_that_asks(search: Callable[[Path], None], tmp_path: Path) -> None:
    write_lists(tmp_path, VECTORS, "sq8")
    started: list[set[str]] = []

    def ask() -> None:
        before = set(os.listdir("/proc/self/task"))  # noqa: PTH208 - names, not paths
        search(tmp_path)
        started.append(set(os.listdir("/proc/self/task")) - before)  # noqa: PTH208

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join()
    assert started == [set()]
