"""Numbers, times and passages as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.web.display.wording import age, counted, last_month, reflowed, took

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(seconds=61), "1 minute"),
        (timedelta(hours=5, minutes=59), "5 hours"),
        (timedelta(days=3, hours=2), "3 days"),
        (timedelta(days=-1), "less than a minute"),
    ],
)
def test_an_age_is_in_the_largest_unit_that_fits(ago: timedelta, said: str) -> None:
    assert age(NOW - ago, NOW) == said


def test_a_place_with_little_room_has_its_own_words_for_less_than_a_minute() -> None:
    assert age(NOW - timedelta(seconds=59), NOW, least="< 1 min") == "< 1 min"
    assert age(NOW - timedelta(seconds=60), NOW, least="< 1 min") == "1 minute"


@pytest.mark.parametrize(
    ("now", "since", "until"),
    [
        ("2026-03-01T00:00+00:00", "2026-02-01", "2026-03-01"),
        ("2024-03-31T23:59+00:00", "2024-02-01", "2024-03-01"),
        ("2027-01-01T00:30+02:00", "2026-11-01", "2026-12-01"),
    ],
)
def test_the_month_that_is_over_is_a_whole_calendar_month_in_utc(now: str, since: str, until: str) -> None:
    found = last_month(datetime.fromisoformat(now))
    assert found == tuple(datetime.fromisoformat(f"{day}T00:00+00:00") for day in (since, until))


@pytest.mark.parametrize(("seconds", "said"), [(0.42, "0.4 s"), (39.4, "39 s"), (3671.0, "61 min 11 s"), (None, "")])
def test_a_duration_is_as_exact_as_it_helps(seconds: float | None, said: str) -> None:
    assert took(seconds) == said


def test_what_is_counted_agrees_with_its_number() -> None:
    assert (counted(1, "entry", "entries"), counted(1200, "entry", "entries")) == ("1 entry", "1,200 entries")


def test_prose_is_unwrapped_and_lines_that_mean_something_stay() -> None:
    text = "# Leave\n\nYou have ten\npaid days.\n\n- one\n- two\n\n| a | b |\n| 1 | 2 |"
    assert reflowed(text) == "# Leave\n\nYou have ten paid days.\n\n- one\n- two\n\n| a | b |\n| 1 | 2 |"
