"""Moments as people write them."""

from datetime import UTC, datetime


def written_moment(text: str) -> datetime | None:
    """The moment in UTC that an ISO 8601 text names; None for another text, and without a zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return in_utc(moment)
    except ValueError:
        return None


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises `ValueError` if it has no time zone, or is outside the years 1 to 9999 there."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone: write 2027-01-31T18:00:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment is in the years 1 to 9999 of UTC") from None
