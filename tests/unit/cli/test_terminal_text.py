"""Text for a terminal: nothing in it is obeyed, nothing else is changed, and every command writes through one place."""

import ast
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import output
from pipeline.cli.terminal_text import for_terminal, json_for_terminal
from pipeline.domain.documents.printable_names import is_suspect

CLI = Path(output.__file__).parent
HOSTILE = "\x1b[2Ja\x9b31mb\x07c\x7fd\u202ee\u2066f\u200bg\U000e0041h"
SHOWN = r"\x1b[2Ja\u009b31mb\x07c\x7fd\u202ee\u2066f\u200bg\U000e0041h"


def test_what_a_terminal_obeys_or_draws_as_nothing_is_escaped() -> None:
    assert for_terminal(HOSTILE) == SHOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "two\nlines\tand a tab",
        "Brücke 橋 \N{NO-BREAK SPACE}nīyā\u200cd 👩\u200d🔧",
        "a\\b",
        "mo\u00adring",
    ],
)
def test_other_text_is_not_changed(text: str) -> None:
    assert for_terminal(text) == text


@given(st.text())
def test_no_character_is_left_that_a_terminal_obeys(text: str) -> None:
    shown = for_terminal(text)
    assert not is_suspect(shown.translate(dict.fromkeys(map(ord, "\n\t\u00ad"))))
    assert for_terminal(shown) == shown


@given(st.dictionaries(st.text(), st.lists(st.text())))
def test_json_means_the_same_and_is_safe_to_show(value: dict[str, list[str]]) -> None:
    for indent in (None, 2):
        shown = json_for_terminal(value, indent=indent)
        assert not is_suspect(shown.replace("\n", ""))
        assert json.loads(shown) == value


def test_a_console_escapes_names_and_keeps_its_own_colours() -> None:
    file = io.StringIO()
    console = output.SafeConsole(file=file, force_terminal=True, highlight=False, color_system="standard", width=200)

    console.print(f"[red]{HOSTILE}[/]", end="")

    assert file.getvalue() == f"\x1b[31m{SHOWN.replace(chr(92) + 'x07', '')}\x1b[0m"


def test_tables_and_facts_escape_what_is_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    output.table("Names", ("name",), [(HOSTILE,)])
    output.facts("Facts", [("name", HOSTILE)])

    assert capsys.readouterr().out.count(SHOWN) == 2


def test_no_command_writes_around_the_one_place() -> None:
    """A console of its own, `print`, `typer.echo` or a stream is a way around; each known one writes escaped text."""
    around = {
        (path.stem, ast.unparse(node.func))
        for path in CLI.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in ("print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write", "Console", "csv.writer")
    }
    assert around == {
        ("failure", "sys.stderr.write"),  # JSON for terminals
        ("findings", "csv.writer"),  # cells for terminals
        ("main", "typer.echo"),  # the version
        ("refresh", "typer.echo"),  # JSON in ASCII
        ("scan", "sys.stdout.write"),  # JSON in ASCII
        ("stream", "typer.echo"),  # JSON for terminals
    }
