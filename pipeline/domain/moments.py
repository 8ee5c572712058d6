"""Moments as people write them."""

from datetime import UTC, datetime


def written_moment(text: str) -> datetime | None:
    """The moment in UTC that an ISO 8601 text names; None for another text, or for one without its zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.astimezone(UTC)
