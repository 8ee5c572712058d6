"""The distance of a count from its usual: figures are computed by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.rates.breaches import Limits
from pipeline.domain.rates.usual import band, usual_count
from pipeline.domain.signals.trends import Trend

LIMITS = Limits()


def test_the_score_is_that_of_iglewicz_and_hoaglin_over_square_roots() -> None:
    # Roots 1, 2, 3, 4, 9: median 3, deviations 2, 1, 0, 1, 6: MAD 1. (8 - 3) * 0.6745 / 1.
    usual = usual_count([81, 1, 16, 4, 9])
    assert (usual.middle, usual.spread) == (3, 1)
    assert usual.score(64) == pytest.approx(3.3725)
    assert usual.end(3.3725) == pytest.approx(64)


def test_the_report_and_the_breaker_give_one_count_one_score() -> None:
    past, value = (81, 1, 16, 4, 9), 64
    found = band(past, value, Limits(warm_up=5))
    assert found is not None
    assert (Trend(values=(*past, value)).score, found.score) == (3.37, 3.37)


def test_nothing_is_learned_before_the_warm_up() -> None:
    assert band([4] * (LIMITS.warm_up - 1), 10**6, LIMITS) is None
    assert band([4] * LIMITS.warm_up, 10**6, LIMITS) is not None


def test_a_source_that_never_varies_still_has_a_band() -> None:
    """Without a least spread any count would be infinitely far away, or none would."""
    found = band([4] * 30, 500, LIMITS)
    assert found is not None
    # Square root 2, spread 0.33725: 2 + 6 * 0.5 = 5, so 25 documents are outside.
    assert (found.median, found.bound, found.left) == (4, 24, True)
    large = band([10_000] * 30, 20_000, LIMITS)
    assert large is not None
    # Square root 100, a tenth of it: 100 + 6 * 10 / 0.6745 = 188.955, so 35,703 documents are inside.
    assert (large.median, large.bound, large.left) == (10_000, 35_703, False)


def test_less_than_usual_is_not_a_breach() -> None:
    found = band([10_000] * 30, 0, LIMITS)
    assert found is not None
    assert found.score > LIMITS.threshold
    assert not found.left


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 10**6), min_size=20, max_size=60), st.integers(0, 10**7))
def test_a_band_does_not_depend_on_the_order_and_its_bound_is_inside(past: list[int], value: int) -> None:
    found = band(past, value, LIMITS)
    assert found == band(sorted(past), value, LIMITS)
    assert found is not None
    inside = band(past, found.bound, LIMITS)
    outside = band(past, found.bound + 2, LIMITS)
    assert inside is not None
    assert outside is not None
    assert (inside.left, outside.left) == (False, True)


@pytest.mark.parametrize("flood", [(5, 200), (60, 600)])
def test_one_flood_among_the_past_hides_no_second_one(flood: tuple[int, int]) -> None:
    usual, burst = flood
    past = [usual] * 25 + [burst] + [usual] * 4
    found = band(past, burst, LIMITS)
    assert found is not None
    assert found.left
