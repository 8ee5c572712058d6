"""Text of an office file as it is read: blocks of Markdown, and the runs that a reader does not see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.containers import Refused

BETWEEN = "\n\n"
"""Stands between two blocks."""
_NOT_LIVE = ("-deleted", "-fallback", "-unused-part", "-formula")
"""Techniques whose text is not part of the document as it stands; it is reported and left out."""
_MANY_PARAGRAPHS = 4
"""A cell with more is a layout, and its paragraphs are blocks of their own."""
MOST_CELLS = 4_000_000
"""Cells of one sheet, empty ones between filled ones included."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one look."""

    text: str
    technique: str | None = None
    """How it is hidden from a reader; None for visible text."""


@dataclass(slots=True)
class Writing:
    """Blocks in reading order and hidden runs, both growing."""

    blocks: list[str] = field(default_factory=list)
    hidden: list[HiddenRun] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All blocks."""
        return BETWEEN.join(self.blocks)

    def add(self, spans: Iterable[Span], place: str, prefix: str = "") -> None:
        """Add one paragraph.

        Args:
            spans: Its characters, in order.
            place: Where it stands, for reports about hidden spans.
            prefix: Its number or mark in a list, or the mark of a heading.

        """
        merged = list(_merged(spans))
        self.hidden.extend(
            HiddenRun(technique=span.technique, text=span.text, place=place)
            for span in merged
            if span.technique is not None and span.text.strip()
        )
        text = "".join(span.text for span in merged if span.technique is None or not span.technique.endswith(_NOT_LIVE))
        if text.strip():
            self.blocks.append(prefix + (text.strip() if prefix.startswith("#") else text.strip("\n")))

    def hide(self, technique: str, text: str, place: str) -> None:
        """Report text that is not in the document as a reader sees it."""
        if text.strip():
            self.hidden.append(HiddenRun(technique=technique, text=text.strip(), place=place))

    def part(self, label: str, inner: "Writing") -> None:
        """Add a part that stands apart from the flow, such as a header, under its label."""
        self.hidden.extend(inner.hidden)
        if inner.blocks:
            self.blocks.append(f"{label}:\n{inner.blocks[0]}")
            self.blocks.extend(inner.blocks[1:])

    def table(self, rows: Sequence[Sequence["Writing"]]) -> None:
        """Add a table; one that only serves the layout of its paragraphs is added as paragraphs."""
        for row in rows:
            for cell in row:
                self.hidden.extend(cell.hidden)
        filled = [row for row in rows if any(cell.blocks for cell in row)]
        columns = max((len(row) for row in filled), default=0)
        if columns == 1 or any(
            len(cell.blocks) > _MANY_PARAGRAPHS or _holds_table(cell) for row in rows for cell in row
        ):
            self.blocks.extend(block for row in filled for cell in row for block in cell.blocks)
        elif filled:
            self.blocks.append(markdown_table([[" ".join(cell.blocks) for cell in row] for row in filled]))


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells in Markdown, the first as its head. White space in a cell is kept, but not line ends."""
    columns = max(len(row) for row in rows)
    lines = []
    for row in rows:
        cells = [" ".join(cell.splitlines()) for cell in row]
        lines.append("| " + " | ".join([*cells, *[""] * (columns - len(cells))]) + " |")
    return "\n".join([lines[0], "|" + " --- |" * columns, *lines[1:]])


def sparse_table(rows: Sequence[Mapping[int, str]]) -> list[str]:
    """A sheet as a table without its empty columns; no block for an empty sheet.

    Raises `Refused` when it has too many cells.
    """
    columns = sorted({column for row in rows for column in row})
    if len(columns) * len(rows) > MOST_CELLS:
        raise Refused("output-size")
    return [markdown_table([[row.get(at, "") for at in columns] for row in rows])] if columns else []


def _holds_table(cell: Writing) -> bool:
    return any(block.startswith("| ") for block in cell.blocks)


def _merged(spans: Iterable[Span]) -> Iterable[Span]:
    """Neighbours of one technique joined."""
    pending: list[str] = []
    technique: str | None = None
    for span in spans:
        if not span.text:
            continue
        if span.technique != technique and pending:
            yield Span("".join(pending), technique)
            pending = []
        technique = span.technique
        pending.append(span.text)
    if pending:
        yield Span("".join(pending), technique)
