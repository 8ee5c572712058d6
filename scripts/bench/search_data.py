"""Made-up vectors, access rules and questions for the search benchmark, with the true answers; made once, kept.

Unit vectors around 1,000 centres, as chunks of documents about similar things are; access rules of which few hold most
rows (Zipf). Questions stand near a row drawn from all, permitted or not, as people ask about what others know too.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SHARES = (0.0001, 0.001, 0.01, 0.1, 0.5, 1.0)
CENTRES, NOISE, QUESTION_NOISE = 1000, 0.7, 0.3
K = 10
_BLOCK = 50_000


@dataclass(frozen=True)
class DataShape:
    """Parameters of a set of data; equal shapes give equal data."""

    rows: int
    dimensions: int
    rules: int
    questions: int

    @property
    def name(self) -> str:
        return f"{self.rows}x{self.dimensions}-{self.rules}-rules-{self.questions}-questions"


class Data:
    """One set of data in a folder."""

    def __init__(self, folder: Path, shape: DataShape) -> None:
        self.folder, self.shape = folder / shape.name, shape
        if not (self.folder / "made.json").exists():
            _make(self.folder, shape)
        self.vectors: NDArray[np.float32] = np.load(self.folder / "vectors.npy", mmap_mode="r")
        self.rule_of: NDArray[np.int64] = np.load(self.folder / "rule_of.npy")
        self.questions: NDArray[np.float32] = np.load(self.folder / "questions.npy")
        self.permitted: NDArray[np.bool_] = np.load(self.folder / "permitted.npy")
        """Share by rule: whether the rule is permitted at that share."""
        self.worst: NDArray[np.float32] = np.load(self.folder / "worst.npy")
        """Share by question: the score of the last of the true best."""

    def recall(self, share: int, question: int, found: NDArray[np.int64]) -> float:
        """The part of the true best among `found`; a row that ties with the last of them counts as one."""
        rows = np.unique(found[found >= 0])
        if not self.permitted[share][self.rule_of[rows]].all():
            raise SystemExit("A row was found that the principal may not read.")
        scores = self.vectors[rows] @ self.questions[question]
        possible = min(K, int(self.permitted[share][self.rule_of].sum()))
        return min(1.0, int((scores >= self.worst[share, question] - 1e-6).sum()) / possible)


def _make(folder: Path, shape: DataShape) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(11)
    weights = 1 / np.arange(1, shape.rules + 1)
    rule_of = np.sort(random.choice(shape.rules, shape.rows, p=weights / weights.sum()))
    centres = random.normal(size=(CENTRES, shape.dimensions)).astype(np.float32)
    vectors = centres[random.integers(0, CENTRES, shape.rows)]
    for start in range(0, shape.rows, _BLOCK):
        block = vectors[start : start + _BLOCK]
        block += NOISE * random.standard_normal(block.shape, dtype=np.float32)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    questions = vectors[random.integers(0, shape.rows, shape.questions)]
    questions = questions + QUESTION_NOISE * random.standard_normal(questions.shape, np.float32) / shape.dimensions**0.5
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    counts = np.bincount(rule_of, minlength=shape.rules)
    permitted = np.array([_permitted(counts, share, random) for share in SHARES])
    worst = np.array([_worst(vectors[allowed[rule_of]], questions) for allowed in permitted])
    arrays = {"rule_of": rule_of, "questions": questions, "permitted": permitted, "worst": worst, "vectors": vectors}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    (folder / "made.json").write_text(json.dumps(vars(shape)))


def _permitted(counts: NDArray[np.int64], share: float, random: np.random.Generator) -> NDArray[np.bool_]:
    """Rules that together hold about `share` of the rows: drawn at random, never one that overshoots by much."""
    if share == 1.0:
        return np.ones(len(counts), bool)
    wanted, held = share * counts.sum(), 0
    permitted = np.zeros(len(counts), bool)
    for rule in random.permutation(len(counts)):
        if held + counts[rule] <= wanted * 1.05:
            permitted[rule] = True
            held += int(counts[rule])
    return permitted


def _worst(vectors: NDArray[np.float32], questions: NDArray[np.float32]) -> NDArray[np.float32]:
    best = np.full((len(questions), K), -np.inf, np.float32)
    for start in range(0, len(vectors), _BLOCK):
        scores = np.concatenate([best, questions @ vectors[start : start + _BLOCK].T], axis=1)
        best = np.sort(np.partition(scores, scores.shape[1] - K, axis=1)[:, -K:], axis=1)
    # With fewer rows than asked for, every one of them belongs to the best.
    return np.where(np.isinf(best[:, 0]), np.float32(-2), best[:, 0])
