"""Splits a text into pieces that fit the embedding model.

Invariants: the pieces are in order, do not overlap and have at most the model's tokens. Cuts prefer headings, then
blocks, table rows, lines and sentences (semantic-text-splitter, CommonMark aware). The same text, tokenizer and
library version give the same cuts. This is the only importer of that library.
"""

from pathlib import Path

from semantic_text_splitter import MarkdownSplitter

from pipeline.models.shape import MAX_TOKENS
from pipeline.models.tokenizer import load_tokenizer

_SPECIAL_TOKENS = 2
"""That the model adds to every piece."""


class Splitter:
    """Cuts texts for one model's tokenizer."""

    def __init__(self, model_folder: Path, max_tokens: int = MAX_TOKENS) -> None:
        # A tokenizer that truncated would make every long piece look as if it fitted; this one does not.
        self._splitter = MarkdownSplitter.from_huggingface_tokenizer(
            load_tokenizer(model_folder), max_tokens - _SPECIAL_TOKENS
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Start and end of every piece, in code points."""
        return [(start, start + len(piece)) for start, piece in self._splitter.chunk_indices(text)]
