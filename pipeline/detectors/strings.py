"""Short strings through every detector: names, titles, tags, and what people type.

Invariant: a detector that does not finish is a finding, as for a text (law 3).
"""

from collections.abc import Callable
from pathlib import Path

from pipeline.detectors.suite import SuiteScanner, Tickets
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.documents.provenance import split_doc_id
from pipeline.domain.documents.pseudonyms import with_pseudonyms
from pipeline.domain.documents.served import WITHHELD, kept_name
from pipeline.domain.documents.sheet import STRINGS_EXTRACTOR
from pipeline.domain.documents.words import is_plain, is_plain_path, kept_words
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import Finding
from pipeline.settings.application import DetectorSettings


class StringScanner:
    """The detectors of this process on strings that come without a document."""

    def __init__(self, settings: DetectorSettings, home: Path, key: bytes) -> None:
        self._suite = SuiteScanner(settings, home, key)

    def submit(self, text: str) -> Tickets:
        """Queue a text in every detector."""
        return self._suite.submit(ExtractedText(text=text, media_type="text/plain", extractor=STRINGS_EXTRACTOR))

    def result(self, tickets: Tickets) -> list[Finding]:
        """Every finding in a submitted text."""
        return self._suite.result(tickets)

    def scan(self, text: str) -> list[Finding]:
        """Every finding in a text."""
        return self.result(self.submit(text))


class TypedWords:
    """What people type, as it may be kept; detectors start only for words that could hold a value."""

    def __init__(self, scanner: Callable[[], StringScanner]) -> None:
        self._scanner = scanner

    def __call__(self, words: str) -> str:
        """The words without values. They are withheld if no detector can read them: an act of a person goes on."""
        if is_plain(words):
            return words
        try:
            return kept_words(words, self._scanner().scan)
        except CorpusgateError:
            return WITHHELD


class RecordedNames:
    """Ids of documents on record, as they may be shown; detectors start only for names that could hold a value."""

    def __init__(self, scanner: Callable[[], StringScanner], key: Callable[[], bytes]) -> None:
        self._scanner, self._key = scanner, key

    def __call__(self, doc_id: str) -> str:
        """The id, with pseudonyms where its name holds a value, or everywhere if no detector can read it."""
        source, name = split_doc_id(doc_id)
        return f"{source}:{self.kept(name)}"

    def kept(self, name: str) -> str:
        """The same for a name without its source."""
        if is_plain_path(name):
            return name
        try:
            return kept_name(name, self._key(), self._scanner().scan)
        except CorpusgateError:
            return with_pseudonyms(self._key(), name, lambda _: True)
