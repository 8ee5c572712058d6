"""What embedding models have in common here."""

DIMENSIONS = 384
"""Length of a vector."""
MAX_TOKENS = 256
"""Tokens of a text that a model reads at most, its two special tokens included."""
