"""Tables and colour for people, JSON for machines.

Invariants: results go to standard output, everything about them to standard error. Nothing here decides anything.
"""

import json
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

_PIPED_WIDTH = 300
"""Columns where there is no terminal to ask: a file or a pipe should not get tables folded for one."""

_width = None if sys.stdout.isatty() else _PIPED_WIDTH
out = Console(highlight=False, soft_wrap=True, emoji=False, width=_width)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

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
    "problem": "red",
}


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    out.print(json.dumps(value, indent=2, default=str, ensure_ascii=False), markup=False)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "Nothing yet.") -> None:
    """A table; numbers to the right, known words in their colour."""
    rendered = [list(row) for row in rows]
    if not rendered:
        out.print(f"[bold]{escape(title)}[/bold]: {escape(empty)}")
        return
    grid = Table(
        title=Text(title), title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False
    )
    for index, column in enumerate(columns):
        numeric = all(isinstance(row[index], int | float) for row in rendered)
        grid.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rendered:
        grid.add_row(*(_cell(value) for value in row))
    out.print(grid)
    out.print()


def facts(title: str, pairs: Iterable[tuple[str, object]]) -> None:
    """Names and values, one a line; what is None is left out."""
    grid = Table(
        title=Text(title), title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False
    )
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value is not None and value != "":
            grid.add_row(name, _cell(value))
    out.print(grid)
    out.print()


def _cell(value: object) -> Text:
    if isinstance(value, float):
        return Text(f"{value:,.2f}")
    if isinstance(value, int) and not isinstance(value, bool):
        return Text(f"{value:,}")
    text = str(value)
    return Text(text, style=STYLES.get(text, ""))
