"""Trends and periods: what is unknown is never zero, and a count is only unusual next to enough of the past."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.errors import UsageError
from pipeline.domain.signals.periods import ReportPeriod, asked_period, last_week, week_start
from pipeline.domain.signals.trends import LEAST_PERIODS, Trend, counted, known, percentile

NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
COUNTS = st.lists(st.integers(0, 10**6), min_size=LEAST_PERIODS, max_size=52)
moments = st.integers(-8 * 10**8, 10**8).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(COUNTS, st.integers(0, 10**6))
def test_a_score_has_the_sign_of_the_distance_from_the_median(earlier: list[int], now: int) -> None:
    trend = Trend(values=(*earlier, now))
    assert trend.usual is not None
    assert trend.score is not None
    if now > max(earlier):
        assert trend.score > 0 or now - trend.usual < 1
    if now < min(earlier):
        assert trend.score <= 0


@given(COUNTS, st.integers(0, 10**5))
def test_more_never_scores_lower(earlier: list[int], now: int) -> None:
    less, more = (Trend(values=(*earlier, count)).score for count in (now, now + 7))
    assert less is not None
    assert more is not None
    assert more >= less


@given(st.integers(1, 10**4))
def test_a_constant_past_does_not_make_chance_unusual(level: int) -> None:
    """Twice the standard deviation of a Poisson count stays below the modified z-score of 3.5."""
    trend = Trend(values=(*(level,) * 8, level + round(2 * level**0.5)))
    assert trend.score is not None
    assert trend.score < 3.5


@given(st.lists(st.one_of(st.none(), st.integers(0, 99)), min_size=1, max_size=12))
def test_unknown_periods_are_left_out_and_never_zero(values: list[int | None]) -> None:
    trend = Trend(values=tuple(values))
    on_record = [value for value in values[:-1] if value is not None]
    assert list(trend.earlier) == on_record
    assert (trend.usual is None) is (len(on_record) < LEAST_PERIODS)
    if values[-1] is None or len(on_record) < LEAST_PERIODS:
        assert trend.score is None


@given(moments, st.integers(1, 400), st.integers(1, 12), st.lists(st.integers(-500, 500 * 24), max_size=40))
def test_every_moment_inside_is_counted_once(since: datetime, days: int, earlier: int, hours: list[int]) -> None:
    period = ReportPeriod(since=since, until=since + timedelta(days=days), earlier=earlier)
    places = [period.place(period.first + timedelta(hours=hour)) for hour in hours]
    inside = [hour for hour in hours if 0 <= hour < 24 * days * (earlier + 1)]
    unknown = [False] * (earlier + 1)
    assert sum(value or 0 for value in counted(places, unknown).values) == len(inside)
    for hour, place in zip(hours, places, strict=True):
        if place is not None:
            start = period.starts[place]
            assert start <= period.first + timedelta(hours=hour) < start + period.length
    assert counted(places, [True] * (earlier + 1)).values == (None,) * (earlier + 1)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    below = [value for value in values if value < found]
    assert not below or sum(value <= max(below) for value in values) < share * len(values)


def test_nothing_has_no_percentile() -> None:
    assert percentile([], 0.5) is None
    assert known([3], [True]).now is None


@given(moments)
def test_a_week_begins_on_monday_and_the_last_one_is_over(now: datetime) -> None:
    name = last_week(now)
    begin = week_start(name)
    assert begin.isoweekday() == 1
    assert begin + timedelta(days=7) <= now < begin + timedelta(days=14)
    period = asked_period(name, None, None, now=now, earlier=8)
    assert (period.since, period.length, period.week, period.name) == (begin, timedelta(days=7), name, name)
    assert period.starts[0] == begin - timedelta(days=56)


def test_without_a_word_a_report_is_of_the_last_seven_days() -> None:
    period = asked_period("", None, None, now=NOW, earlier=4)
    assert (period.since, period.until, period.week) == (NOW - timedelta(days=7), NOW, None)
    assert period.name == "2026-11-20 15:30 to 2026-11-27 15:30 UTC"
    assert [period.label(place) for place in range(5)] == ["23 Oct", "30 Oct", "6 Nov", "13 Nov", "20 Nov"]


@pytest.mark.parametrize(
    "week", ["2026", "2026-W00", "2026-W54", "2025-W53", "W48", "2026-w48", "0000-W01", "２０２６-W48"]
)
def test_a_text_that_names_no_week_is_refused(week: str) -> None:
    with pytest.raises(UsageError, match="not a week"):
        week_start(week)
