"""When to look at a document again.

Invariants: a document that is new, or was written again, is looked at now. A document without a verdict is looked at
again, after a wait that doubles: a lost element comes back by itself, and a slow one is not sent again and again. A
decided document is left alone. Pure; the caller gives the time.
"""

from collections.abc import Collection
from typing import NamedTuple

FIRST_WAIT, LONGEST_WAIT = 300.0, 3_600.0
"""Seconds."""


class _WaitState(NamedTuple):
    stamp: str
    next: float
    wait: float


class Attention:
    """What one poller looked at, and when it looks again; as large as the number of names that are there."""

    def __init__(self, first_wait: float = FIRST_WAIT) -> None:
        self._first_wait = first_wait
        self._looks: dict[str, _WaitState] = {}

    def is_due(self, name: str, stamp: str, now: float) -> bool:
        """Whether to look at `name` now; the caller then does. `stamp` changes when it is written again."""
        look = self._looks.get(name)
        if look is not None and look.stamp == stamp and now < look.next:
            return False
        wait = self._first_wait if look is None or look.stamp != stamp else min(2 * look.wait, LONGEST_WAIT)
        self._looks[name] = _WaitState(stamp, now + wait, wait)
        return True

    def settle(self, name: str) -> None:
        """Leave `name` alone until its stamp changes: everything about it is known."""
        self._looks[name] = self._looks[name]._replace(next=float("inf"))

    def names_of(self, beginning: str) -> set[str]:
        """The names that begin so."""
        return {name for name in self._looks if name.startswith(beginning)}

    def keep_only(self, names: Collection[str]) -> None:
        """Forget what is not there any more."""
        for gone in self._looks.keys() - set(names):
            del self._looks[gone]
