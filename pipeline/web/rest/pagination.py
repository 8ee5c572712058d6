"""Pages of lists: a cursor says where the next page begins.

Invariants: a cursor is opaque to clients and validated when it comes back: it belongs to one list and holds the key of
the last item, never a position, so that lists may grow between pages. The most a page holds is bounded.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import Field

from pipeline.domain.errors import UsageError
from pipeline.domain.frozen import Frozen

Item = TypeVar("Item")
Key = TypeVar("Key", int, str)

Limit = Annotated[int, Query(ge=1, le=500, description="The most items of a page.")]
After = Annotated[str | None, Query(max_length=6000, description="`next` of the page before.")]


class Page(Frozen, Generic[Item]):
    """Some items, and where the next ones begin."""

    items: tuple[Item, ...]
    next: str | None = Field(default=None, description="Give this as `after` for the next page; absent on the last.")


def paged(
    name: str, items: Iterable[Item], key: Callable[[Item], Key], kind: type[Key], after: str | None, limit: int
) -> Page[Item]:
    """The page of `items` that follows `after`; they are in the order of `key`, ascending."""
    begin = None if after is None else read_cursor(name, after, kind)
    page: list[Item] = []
    for item in items:
        if begin is not None and key(item) <= begin:
            continue
        if len(page) == limit:
            return Page(items=tuple(page), next=cursor(name, key(page[-1])))
        page.append(item)
    return Page(items=tuple(page))


def cursor(name: str, key: int | str) -> str:
    """A cursor of the list called `name`."""
    return base64.urlsafe_b64encode(json.dumps([name, key], ensure_ascii=False).encode()).decode().rstrip("=")


def read_cursor(name: str, given: str, kind: type[Key]) -> Key:
    """The key in a cursor. Raises `UsageError` for one that was not made here for this list."""
    try:
        found = json.loads(base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        found = None
    if isinstance(found, list) and len(found) == 2 and found[0] == name and type(found[1]) is kind:
        key: Key = found[1]
        return key
    raise UsageError("That cursor is not one of this list.", done="Nothing was read.", fix="Begin without `after`.")
