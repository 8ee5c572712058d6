"""Compares a derived model with the reference library: vectors of probe texts, and ranking where judgements are given.

Invariant: a derived model that differs more than the bounds here is refused, whatever the reason.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.digests import digest_bytes, digest_json
from pipeline.domain.errors import ModelLockError, UsageError
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.engine_choice import NDCG_TOLERANCE
from pipeline.models.derived import Parity, Ranking

LOWEST_COSINE = 0.9999
_DEPTH = 10
"""Of the ranking that is judged: nDCG@10, as BEIR has it."""

Embed = Callable[[Sequence[str]], Vectors]

_SENTENCES = (
    "How do I reset my password?",
    "The cafeteria serves soup on Tuesdays.",
    "Invoices above 5,000 EUR need a second signature.",
    "def total(rows): return sum(row.amount for row in rows)",
    "| region | revenue | cost |\n| --- | --- | --- |\n| north | 1,204 | 960 |",
    "Ein Satz auf Deutsch über Übergrößen und Straßennamen.",
    "La réunion est déplacée à jeudi; apportez vos questions.",
    "Встреча перенесена на четверг.",
    "会议改到星期四下午三点。",
    "🙂 Emoji, tabs\tand   spaces, and a URL: https://example.org/a?b=c#d",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "# Heading\n\n- first\n- second\n\n> a quotation",
)

PROBES: tuple[str, ...] = (
    "",
    "x",
    *_SENTENCES,
    # Every length class up to the cut, and beyond it.
    *(" ".join((_SENTENCES[n % len(_SENTENCES)], *_SENTENCES[: n % 7])) for n in range(2, 40, 3)),
    *(
        "The quarterly report lists revenue, cost and headcount by region. " * times
        for times in (2, 5, 9, 15, 20, 21, 60)
    ),
    "word " * 254,
    "word " * 400,
)


def compared(reference: Embed, derived: Embed, collection: Path | None = None) -> Parity:
    """The figures of a derived model. Raises `ModelLockError` where they leave the bounds."""
    first, second = reference(PROBES), derived(PROBES)
    parity = Parity(
        texts=len(PROBES),
        texts_digest=digest_json(list(PROBES)),
        lowest_cosine=lowest_cosine(first, second),
        largest_difference=float(f"{np.abs(first - second).max():.2g}"),
        ranking=None if collection is None else compared_ranking(reference, derived, collection),
    )
    if not parity.lowest_cosine >= LOWEST_COSINE:  # also if it is not a number
        raise _differs(f"a cosine of {parity.lowest_cosine} with the reference, {LOWEST_COSINE} is the least")
    ranking = parity.ranking
    if ranking is not None and abs(ranking.reference_ndcg - ranking.derived_ndcg) > NDCG_TOLERANCE:
        raise _differs(f"an nDCG@10 of {ranking.derived_ndcg}, the reference has {ranking.reference_ndcg}")
    return parity


def lowest_cosine(first: Vectors, second: Vectors) -> float:
    """Of the vectors of the same texts by two engines, shape (texts, dimensions) each, of unit length."""
    return round(float((first * second).sum(axis=1).min()), 7)


def _differs(figure: str) -> ModelLockError:
    return ModelLockError(
        f"The derived model has {figure}.",
        done="It was not kept.",
        fix="Set embedding.engine: torch, and report the model and the versions of onnx and onnxruntime.",
    )


def compared_ranking(reference: Embed, derived: Embed, folder: Path) -> Ranking:
    """Both engines on a collection of BEIR's form: corpus.jsonl, queries.jsonl, qrels.tsv."""
    files = [folder / name for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv")]
    try:
        corpus, queries = (_texts(file) for file in files[:2])
        judged = _judgements(files[2])
        digest = digest_json([digest_bytes(file.read_bytes()) for file in files])
    except (OSError, ValueError, KeyError):
        raise UsageError(
            f"{folder} holds no collection.", fix="Give a folder with corpus.jsonl, queries.jsonl and qrels.tsv."
        ) from None
    asked = {name: text for name, text in queries.items() if name in judged}
    figures = []
    for embed in (reference, derived):
        scores = embed(list(asked.values())) @ embed(list(corpus.values())).T
        figures.append(_ndcg(scores, list(corpus), [judged[name] for name in asked]))
    return Ranking(collection=digest, questions=len(asked), reference_ndcg=figures[0], derived_ndcg=figures[1])


def _texts(file: Path) -> dict[str, str]:
    rows: list[dict[str, Any]] = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    return {str(row["_id"]): f"{row.get('title') or ''} {row['text']}".strip() for row in rows}


def _judgements(file: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for line in file.read_text("utf-8").splitlines()[1:]:
        question, document, grade = line.split("\t")
        if int(grade) > 0:
            found.setdefault(question, {})[document] = int(grade)
    return found


def _ndcg(scores: NDArray[np.float32], names: list[str], judged: list[dict[str, int]]) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002), the mean of all questions."""
    discounts = 1 / np.log2(np.arange(2, _DEPTH + 2))
    gains = []
    for row, grades in zip(scores, judged, strict=True):
        best = np.argsort(-row, kind="stable")[:_DEPTH]
        gained = sum(grades.get(names[place], 0) * discount for place, discount in zip(best, discounts, strict=False))
        ideal = sum(g * d for g, d in zip(sorted(grades.values(), reverse=True), discounts, strict=False))
        gains.append(gained / ideal)
    return round(float(np.mean(gains)), 4)
