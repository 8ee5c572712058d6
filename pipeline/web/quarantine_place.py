"""The place in the list of quarantine as a cursor, for REST and the page.

Invariant: a cursor belongs to one order; one of another order is refused.
"""

import json

from pydantic import ValidationError

from pipeline.domain.errors import UsageError
from pipeline.domain.review.quarantine import QuarantinePlace, QuarantineSort
from pipeline.web.rest.pagination import cursor, read_cursor


def place_cursor(sort: QuarantineSort, place: QuarantinePlace) -> str:
    """The cursor of the page that follows a place."""
    return cursor(_name(sort), json.dumps(place.model_dump(mode="json")))


def place_after(sort: QuarantineSort, given: str | None) -> QuarantinePlace | None:
    """The place in a cursor; None if there is none. Raises `UsageError`."""
    if not given:
        return None
    text = read_cursor(_name(sort), given, str)
    try:
        place = QuarantinePlace.model_validate_json(text)
    except ValidationError:
        place = None
    if place is None or place.since.tzinfo is None:
        raise UsageError("That cursor is not one of this list.", done="Nothing was read.", fix="Begin without `after`.")
    return place


def _name(sort: QuarantineSort) -> str:
    return f"quarantine-{sort.value}"
