"""Where to cut a text, so that every piece fits the embedding model.

Invariants: the pieces are in order, do not overlap and have at most the model's tokens. Cuts prefer headings, then
blocks, table rows, lines and sentences (semantic-text-splitter, CommonMark aware). The same text, tokenizer and
library version give the same cuts. This is the only importer of that library.
"""

from functools import lru_cache
from pathlib import Path

from semantic_text_splitter import MarkdownSplitter
from tokenizers import Tokenizer

from pipeline.models import ModelLock

MAX_TOKENS = 254
"""256 of the model, less its two special tokens."""


class Splitter:
    """Cuts texts for one model's tokenizer."""

    def __init__(self, tokenizer_file: Path) -> None:
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
        # The published tokenizer truncates, which would make every long piece look as if it fitted.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._splitter = MarkdownSplitter.from_huggingface_tokenizer(tokenizer, MAX_TOKENS)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Start and end of every piece, in code points."""
        return [(start, start + len(piece)) for start, piece in self._splitter.chunk_indices(text)]


@lru_cache(maxsize=4)
def splitter_for(lock_file: Path, model: str) -> Splitter:
    """The splitter of a locked model, one a process. Raises `ModelLockError`."""
    return Splitter(ModelLock.load(lock_file).verified(model) / "tokenizer.json")
