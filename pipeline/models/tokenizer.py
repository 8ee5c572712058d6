"""The tokenizer of a model folder. The only importer of tokenizers.

Invariant: a tokenizer neither truncates nor pads unless its caller asks for it, and starts no thread.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.models.shape import MAX_TOKENS

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER = "tokenizer.json"
"""Its file in a model folder."""


def load_tokenizer(folder: Path) -> "Tokenizer":
    """The tokenizer of a model folder, made to neither truncate nor pad."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # read when it is imported; its threads would not survive a fork
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


class TruncatingTokenizer:
    """Texts to the ids of their tokens, as the embedding model takes them: cut off after `max_tokens`."""

    def __init__(self, folder: Path, max_tokens: int = MAX_TOKENS) -> None:
        self._tokenizer = load_tokenizer(folder)
        self._tokenizer.enable_truncation(max_tokens)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Of each text, the special tokens at its ends included."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
