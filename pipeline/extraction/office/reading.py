"""Result of reading an office file."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.extraction.office.writing import Writing


@dataclass(slots=True)
class OfficeText:
    """The text of one file, its hidden runs, and the files inside it."""

    writing: Writing = field(default_factory=Writing)
    inside: list[tuple[str, bytes]] = field(default_factory=list)
    """Name and content of files inside it, in order."""
    pictures: Iterable[tuple[str, bytes]] = ()
    """Name and content of the pictures in it."""
