"""Who is named, and how sure that is.

Invariants: each distinct stretch of text is read by the model once a document; every finding is low severity, because
a name by itself says little; the score says what stands near.
"""

import re
from collections.abc import Iterator

from pipeline.detectors.pii.names import LONGEST, NameModel
from pipeline.detectors.pii.settings import Settings
from pipeline.detectors.pii.spans import Match
from pipeline.domain.findings import Severity

_CAPITALISED = re.compile(r"[^\W\d_a-z][^\W\d_]+")


class People:
    """Finds persons' names."""

    def __init__(self, settings: Settings, model: NameModel) -> None:
        self._names = settings.names
        self._model = model

    def find(self, text: str) -> Iterator[Match]:
        """Every person's name in `text`."""
        places: dict[str, list[int]] = {}
        for line in re.finditer(r"[^\n]+", text):
            for start in range(line.start(), line.end(), LONGEST - 100):
                stretch = text[start : min(start + LONGEST, line.end())]
                if _CAPITALISED.search(stretch):
                    places.setdefault(stretch, []).append(start)
        stretches = list(places)
        for stretch, people in zip(stretches, self._model.people(stretches), strict=True):
            for left, right in people:
                for start in places[stretch]:
                    yield Match(
                        "person",
                        "PERSON",
                        Severity.LOW,
                        start + left,
                        start + right,
                        0.6,
                        "Read as a name by the model.",
                    )
