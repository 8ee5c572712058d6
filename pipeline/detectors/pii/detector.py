"""Personal data in extracted text.

Invariants: deterministic; one finding a value; offsets are code points of the given text; texts of any length are
read whole, characters that do not show passed over; the network is never used; any doubt is an error without text in
it (law 3, law 4).
"""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.detectors.lookalikes import narrow, seen
from pipeline.detectors.pii import phones, recognisers, settings
from pipeline.detectors.pii.about_people import about_people
from pipeline.detectors.pii.columns import Columns
from pipeline.detectors.pii.facts import Facts
from pipeline.detectors.pii.figures import read
from pipeline.detectors.pii.identifiers import Identifiers
from pipeline.detectors.pii.names import GivenNames, NameModel
from pipeline.detectors.pii.people import People
from pipeline.detectors.pii.places import Addresses, BirthDates
from pipeline.detectors.pii.rows_of_numbers import without_rows_of_numbers
from pipeline.detectors.pii.spans import PiiMatch
from pipeline.domain.digests import digest_bytes, digest_json
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import Detection, FindingKind, Severity, merge_overlaps

_LOGIC = 19
"""Raise it when code of this package changes what is found."""


class PiiDetector:
    """Presidio's recognisers, our own, numbering plans and a name model behind one `scan`."""

    name = "pii"
    kinds = (FindingKind.PII,)

    def __init__(self, configs: Path, model: Path) -> None:
        """Read `configs`/pii.yaml and load the verified spaCy model in the folder `model`."""
        files = [configs / "pii.yaml", configs / "given_names.txt"]
        chosen = settings.load(files[0])
        names = NameModel(model)
        given = GivenNames(files[1])
        identifiers = Identifiers(chosen)
        self._identifiers = identifiers
        self._places = (BirthDates(chosen), Addresses(chosen))
        self._columns = Columns(chosen, given.sure | given.ambiguous, identifiers.rules, identifiers.named_by)
        self._facts = Facts(chosen)
        self._people = People(chosen, given, names)
        self.digest = digest_json(
            {
                "logic": _LOGIC,
                "settings": [digest_bytes(file.read_bytes()) for file in files],
                "versions": recognisers.versions() | {"phonenumbers": phones.version()} | names.meta,
            }
        )

    def scan(self, document: ExtractedText) -> list[Detection]:
        """Everything personal in the text, in order of place."""
        try:
            text, places = seen(document.text)
            matches = list(self._matches(narrow(text)))
            found = merge_overlaps(map(_detection, matches))
            records = about_people(text, matches, self._facts)
            found = [records, *found] if records else found
            return found if places is None else [_placed(detection, places) for detection in found]
        except CorpusgateError:
            raise
        except Exception as error:
            raise CorpusgateError(
                f"The personal-data scan failed ({type(error).__name__}).",
                done="The document counts as not scanned.",
                fix="Report the document's name to the maintainers, not its text.",
            ) from None

    def _matches(self, text: str) -> Iterator[PiiMatch]:
        tables = self._columns.read(read(text))
        searched = without_rows_of_numbers(text)
        identifiers = [*self._identifiers.find(text, searched)]
        identifiers += [match for finder in self._places for match in finder.find(searched)]
        identifiers = [*tables.lowered(identifiers), *tables.matches]
        return itertools.chain(identifiers, self._people.find(text, [m for m in identifiers if m.entity != "PERSON"]))


def _placed(detection: Detection, places: NDArray[np.int64]) -> Detection:
    """A detection in what shows of a text, as one in the text."""
    if detection.start == detection.end:
        return detection
    return replace(detection, start=int(places[detection.start]), end=int(places[detection.end - 1]) + 1)


def _detection(match: PiiMatch) -> Detection:
    return Detection(
        FindingKind.PII,
        f"pii.{match.rule}",
        match.entity,
        match.start,
        match.end,
        Severity.LOW if match.lowered else match.severity,
        match.confidence,
        match.reason,
        lowered=match.lowered,
    )
