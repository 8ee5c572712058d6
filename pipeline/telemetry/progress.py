"""Progress of a run, for the person who watches it.

Invariants: counts only, never names or text. Gates of the embedded runner work in this process and add to `PROGRESS`;
on a remote runner it stays empty; see Beam's own metrics there.
"""

import threading
from collections import Counter


class Progress:
    """Counts that several threads add to."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, count: int = 1) -> None:
        """Add to one count."""
        with self._lock:
            self._counts[name] += count

    def counts(self) -> Counter[str]:
        """All counts at this moment."""
        with self._lock:
            return self._counts.copy()

    def reset(self) -> None:
        """Forget a former run."""
        with self._lock:
            self._counts.clear()


PROGRESS = Progress()
