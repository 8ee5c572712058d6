"""Linear-time search: RE2. The only module that imports `re2`.

Invariants: RE2 does not backtrack, so no pattern is catastrophic; a search that does not finish raises instead of
looking like "nothing found".
"""

from collections.abc import Iterable, Iterator

import re2

from pipeline.domain.errors import ConfigError, CorpusgateError

# RE2 reports "nothing found" and "out of memory" alike, so every search for literals must at least find this.
_SENTINEL = b"\x01corpusgate-sentinel\x01"
Span = tuple[int, int]


class SearchFailed(CorpusgateError):
    """The engine did not finish a search."""


class Pattern:
    """One compiled pattern over UTF-8 bytes."""

    def __init__(self, pattern: str) -> None:
        options = re2.Options()
        options.log_errors = False
        options.max_mem = 64 << 20
        try:
            self._compiled = re2.compile(pattern, options)
        except re2.error as error:
            raise ConfigError("A pattern does not compile as RE2.", fix=str(error)) from error
        self._groups: dict[str, int] = dict(self._compiled.groupindex)

    def find(self, data: bytes, start: int = 0, end: int | None = None) -> Iterator[dict[str, Span]]:
        """The byte spans of each match: of the whole as ``, and of each named group that took part."""
        for found in self._compiled.finditer(data, start, len(data) if end is None else end):
            spans = {"": found.span()}
            for name, number in self._groups.items():
                span = found.span(number)
                if span[0] >= 0:
                    spans[name] = span
            yield spans


class Literals:
    """Which of several sets of literal strings stand in a text, found in one pass without regard to case."""

    def __init__(self, sets: Iterable[Iterable[str]]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = 256 << 20
        self._set = re2.Set.SearchSet(options)
        self._owners: list[int] = []
        for owner, literals in enumerate(sets):
            for literal in literals:
                self._set.Add(re2.escape(literal))
                self._owners.append(owner)
        self._sentinel = self._set.Add(_SENTINEL.decode())
        self._set.Compile()

    def present(self, data: bytes) -> set[int]:
        """The numbers of the sets of which at least one string occurs."""
        found = self._set.Match(data + _SENTINEL)
        if not found or self._sentinel not in found:
            raise SearchFailed("A search for keywords broke.", done="The text counts as not scanned.")
        return {self._owners[i] for i in found if i != self._sentinel}
