"""`make demo`: the whole story through the command line, one screen a step."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.demo import __main__ as demo
from scripts.demo.screen import WIDTH, TypedCommands

pytestmark = pytest.mark.slow

LINES = 40
"""Lines of a screen."""

WAITING = re.compile(r"needs \d approvals?$", re.MULTILINE)


@pytest.fixture(autouse=True)
def _same_umask() -> Iterator[None]:
    """The command line narrows the umask of its process: here, that of every later test."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


def test_the_demo_shows_its_story_one_screen_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "demo-home"
    for name, value in {
        "HOME": home,
        "TOKENS": home / "tokens",
        "CORPUS": tmp_path / "demo-corpus",
        "commands": TypedCommands(tmp_path, home),
        "surprises": [],
    }.items():
        monkeypatch.setattr(demo, name, value)

    demo.main()

    story = capsys.readouterr().out
    assert str(tmp_path) not in story, "commands are shown as somebody in the folder types them"
    first, *steps = re.split(r"^(?=\d\. )", story, flags=re.MULTILINE)
    assert first == ""
    assert [step[0] for step in steps] == list("123456789")
    assert all(len(step.splitlines()) <= LINES for step in steps), [len(step.splitlines()) for step in steps]
    assert [line for line in story.splitlines() if len(line.rstrip()) > WIDTH] == []
    by_number = dict(enumerate(steps, 1))
    assert "56 of 56 documents as expected." in by_number[2]
    assert "Published: generation 2" in by_number[3]
    assert "9 of 9 documents as expected." in by_number[4]
    assert "Asked again, the answer is no longer from it." in by_number[6]
    assert "Serving generation 4, 38 documents" in by_number[6]
    assert "Three people, three answers" in by_number[7]
    assert "The audit log is whole" in by_number[8]
    assert len(WAITING.findall(by_number[3])) == 4
    assert len(WAITING.findall(by_number[9])) == 10


def test_a_command_that_fails_ends_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = TypedCommands(tmp_path, tmp_path / "nowhere")
    with pytest.raises(SystemExit, match="`corpusgate sources` ended with exit code"):
        commands.run("sources", "list")
    assert "corpusgate init" in capsys.readouterr().err
