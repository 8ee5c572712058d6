"""Words as OCR reads them; no library is needed to handle them."""

from typing import NamedTuple


class Word(NamedTuple):
    """A word as it was read; its box is in pixels from the upper left corner."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: float
    """From 0 to 100."""
    line: tuple[str, ...]
    """Equal for the words of one line."""


class TooSlow(Exception):
    """A picture took longer than it may."""
