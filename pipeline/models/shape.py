"""The shape of an embedding model."""

from typing import NamedTuple

DIMENSIONS = 384
"""Length of a vector of the model that ships."""
MAX_TOKENS = 256
"""Tokens of a text that the model that ships reads at most, its two special tokens included."""
FEWEST_TOKENS, MOST_TOKENS = 16, 512
"""Of any model. A shorter piece says too little, and one vector blurs what a longer piece says."""


class ModelShape(NamedTuple):
    """Sizes of a model, which the lock says before it is loaded."""

    dimensions: int = DIMENSIONS
    """Length of a vector."""
    max_tokens: int = MAX_TOKENS
    """Tokens of a text that the model reads at most, its two special tokens included."""


SHIPPED = ModelShape()
