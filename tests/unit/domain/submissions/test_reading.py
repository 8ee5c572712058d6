"""When a submission is read next: the pace of earlier refreshes, and no guess where they had none."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.submissions.reading import LOOKED_AT, next_reading, reading_words

FIRST = datetime(2026, 12, 1, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@given(minutes=st.integers(1, 1_440), count=st.integers(3, 30), late=st.integers(0, 59), order=st.randoms())
def test_refreshes_at_an_even_pace_tell_the_next_one(minutes: int, count: int, late: int, order: object) -> None:
    pace = minutes * MINUTE
    started = [FIRST + number * pace for number in range(count)]
    order.shuffle(started)  # type: ignore[attr-defined]
    now = FIRST + (count - 1) * pace + late * pace / 60
    expected = FIRST + count * pace
    assert next_reading(started, now) == expected
    assert f"at about {expected:%Y-%m-%d %H:%M} UTC" in reading_words(started, now)
    assert "due now" in reading_words(started, expected)


@given(st.lists(st.integers(0, 100_000), max_size=2, unique=True))
def test_two_refreshes_tell_nothing(minutes: list[int]) -> None:
    started = [FIRST + one * MINUTE for one in minutes]
    now = FIRST + timedelta(days=100)
    assert next_reading(started, now) is None
    words = reading_words(started, now)
    assert f"began at {max(started):%Y-%m-%d %H:%M}" in words if started else "No refresh of it has begun" in words


def test_a_pace_that_is_over_or_uneven_promises_nothing() -> None:
    hourly = [FIRST + number * timedelta(hours=1) for number in range(5)]
    assert next_reading(hourly, hourly[-1] + timedelta(hours=2)) is not None
    assert next_reading(hourly, hourly[-1] + timedelta(hours=2, seconds=1)) is None
    by_hand = [FIRST, FIRST + MINUTE, FIRST + 2 * MINUTE, FIRST + timedelta(days=3)]
    assert next_reading(by_hand, by_hand[-1]) is None
    assert next_reading([FIRST] * 4, FIRST) is None


def test_an_older_pace_is_forgotten() -> None:
    daily = [FIRST + timedelta(days=day) for day in range(20)]
    hourly = [daily[-1] + timedelta(hours=hour) for hour in range(1, LOOKED_AT + 1)]
    assert next_reading([*daily, *hourly], hourly[-1]) == hourly[-1] + timedelta(hours=1)
