"""Times of serving, from what happened to a document."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.serving.exposure import Period, ServingEvent, joined, served_times, within, without

START = datetime(2026, 11, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def span(since: int, until: int | None = None) -> Period:
    return Period(day(since), None if until is None else day(until))


def times(*events: tuple[int, str | None, Action | None]) -> list[tuple[str, Period]]:
    return served_times(ServingEvent(day(number), version, action) for number, version, action in events)


def test_a_version_is_served_from_its_admission_until_the_next_one() -> None:
    assert times((1, "a", Action.ADMIT), (3, "b", Action.REDACT)) == [("a", span(1, 3)), ("b", span(3))]
    assert times((1, "a", Action.ADMIT), (3, "a", Action.ADMIT)) == [("a", span(1))], "an equal verdict ends nothing"


@pytest.mark.parametrize("action", [Action.REVIEW, Action.QUARANTINE, Action.REJECT])
def test_a_refused_new_version_leaves_the_old_one_serving(action: Action) -> None:
    assert times((1, "a", Action.ADMIT), (3, "b", action)) == [("a", span(1))]
    assert times((3, "b", action)) == []


@pytest.mark.parametrize("action", [Action.QUARANTINE, Action.REJECT])
def test_a_served_version_that_is_refused_later_leaves(action: Action) -> None:
    assert times((1, "a", Action.ADMIT), (3, "a", action)) == [("a", span(1, 3))]


def test_deletions_rollbacks_and_erasures_end_a_time_and_a_return_begins_one() -> None:
    happened = ((1, "a", Action.ADMIT), (3, None, None), (5, "a", Action.ADMIT), (6, "b", Action.ADMIT), (7, "a", None))
    assert times(*happened) == [("a", span(1, 3)), ("a", span(5, 6)), ("b", span(6, 7)), ("a", span(7))]


def test_gaps_are_taken_out() -> None:
    whole = span(2, 9)
    assert without(whole, []) == [whole]
    assert without(whole, [span(3, 4), span(6, 7)]) == [span(2, 3), span(4, 6), span(7, 9)]
    assert without(whole, [span(0, 3), span(8)]) == [span(3, 8)]
    assert without(whole, [span(0, 2), span(9)]) == [whole]
    assert without(whole, [span(1)]) == []
    assert without(span(2), [span(3, 4)]) == [span(2, 3), span(4)]
    assert without(whole, [span(3, 6), span(4, 5)]) == [span(2, 3), span(6, 9)], "a gap inside of another"


def test_only_the_time_that_was_asked_about_counts() -> None:
    assert within(span(2, 9), day(3), day(5)) == span(3, 5)
    assert within(span(2), None, day(5)) == span(2, 5)
    assert within(span(2), None, None) == span(2)
    assert within(span(2, 9), day(9), None) is None
    assert within(span(2, 9), None, day(2)) is None


def test_times_that_touch_are_one() -> None:
    assert joined([span(5, 6), span(1, 3), span(3, 4), span(2, 3)]) == [span(1, 4), span(5, 6)]
    assert joined([span(1), span(3, 4)]) == [span(1)]
