"""Engines of derived models: which of them run on this machine, and their figures there.

Invariant: an engine that does not compute here as it did where the vectors were made is refused by name. It is never
replaced by another one, whose vectors would differ.
"""

import importlib.util
import random
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.domain.errors import ModelLockError
from pipeline.domain.serving.engine_choice import DEFAULT_ENGINE, EngineFigures
from pipeline.models.derived import OPENVINO, DerivedEngine
from pipeline.models.lock import NOT_LOADED
from pipeline.models.parity import PROBES, Embed, compared_ranking, lowest_cosine
from pipeline.models.processor import instructions

_BF16 = frozenset({"avx512_bf16", "amx_bf16"})
"""Instructions for bfloat16. Without them OpenVINO computes in 32 bits, whatever it is asked for."""
_ROUNDS = 3
_SEED = 1


def runnable() -> tuple[DerivedEngine, ...]:
    """Engines that this machine can run, the default first."""
    return (DEFAULT_ENGINE,) if _missing(OPENVINO) else (DEFAULT_ENGINE, OPENVINO)


def require_runnable(engine: DerivedEngine, model: str) -> None:
    """Raise `ModelLockError` if this machine cannot run an engine; it names what is missing and the way out."""
    missing = _missing(engine)
    if missing:
        raise ModelLockError(
            f"Vectors of this home are computed by {engine} in bfloat16, and this machine lacks {missing}.",
            done=NOT_LOADED,
            fix="Use a machine that has it. Or change over: set embedding.engine: onnxruntime, then "
            f"corpusgate models migrate {model}",
        )


def _missing(engine: DerivedEngine) -> str:
    """The first thing that an engine needs and that is not here; empty if there is none."""
    if engine == DEFAULT_ENGINE:
        return ""
    if not instructions() & _BF16:
        return "processor instructions for bfloat16 (avx512_bf16 or amx_bf16)"
    return "" if importlib.util.find_spec(OPENVINO) else f"the Python package {OPENVINO}"


def measured(
    reference: Embed, engines: Mapping[DerivedEngine, Embed], collection: Path | None = None
) -> tuple[EngineFigures, ...]:
    """Figures of engines on the probe texts, in alternating rounds; and on a collection where one is given."""
    vectors = reference(PROBES)
    seconds: dict[DerivedEngine, list[float]] = {engine: [] for engine in engines}
    own = {engine: embed(PROBES) for engine, embed in engines.items()}  # loads the models, too
    for _ in range(_ROUNDS):
        for engine, embed in engines.items():
            started = time.process_time()
            embed(PROBES)
            seconds[engine].append(time.process_time() - started)
    figures = []
    for engine, embed in engines.items():
        ranked = None if collection is None else compared_ranking(reference, embed, collection)
        figures.append(
            EngineFigures(
                engine=engine,
                texts_per_processor_second=round(len(PROBES) / max(min(seconds[engine]), 1e-9), 1),
                lowest_cosine=lowest_cosine(vectors, own[engine]),
                same_bits=same_bits(embed),
                reference_ndcg=ranked.reference_ndcg if ranked else None,
                ndcg=ranked.derived_ndcg if ranked else None,
            )
        )
    return tuple(figures)


def same_bits(embed: Embed) -> bool:
    """Whether each probe text has the same vector alone as among all others, in another order (law 7)."""
    order = [*range(len(PROBES))] * 2
    random.Random(_SEED).shuffle(order)  # noqa: S311 - an order, not a secret
    together = embed([PROBES[place] for place in order])
    alone = [np.asarray(embed([text])[0]).tobytes() for text in PROBES]
    return all(row.tobytes() == alone[place] for row, place in zip(together, order, strict=True))
