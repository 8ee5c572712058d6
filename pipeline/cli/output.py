"""Tables and colour for people, JSON for machines.

Invariants: results go to standard output, everything about them to standard error. Nothing here decides anything. No
word is folded at any width: ids and names can be copied. Control characters leave escaped.
"""

import sys
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from pipeline.cli.columns import GAP, arranged
from pipeline.cli.terminal_text import for_terminal, json_for_terminal

_PIPED_WIDTH = 300
"""Columns where there is no terminal to ask: a file or a pipe should not get tables folded for one."""


class SafeConsole(Console):
    """A console through which no text commands the terminal: only its own colours and moves do."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Segments as they are written; see `rich.console.Console.render`."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=for_terminal(segment.text))


_width = None if sys.stdout.isatty() else _PIPED_WIDTH
out = SafeConsole(highlight=False, soft_wrap=True, emoji=False, width=_width)
err = SafeConsole(stderr=True, highlight=False, soft_wrap=True, emoji=False)

STYLES = {
    "admit": "green",
    "redact": "cyan",
    "review": "yellow",
    "quarantine": "magenta",
    "reject": "red",
    "approved": "green",
    "pending": "yellow",
    "narrowed": "yellow",
    "revoked": "red",
    "held": "yellow",
    "fine": "green",
    "advice": "yellow",
    "problem": "red",
}


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    out.print(json_for_terminal(value, indent=2), markup=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "Nothing yet.") -> None:
    """A table; numbers to the right, known words in their colour. Columns that do not fit go beneath their row."""
    values = [list(row) for row in rows]
    if not values:
        out.print(f"[bold]{escape(title)}[/bold]: {escape(empty)}")
        return
    cells = [[_cell(value) for value in row] for row in values]
    by_column = [(Text(name), *(row[index] for row in cells)) for index, name in enumerate(columns)]
    beside, beneath = arranged(
        [max(cell.cell_len for cell in column) for column in by_column],
        [max(_longest_word(cell) for cell in column) for column in by_column],
        out.width,
    )
    numeric = [all(isinstance(row[index], int | float) for row in values) for index in range(len(columns))]
    shown = [(columns[index], width, numeric[index]) for index, width in beside.items()]
    out.print(Text(title, style="bold"))
    if not beneath:
        out.print(_grid(shown, cells, header=True))
        out.print()
        return
    if shown:
        out.print(_grid(shown, [], header=True))
    for row in cells:
        if shown:
            out.print(_grid(shown, [[row[index] for index in beside]], header=False))
        _print_pairs([(columns[index], row[index]) for index in beneath], indent=GAP if shown else 0)
        if not shown:
            out.print()
    if shown:
        out.print()


def facts(title: str, pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line; what is None is left out."""
    out.print(Text(title, style="bold"))
    _print_pairs([(name, _cell(value)) for name, value in pairs if value is not None])
    out.print()


def _grid(columns: Sequence[tuple[str, int, bool]], rows: Iterable[Sequence[Text]], *, header: bool) -> Table:
    grid = Table(header_style="bold", show_header=header, box=None, pad_edge=False)
    for name, width, numeric in columns:
        grid.add_column(name, justify="right" if numeric else "left", width=width, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid


def _print_pairs(pairs: Iterable[tuple[str, Text]], indent: int = 0) -> None:
    """Names and values. The terminal folds a value with a word that has no room, so that it can be copied whole."""
    pairs = list(pairs)
    names = max((cell_len(name) for name, _ in pairs), default=0)
    room = out.width - indent - names - GAP
    for name, value in pairs:
        if not value.plain:
            continue
        head = Text(" " * indent + name + " " * (names + GAP - cell_len(name)), style="dim")
        if _longest_word(value) > room:
            out.print(head + value)
            continue
        for number, line in enumerate(value.wrap(out, room)):
            out.print((Text(" " * head.cell_len) if number else head) + line)


def _longest_word(cell: Text) -> int:
    return max((cell_len(word) for word in cell.plain.split()), default=0)


def _cell(value: object) -> Text:
    if isinstance(value, float):
        return Text(f"{value:,.2f}")
    if isinstance(value, int) and not isinstance(value, bool):
        return Text(f"{value:,}")
    text = for_terminal(str(value))
    return Text(text, style=STYLES.get(text, ""))
