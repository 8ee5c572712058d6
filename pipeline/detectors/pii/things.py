"""Tables about things whose columns are named like personal data: animals, plates of a laboratory, cells of a battery.

One telling header next to such a column says what the table is about. It counts for nothing where another column is
about people: a list of pets with their owners is one of people.

Invariants: pure; headers alone decide, and only the settings know them.
"""

from collections.abc import Iterable, Sequence

from pipeline.detectors.pii.headers import words
from pipeline.detectors.pii.settings import PiiSettings

_HALF = 2
"""A label speaks for another one if it stands at least half as often: not one `breed:` in a file of persons."""


class Things:
    """The headers of the settings that make a table one about things."""

    def __init__(self, settings: PiiSettings) -> None:
        self._entities: dict[str, frozenset[str]] = {}
        for thing in settings.things:
            for header in thing.headers:
                name = "".join(words(header))
                self._entities[name] = self._entities.get(name, frozenset()) | frozenset(thing.entities)

    def told_by(self, header: str) -> frozenset[str]:
        """Entities that a table with this header does not hold."""
        parts = words(header) if self._entities else []
        return self._entities.get("".join(parts), frozenset()).union(
            *(self._entities.get(part, frozenset()) for part in parts)
        )

    def of_table(self, columns: Iterable[tuple[str, int]], *, in_rows: bool) -> Sequence[frozenset[str]]:
        """For each column of one table, given by its header and size, the entities that it does not hold."""
        columns = [*columns]
        telling = [(told, size) for header, size in columns if (told := self.told_by(header))]
        return [
            frozenset().union(*(told for told, other in telling if in_rows or _HALF * other >= size))
            for _, size in columns
        ]
