"""Every `corpusgate …` in configs/deploy and in the page about schedules is one the real command line takes."""

import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from typer.core import TyperGroup

from pipeline.cli.main import app
from tests.support.programs import DEPLOY, ROOT

COMMAND = typer.main.get_command(app)
REDIRECTION = re.compile(r"\d?>(&\d|\s*\S+)")
END = re.compile(r"[;&|()]+")


def in_shell(text: str) -> Iterator[list[str]]:
    """Arguments of each `corpusgate` in a line or script of shell."""
    for line in text.splitlines():
        lexer = shlex.shlex(REDIRECTION.sub("", line), posix=True, punctuation_chars=";&|()")
        lexer.whitespace_split = True
        words = list(lexer)
        for place, word in enumerate(words):
            if Path(word).name == "corpusgate" and not (place and words[place - 1].startswith("-")):
                yield list(itertools.takewhile(lambda found: not END.fullmatch(found), words[place + 1 :]))


def in_units(text: str) -> Iterator[list[str]]:
    for line in re.findall(r"^Exec\w+=(.+)$", text, flags=re.MULTILINE):
        yield from in_shell(line)


def in_crontab(text: str) -> Iterator[list[str]]:
    for line in re.findall(r"^[\d*].*$", text, flags=re.MULTILINE):
        yield from in_shell(line.split(maxsplit=5)[5].replace("$(", "; ").replace('"', ""))


def in_manifests(text: str) -> Iterator[list[str]]:
    def containers(found: Any) -> Iterator[dict[str, Any]]:
        if isinstance(found, dict):
            if "image" in found:
                yield found
            for value in found.values():
                yield from containers(value)
        elif isinstance(found, list):
            for value in found:
                yield from containers(value)

    for manifest in yaml.safe_load_all(text):
        for container in containers(manifest):
            if "command" not in container and "args" in container:
                yield container["args"]
            for script in container.get("args", ()) if "command" in container else ():
                yield from in_shell(script)


def in_dags(text: str) -> Iterator[list[str]]:
    for words in re.findall(r"^COMMAND = \((.+)\)$", text, flags=re.MULTILINE):
        yield [word.strip(' "') for word in words.split(",")][1:]


def in_page(text: str) -> Iterator[list[str]]:
    for block in re.findall(r"^```console\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
        for words in re.findall(r"(?:^\$ |-- |/bin/)corpusgate (.+)$", block, flags=re.MULTILINE):
            yield shlex.split(words, comments=True)
    for words in re.findall(r"`corpusgate ([a-z][^`…]*)`", text):
        yield shlex.split(words)
    yield from in_units(text)


def in_comments(text: str) -> Iterator[list[str]]:
    for words in re.findall(r"^\s*#\s+corpusgate (.+)$", text, flags=re.MULTILINE):
        yield shlex.split(words)


READERS = {
    "systemd/*.service": in_units,
    "cron/*": in_crontab,
    "kubernetes/*.yaml": in_manifests,
    "airflow/*.py": in_dags,
}
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
NAMED = sorted({words for path in FILES for words in re.findall(r"`corpusgate ([^`]+)`", path.read_text("utf-8"))})
FOUND = (
    [
        pytest.param(words, id=f"{path.name}: {' '.join(words)}")
        for pattern, reader in READERS.items()
        for path in sorted(DEPLOY.glob(pattern))
        for words in reader(path.read_text(encoding="utf-8"))
    ]
    + [
        pytest.param(words, id=f"{path.name}: {' '.join(words)}")
        for path in FILES
        for words in in_comments(path.read_text(encoding="utf-8"))
    ]
    + [
        pytest.param(words, id=f"scheduling.md: {' '.join(words)}")
        for words in in_page((ROOT / "docs" / "guides" / "scheduling.md").read_text(encoding="utf-8"))
    ]
)


class Refused(Exception):
    """The command line does not take these words."""


def parse(words: list[str], there: Path) -> None:
    """Parse without running. Files that must exist are taken to be there."""
    words = [str(there) if word.startswith(("/", "$", "%")) else word for word in words]
    command: Any = COMMAND
    context = None
    try:
        while isinstance(command, TyperGroup):
            context = command.make_context(command.name, words, parent=context)
            _, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
        command.make_context(command.name, list(words), parent=context)
    except Exception as error:
        if hasattr(error, "format_message"):
            raise Refused(error.format_message()) from None
        raise


@pytest.mark.parametrize("words", FOUND)
def test_the_command_line_takes_it(words: list[str], tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.touch()
    parse(words, there)


@pytest.mark.parametrize("named", NAMED)
def test_every_command_that_a_file_names_is_there(named: str) -> None:
    command: Any = COMMAND
    for word in named.split():
        if isinstance(command, TyperGroup):
            assert word in command.commands
            command = command.commands[word]


@pytest.mark.parametrize("words", [["refresh", "--jsno"], ["refreshh"], ["serve", "--port", "many"], ["stream", "--w"]])
def test_what_it_does_not_take_is_noticed(words: list[str], tmp_path: Path) -> None:
    with pytest.raises(Refused):
        parse(words, tmp_path)


def test_each_kind_of_file_is_read() -> None:
    for pattern, reader in READERS.items():
        read = [words for path in DEPLOY.glob(pattern) for words in reader(path.read_text(encoding="utf-8"))]
        assert any(words[0] == "refresh" for words in read), pattern
