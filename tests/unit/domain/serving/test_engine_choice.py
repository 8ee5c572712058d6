"""The engine is chosen by figures alone; these are made up, not measured."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.serving.engine_choice import (
    DEFAULT_ENGINE,
    LEAST_COSINE,
    LEAST_GAIN,
    NDCG_TOLERANCE,
    EngineFigures,
    fastest,
)

BASE = EngineFigures(engine=DEFAULT_ENGINE, texts_per_processor_second=20, lowest_cosine=1, same_bits=True)
QUICK = EngineFigures(engine="quick", texts_per_processor_second=40, lowest_cosine=0.99996, same_bits=True)


def test_the_fastest_engine_that_holds_is_chosen_in_any_order() -> None:
    quicker = QUICK.model_copy(update={"engine": "quicker", "texts_per_processor_second": 41.0})
    assert fastest([BASE, QUICK, quicker]) == fastest([quicker, QUICK, BASE]) == "quicker"


@pytest.mark.parametrize(
    "figures",
    [
        {"same_bits": False},
        {"lowest_cosine": LEAST_COSINE - 1e-6},
        {"lowest_cosine": math.nan},
        {"reference_ndcg": 0.42, "ndcg": 0.42 - 1.5 * NDCG_TOLERANCE},
        {"reference_ndcg": 0.42, "ndcg": math.nan},
        {"texts_per_processor_second": 20 * LEAST_GAIN - 0.1},
        {"texts_per_processor_second": math.nan},
    ],
)
def test_an_engine_with_one_figure_out_of_bounds_is_not_chosen(figures: dict[str, float]) -> None:
    assert fastest([BASE, QUICK]) == "quick"
    assert fastest([BASE, QUICK.model_copy(update=figures)]) == DEFAULT_ENGINE


RATE = st.floats(0.1, 1e4)
FIGURES = st.builds(
    EngineFigures,
    engine=st.sampled_from(["a", "b", "c"]),
    texts_per_processor_second=RATE,
    lowest_cosine=st.floats(0.99, 1),
    same_bits=st.booleans(),
)


@given(st.lists(FIGURES, max_size=3, unique_by=lambda each: each.engine), RATE)
def test_the_choice_holds_and_no_engine_that_holds_is_faster(others: list[EngineFigures], rate: float) -> None:
    base = BASE.model_copy(update={"texts_per_processor_second": rate})
    chosen = next(each for each in (base, *others) if each.engine == fastest([*others, base]))
    assert chosen.holds
    assert chosen is base or chosen.texts_per_processor_second >= LEAST_GAIN * rate
    held = [each for each in others if each.same_bits and each.lowest_cosine >= LEAST_COSINE]
    limit = max(chosen.texts_per_processor_second, LEAST_GAIN * rate)
    assert all(each.texts_per_processor_second <= limit for each in held)
