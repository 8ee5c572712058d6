"""Given names from a list, and a statistical reading by spaCy where the list says nothing.

Invariants: the only importer of spaCy. The model sees single sentences, in the order
given; its matrix products run through NumPy on one thread, which is twice as fast here as its default and gives the
same names.
"""

from importlib import metadata
from pathlib import Path

import spacy
from spacy.lang.en.stop_words import STOP_WORDS as _ENGLISH_STOP_WORDS
from spacy.language import Language
from thinc.api import NumpyOps

from pipeline.domain.errors import ConfigError

STOP_WORDS = frozenset(_ENGLISH_STOP_WORDS)
_UNUSED = ["tagger", "parser", "lemmatizer", "attribute_ruler", "senter"]


class NameModel:
    """A spaCy pipeline reduced to what recognises entities."""

    def __init__(self, model: Path) -> None:
        self._nlp: Language = spacy.load(model, exclude=_UNUSED)
        ops = NumpyOps(use_blis=False)
        for _, pipe in self._nlp.pipeline:
            for node in pipe.model.walk():  # type: ignore[attr-defined]
                node.ops = ops
        self.meta = {
            "model": f"{self._nlp.meta['name']}-{self._nlp.meta['version']}",
            "spacy": metadata.version("spacy"),
        }

    def people(self, sentences: list[str]) -> list[list[tuple[int, int]]]:
        """For each sentence the places the model calls a person."""
        docs = self._nlp.pipe(sentences, batch_size=128)
        return [[(e.start_char, e.end_char) for e in doc.ents if e.label_ == "PERSON"] for doc in docs]


class GivenNames:
    """The list of given names."""

    def __init__(self, path: Path) -> None:
        try:
            lines = path.read_text("utf-8").splitlines()
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {type(error).__name__}.", fix="Restore the file.") from None
        entries = [line for line in lines if line and not line.startswith("#")]
        self.sure = frozenset(e.lower() for e in entries if not e.endswith("?"))
        self.ambiguous = frozenset(e[:-1].strip().lower() for e in entries if e.endswith("?"))
