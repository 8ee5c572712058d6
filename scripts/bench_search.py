"""Search under permissions: recall and latency by permitted share, Corpusgate's layout beside plain FAISS.

One run, the same vectors and questions for all: clustered unit vectors, access rules with a skewed distribution.
Columns: recall@10 against exact, p50 and p95 in milliseconds, one thread. Vectors are made up; nothing is downloaded.
"""

import argparse
import time
from collections.abc import Callable

import faiss
import numpy as np
from numpy.typing import NDArray

from pipeline.index.exact import RowRanges, top

SHARES = (0.0001, 0.001, 0.01, 0.1, 0.5, 1.0)
K = 10
Search = Callable[[NDArray[np.float32]], NDArray[np.int64]]


def clustered(rows: int, dimensions: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Unit vectors around 1,000 centres, as chunks of documents about similar things are."""
    centres = generator.normal(size=(1000, dimensions)).astype(np.float32)
    vectors = centres[generator.integers(0, 1000, rows)]
    vectors += 0.7 * generator.standard_normal((rows, dimensions), dtype=np.float32)
    faiss.normalize_L2(vectors)
    return vectors


def skewed_rules(rows: int, rules: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """An access rule for each row; few rules hold most rows."""
    weights = 1 / np.arange(1, rules + 1)
    return generator.choice(rules, rows, p=weights / weights.sum())


def permitted_rules(counts: NDArray[np.int64], share: float, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Rules that together hold about `share` of the rows: drawn at random, never one that overshoots by much."""
    wanted, held = share * counts.sum(), 0
    permitted = np.zeros(len(counts), bool)
    for rule in generator.permutation(len(counts)):
        if share == 1.0 or held + counts[rule] <= wanted * 1.05:
            permitted[rule] = True
            held += int(counts[rule])
    return permitted


def measure(search: Search, questions: NDArray[np.float32], truth: list[set[int]]) -> tuple[float, float, float]:
    search(questions[:1])
    times, recall = [], []
    for number, best in enumerate(truth):
        question = questions[number : number + 1]
        start = time.perf_counter()
        found = search(question)
        times.append((time.perf_counter() - start) * 1000)
        recall.append(len(best & set(found.tolist())) / max(1, len(best)))
    return float(np.mean(recall)), float(np.percentile(times, 50)), float(np.percentile(times, 95))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--dimensions", type=int, default=384)
    parser.add_argument("--rules", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--hnsw", action="store_true", help="also build an HNSW index, which takes minutes")
    given = parser.parse_args()
    faiss.omp_set_num_threads(1)
    generator = np.random.default_rng(11)

    rule_of = np.sort(skewed_rules(given.rows, given.rules, generator))  # laid out by access rule, as segments are
    vectors = clustered(given.rows, given.dimensions, generator)
    questions = vectors[generator.integers(0, given.rows, given.questions)]
    questions = questions + 0.3 * generator.standard_normal(questions.shape, dtype=np.float32) / given.dimensions**0.5
    faiss.normalize_L2(questions)
    counts = np.bincount(rule_of, minlength=given.rules)
    bounds = np.concatenate(([0], np.cumsum(counts)))

    flat = faiss.IndexFlatIP(given.dimensions)
    flat.add(vectors)
    hnsw = None
    if given.hnsw:
        hnsw = faiss.IndexHNSWFlat(given.dimensions, 32, faiss.METRIC_INNER_PRODUCT)
        hnsw.add(vectors)

    print(f"{given.rows:,} vectors, {given.rules:,} access rules, {given.questions} questions, one thread")
    print(f"{'permitted':>10} {'engine':<16} {'recall@10':>9} {'p50 ms':>9} {'p95 ms':>9}")
    for share in SHARES:
        allowed = permitted_rules(counts, share, generator)
        starts, stops = bounds[:-1][allowed], bounds[1:][allowed]
        filled = stops > starts
        ranges = RowRanges.of(starts[filled], stops[filled])
        rows = np.flatnonzero(allowed[rule_of])
        selector = faiss.IDSelectorBitmap(np.packbits(allowed[rule_of], bitorder="little"))
        scores = questions @ vectors[rows].T
        truth = [set(rows[np.argsort(-line)[:K]].tolist()) for line in scores]
        engines: dict[str, Search] = {
            "corpusgate": lambda q, ranges=ranges: top(vectors, ranges, q, K)[1],
            "flat + bitmap": lambda q, s=selector: flat.search(q, K, params=faiss.SearchParameters(sel=s))[1][0],
        }
        if hnsw is not None:
            engines["hnsw + bitmap"] = lambda q, s=selector: hnsw.search(
                q, K, params=faiss.SearchParametersHNSW(sel=s, efSearch=128)
            )[1][0]
        for name, search in engines.items():
            recall, p50, p95 = measure(search, questions, truth)
            print(f"{len(rows) / given.rows:>10.3%} {name:<16} {recall:>9.3f} {p50:>9.2f} {p95:>9.2f}", flush=True)


if __name__ == "__main__":
    main()
