"""Pieces of a Word file: a part with running text, what surrounds a piece of text, sections, rows and cells."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline.extraction.containers import Refused
from pipeline.extraction.office.colours import RGB
from pipeline.extraction.office.parts import MAX_NESTING, WORD, Element, Relation, integer
from pipeline.extraction.office.word_fields import Fields
from pipeline.extraction.office.word_looks import Look
from pipeline.extraction.office.writing import Writing

_MOST_COLUMNS = 63
"""Of a table in Word."""


@dataclass(slots=True)
class Story:
    """A part with running text."""

    where: str
    """Empty for the body."""
    relations: dict[str, Relation]
    fields: Fields = field(default_factory=Fields)
    paragraphs: int = 0
    boxes: list[tuple[str, Writing]] = field(default_factory=list)
    """Label and text of boxes next to the current paragraph."""

    @property
    def place(self) -> str:
        """Where the current paragraph stands."""
        return f"{self.where}, paragraph {self.paragraphs}" if self.where else f"paragraph {self.paragraphs}"


@dataclass(frozen=True, slots=True)
class WordContext:
    """Surroundings of a piece of text."""

    look: Look
    background: RGB | None
    technique: str | None = None
    depth: int = 0

    def inside(self) -> "WordContext":
        if self.depth >= MAX_NESTING:
            raise Refused("nesting")
        return replace(self, depth=self.depth + 1)


def sections_of(body: Element) -> Iterator[tuple[list[Element], Element | None]]:
    """The blocks of each section with its properties, which stand at its end."""
    blocks: list[Element] = []
    for element in body:
        if element.tag == WORD + "sectPr":
            yield blocks, element
            blocks = []
            continue
        blocks.append(element)
        if (properties := element.find(f"{WORD}pPr/{WORD}sectPr")) is not None:
            yield blocks, properties
            blocks = []
    if blocks:
        yield blocks, None


def columns_taken(element: Element, properties: str, name: str, default: int = 1) -> int:
    """How many columns of the grid something takes."""
    one = element.find(f"{WORD}{properties}/{WORD}{name}")
    return min(integer(one.get(WORD + "val"), default), _MOST_COLUMNS) if one is not None else default


def below(element: Element, name: str, depth: int = 0) -> Iterator[Element]:
    """Rows of a table or cells of a row, through what may stand around them."""
    for child in element:
        if child.tag == WORD + name:
            yield child
        elif depth < MAX_NESTING and child.tag not in (WORD + "tbl", WORD + "p", WORD + "tc", WORD + "tr"):
            yield from below(child, name, depth + 1)
