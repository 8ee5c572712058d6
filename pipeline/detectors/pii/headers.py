"""Meanings of the headers of columns and of the labels of values.

Headers are compared without capitals, accents and punctuation; words are told apart in `snake_case` and `camelCase`,
and found inside compounds and in scripts without spaces. Of several words the last one decides: a phone model is a
model.

Invariants: pure; a header is looked up in the words of the settings, never in other text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.detectors.pii.context import SPACELESS
from pipeline.detectors.pii.settings import ColumnKind, PiiSettings

_LONGEST = 60
_MOST_WORDS = 8
_COMPOUND = 5
"""Letters of a word that may be the end of a compound: `Kontakttelefon`."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+$")
_PLAIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d"})
"""Letters that have no accent to take off."""
_OF_NUMBERS = frozenset({"no", "nr", "nº", "number", "num", "nummer", "numero", "id", "code", "ref"})
_COMPOUNDS_OF_NUMBERS = ("nummer", "number", "nr")
_OF_NUMBERS_IN_SCRIPT = ("编号", "番号", "번호", "號碼")


@dataclass(frozen=True, slots=True)
class HeaderMeaning:
    """The meaning of a header."""

    kind: ColumnKind | None
    """None if it says that the values are something else than personal data."""
    sure: bool
    """Whether it says so by itself. Otherwise it means personal data only if the table is about people, and something
    else only in a table with rows: `The order says` is not a label."""


class Headers:
    """The headers that the settings know."""

    def __init__(self, settings: PiiSettings) -> None:
        self._fillers = {_joined(words(filler)) for filler in settings.column_fillers}
        self._known: dict[str, HeaderMeaning] = {}
        for kind in settings.columns:
            for phrases, sure in ((kind.words, not kind.about_people), (kind.weak, False)):
                for phrase in phrases:
                    self._known.setdefault(_joined(words(phrase)), HeaderMeaning(kind, sure))
        for phrase in settings.other_columns:
            self._known.setdefault(_joined(words(phrase)), HeaderMeaning(None, sure=True))
        by_length = sorted(self._known, key=lambda phrase: (-len(phrase), phrase))
        self._spaceless = [phrase for phrase in by_length if SPACELESS.search(phrase)]
        self._ends = {phrase for phrase in by_length if len(phrase) >= _COMPOUND}
        self._kept: dict[str, HeaderMeaning | None] = {}

    def meaning(self, header: str) -> HeaderMeaning | None:
        """What `header` says; None if it says nothing that the settings know."""
        if not header or len(header) > _LONGEST:
            return None
        if header not in self._kept:
            if len(self._kept) > 4096:  # headers of one document are few; of a stream of documents they are not
                self._kept.clear()
            self._kept[header] = self._meaning(header)
        return self._kept[header]

    def _meaning(self, header: str) -> HeaderMeaning | None:
        parts = words(header)
        if not parts or len(parts) > _MOST_WORDS:
            return None
        whole = self._known.get(_joined(parts))
        if whole:
            return whole
        return self._among(parts) or self._compound(parts) or self._in_script(_joined(parts))

    def _among(self, parts: list[str]) -> HeaderMeaning | None:
        found = [(not meaning.sure, -end, start, meaning) for start, end, meaning in self._phrases(parts)]
        if not found:
            return None
        _, end, start, meaning = min(found, key=lambda entry: entry[:3])
        after = [part for part in parts[-end:] if part not in self._fillers and not part.isdecimal()]
        unknown = [part for part in parts[:start] if part not in self._fillers and part not in self._known]
        before = unknown if meaning.kind is None else []
        return HeaderMeaning(meaning.kind, meaning.sure and not after and not before)

    def _phrases(self, parts: list[str]) -> Iterator[tuple[int, int, HeaderMeaning]]:
        for end in range(len(parts), 0, -1):
            for start in range(end):
                phrase = _joined(parts[start:end])
                meaning = self._known.get(phrase) or self._known.get(_DIGITS.sub("", phrase))
                if meaning:
                    yield start, end, meaning

    def _compound(self, parts: list[str]) -> HeaderMeaning | None:
        last = next((part for part in reversed(parts) if part not in self._fillers), "")
        for start in range(1, len(last) - _COMPOUND + 1):
            if last[start:] in self._ends:
                return self._known[last[start:]]
        return None

    def _in_script(self, joined: str) -> HeaderMeaning | None:
        if not SPACELESS.search(unicodedata.normalize("NFC", joined)):
            return None
        return next((self._known[phrase] for phrase in self._spaceless if phrase in joined), None)


def numbers_something(header: str) -> bool:
    """Whether `header` says that its values number something, as `Material no` does."""
    parts = words(header)
    compound = bool(parts) and parts[-1].endswith(_COMPOUNDS_OF_NUMBERS) and parts[-1] not in _OF_NUMBERS
    return compound or (len(parts) > 1 and parts[-1] in _OF_NUMBERS) or header.strip().endswith(_OF_NUMBERS_IN_SCRIPT)


def words(header: str) -> list[str]:
    """The words of a header in the form in which headers are compared."""
    plain = unicodedata.normalize("NFKD", _CAMEL.sub(" ", header))
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return _WORD.findall(unicodedata.normalize("NFC", bare).lower().translate(_PLAIN_LETTERS))


def _joined(parts: list[str]) -> str:
    return "".join(parts)
