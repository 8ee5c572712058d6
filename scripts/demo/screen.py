"""Runs commands for the demo, and shows what matters of each first.

A command runs as `corpusgate` runs it, with the same arguments, output and exit code, but all of them run in this
process: a command typed alone spends most of its time on starting.
"""

import io
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline.cli.main import main
from pipeline.cli.output import out

WIDTH = 100
"""Columns of a screen."""

LEFT_OUT = "…"

console = Console(highlight=False, width=WIDTH)


class TypedCommands:
    """The command line on one home, as people in `root` type it."""

    def __init__(self, root: Path, home: Path) -> None:
        self._root, self._home = root, home

    def show(
        self, *arguments: str, first: Sequence[str] | None = None, waits: bool = False, progress: bool = False
    ) -> None:
        """Run a command and show it.

        Args:
            arguments: What is typed after `corpusgate`.
            first: How the paragraphs of the output that matter begin. Default: all of them.
            waits: Whether its exit code may say that something waits for a person.
            progress: Whether it takes so long that people want to see how far it is.

        """
        self.typed(*arguments)
        paragraphs = self.run(*arguments, waits=waits, progress=progress).strip("\n").split("\n\n")
        chosen = [one for one in paragraphs if first is None or one.lstrip("\n").startswith(tuple(first))]
        text = "\n\n".join("\n".join(line.rstrip() for line in one.strip("\n").splitlines()) for one in chosen)
        console.print(text + (f"\n{LEFT_OUT}" if len(chosen) < len(paragraphs) else ""), markup=False)
        console.print()

    def typed(self, *arguments: str) -> None:
        """Show a command, folded at the width of a screen."""
        pieces: list[str] = []
        for word in arguments:
            shown = f'"{word}"' if " " in word else word.replace(f"{self._root}/", "")
            if pieces and pieces[-1].startswith("-") and " " not in pieces[-1] and not word.startswith("-"):
                pieces[-1] += f" {shown}"  # an option and its value stay on one line
            else:
                pieces.append(shown)
        lines = ["$ corpusgate"]
        for piece in pieces:
            if len(lines[-1]) + len(piece) + 3 > WIDTH:
                lines[-1] += " \\"
                lines.append("     ")
            lines[-1] += f" {piece}"
        console.print(f"[bold]{escape(chr(10).join(lines))}[/]")

    def ask(self, *arguments: str, waits: bool = False) -> Any:
        """The JSON that a command prints for programs."""
        return json.loads(self.run(*arguments, "--json", waits=waits))

    def run(self, *arguments: str, waits: bool = False, progress: bool = False) -> str:
        """Run a command; its output. The demo ends if the command fails."""
        home = [] if arguments[0] == "init" else ["--home", str(self._home)]
        results, remarks = io.StringIO(), io.StringIO()
        with ExitStack() as stack:
            stack.enter_context(patch.object(sys, "argv", ["corpusgate", *home, *arguments]))
            stack.callback(setattr, out, "width", out.width)
            out.width = WIDTH
            stack.enter_context(redirect_stdout(results))
            if not progress:
                stack.enter_context(redirect_stderr(remarks))
            code = _exit_code()
        if code not in ((0, 3) if waits else (0,)):
            print(results.getvalue(), remarks.getvalue(), sep="\n", file=sys.stderr)
            sys.exit(f"The demo stopped: `corpusgate {arguments[0]}` ended with exit code {code}.")
        return results.getvalue()


def _exit_code() -> object:
    try:
        main()
    except SystemExit as end:
        return end.code
    return 0


def chapter(number: int, title: str, about: str) -> None:
    """The heading of a step."""
    console.rule(f"[bold]{number}. {title}", align="left")
    console.print(f"[italic]{about}[/]\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table no wider than a screen; a cell may hold markup."""
    grid = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        grid.add_row(*row)
    console.print(grid)
    console.print()
