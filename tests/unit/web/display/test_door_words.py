"""Advice in the words of a door: routes for REST, pages for people, commands only for operators."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from pipeline.cli.main import app as command_line
from pipeline.web.app import routes
from pipeline.web.display.door_words import OPERATORS, SAME, for_pages, for_rest

CODE = Path(__file__).parents[4] / "pipeline"
REACHED = ("review", "submissions", "stores", "search", "takedown", "reports", "web", "domain/identity", "settings")
"""Folders whose errors REST and pages answer with."""
NOT_ERRORS = {"web/security/provider.py": "a label of a key", "settings/application.py": "docstrings of fields"}


def commands() -> set[str]:
    found: set[str] = set()
    waiting: list[tuple[str, object]] = [("", typer.main.get_command(command_line))]
    while waiting:
        name, command = waiting.pop()
        found.add(name.strip())
        waiting += [(f"{name} {word}", inner) for word, inner in getattr(command, "commands", {}).items()]
    return found


def test_every_named_command_route_and_page_exists() -> None:
    known = commands()
    assert {one.command for one in SAME} | set(OPERATORS) <= known
    assert [one.command for one in SAME] == sorted(one.command for one in SAME)
    served = {(method, re.sub(r"{[^}]*}", "{}", route.path)) for route in routes() for method in route.methods or ()}
    for one in SAME:
        method, _, path = one.route.partition(" ")
        path = path.partition("?")[0]
        assert {(method, path), (method, path.removesuffix("/{}"))} & served, one


def advices() -> Iterator[tuple[str, str]]:
    for folder in REACHED:
        for path in sorted((CODE / folder).rglob("*.py")):
            name = path.relative_to(CODE).as_posix()
            if name not in NOT_ERRORS:
                yield from ((name, text) for text in _strings(ast.parse(path.read_text(encoding="utf-8"))))


def _strings(tree: ast.Module) -> Iterator[str]:
    """Every string but docstrings; parts that are computed are X."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | within:
            yield node.value


def test_no_error_that_rest_answers_with_advises_a_command_that_has_a_route() -> None:
    said = [(name, text) for name, text in advices() if re.search(r"corpusgate [a-z]", text)]
    assert len(said) > 25
    {one.partition(" ")[0] for one in commands()}
    left = [
        (name, text)
        for name, text in said
        for command in re.findall(r"corpusgate ([a-z][a-z -]*)", for_rest(text))
        if not command.startswith(OPERATORS)
        and command.partition(" ")[0] in {one.split()[0] for one in commands() if one}
    ]
    assert left == [], "add the command to SAME, or to OPERATORS if only the operator can run it"


@pytest.mark.parametrize(
    ("advice", "route", "page"),
    [
        (
            "`corpusgate explain DOCUMENT --json` has both.",
            "`GET /v1/documents/DOCUMENT` has both.",
            "The page Documents has both.",
        ),
        (
            "Another reviewer approves it: corpusgate waivers approve 04c1",
            "Another reviewer approves it: `POST /v1/waivers/04c1/approve`",
            "Another reviewer approves it: the page Review, Waivers",
        ),
        (
            "Look: corpusgate generations held 3f2a. If they are right (corpusgate generations approve 3f2a).",
            "Look: `GET /v1/generations/held/3f2a`. If they are right (`POST /v1/generations/held/3f2a/approve`).",
            "Look: the page Review, Held generations. If they are right (the page Review, Held generations).",
        ),
        (
            "`corpusgate explain handbook:a, b.md` numbers them.",
            "`GET /v1/documents/handbook:a, b.md` numbers them.",
            "The page Documents numbers them.",
        ),
        ("Leave --at out to ask about now.", "Leave `at` out to ask about now.", "Leave --at out to ask about now."),
        ("Give the id of one of them.", "Give the id of one of them.", "Give the id of one of them."),
        (
            "Make one with `corpusgate tokens create`.",
            "Make one with `corpusgate tokens create`.",
            "Make one with `corpusgate tokens create`.",
        ),
    ],
)
def test_advice_names_the_door_of_its_reader(advice: str, route: str, page: str) -> None:
    assert (for_rest(advice), for_pages(advice)) == (route, page)
