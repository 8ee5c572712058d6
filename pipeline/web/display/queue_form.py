"""The filter of the review queue as a form sends it, and addresses that keep it.

Invariant: an empty field counts as not given; a value that makes no sense is refused in words, never ignored.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from pipeline.domain.errors import UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.review.items import WAITING, ItemKind, ItemState
from pipeline.domain.review.queue import QueueFilter, Sort

FIELDS = ("q", "source", "rule", "state", "kind", "classification", "submitter", "claim", "impact", "days", "sort")
MORE = ("kind", "classification", "submitter", "claim", "impact", "days")
"""Fields that are folded away until one of them is used."""
EVERY_STATE = "all"
_MOST_DAYS = 3_650
_Word = TypeVar("_Word", bound=StrEnum)


class QueueForm:
    """What was filled in."""

    def __init__(self, query: QueryParams) -> None:
        self.given = {name: value.strip()[:500] for name in FIELDS if (value := query.get(name, "")).strip()}
        self.sort = self._word("sort", Sort) or Sort.IMPACT
        self.after = query.get("after") or None

    @property
    def more(self) -> bool:
        """Whether one of the folded fields is used."""
        return any(name in self.given for name in MORE)

    @property
    def narrowed(self) -> bool:
        """Whether something is left out."""
        return bool(set(self.given) - {"sort"})

    def wanted(self, me: str, now: datetime) -> QueueFilter:
        """The filter. Raises `UsageError`."""
        claim, days, impact = self.given.get("claim"), self._number("days", _MOST_DAYS), self._number("impact", 100)
        if claim not in (None, "mine", "none"):
            raise _nonsense("claim")
        kind, classification = self._word("kind", ItemKind), self._word("classification", Classification)
        return QueueFilter(
            states=self._states(),
            sources=_one(self.given.get("source")),
            rules=_one(self.given.get("rule")),
            kinds=() if kind is None else (kind,),
            classifications=() if classification is None else (classification,),
            submitter=self.given.get("submitter"),
            claimed_by=me if claim == "mine" else None,
            unclaimed=claim == "none",
            min_impact=impact,
            opened_before=now - timedelta(days=days) if days else None,
            text=self.given.get("q"),
        )

    def address(self, **changes: str | None) -> str:
        """The queue under the same filter, but for what changes."""
        query = {name: value for name, value in (self.given | changes).items() if value}
        return f"/review?{urlencode(query)}" if query else "/review"

    def _states(self) -> tuple[ItemState, ...]:
        if self.given.get("state") == EVERY_STATE:
            return ()
        state = self._word("state", ItemState)
        return WAITING if state is None else (state,)

    def _word(self, name: str, words: type[_Word]) -> _Word | None:
        given = self.given.get(name)
        if given is None:
            return None
        try:
            return words(given)
        except ValueError:
            raise _nonsense(name) from None

    def _number(self, name: str, most: int) -> int:
        given = self.given.get(name, "0")
        if not given.isascii() or not given.isdecimal() or len(given) > 6 or int(given) > most:
            raise _nonsense(name)
        return int(given)


def _one(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _nonsense(name: str) -> UsageError:
    return UsageError(f"The filter {name!r} does not know that.", fix="Choose what the form offers.")
