"""Moments of people and programs: in UTC, and a mistake instead of a defect at the ends of the calendar."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from pipeline.domain.identity.permissions import to_the_second
from pipeline.domain.moments import in_utc, written_moment
from pipeline.web.parameters import UtcMoment

OUTSIDE = ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_moment_outside_the_calendar_of_utc_is_a_mistake_at_every_door(text: str) -> None:
    assert written_moment(text) is None
    for convert in (in_utc, to_the_second):
        with pytest.raises(ValueError, match="1 to 9999"):
            convert(datetime.fromisoformat(text))
    with pytest.raises(ValidationError, match="1 to 9999"):
        TypeAdapter(UtcMoment).validate_python(text)


def test_a_moment_of_another_zone_is_the_same_moment_in_utc() -> None:
    noon = datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert written_moment("2026-11-20T12:00+01:00") == noon
    assert TypeAdapter(UtcMoment).validate_python("2026-11-20T12:00+01:00") == noon
    assert to_the_second(datetime.fromisoformat("2026-11-20T12:00:00.5+01:00")) == noon


def test_a_moment_without_a_zone_is_refused() -> None:
    assert written_moment("2026-11-20T12:00") is None
    with pytest.raises(ValueError, match="time zone"):
        in_utc(datetime.fromisoformat("2026-11-20T12:00"))
