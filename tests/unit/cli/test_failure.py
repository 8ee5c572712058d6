"""Failures of commands: sentences for people, and with `--json` one object that a machine can read."""

import json
import sys

import pytest

from pipeline.cli import main as entry
from pipeline.domain import errors
from pipeline.domain.audit import AuditFilter
from pipeline.domain.errors import CorpusgateError, GenerationHeld, NotFound, name_of

WORDS = ("There is no [bold]such[/] thing.", "Nothing was shown.", "Ask for another one.")
NOT_FOUND = NotFound(WORDS[0], done=WORDS[1], fix=WORDS[2])
HELD = GenerationHeld("It waits.", "h1", fix="Look at it.")


def failed(monkeypatch: pytest.MonkeyPatch, error: Exception, *words: str) -> int:
    def stop(**_: object) -> None:
        raise error

    monkeypatch.setattr(sys, "argv", ["corpusgate", *words])
    monkeypatch.setattr(entry, "app", stop)
    with pytest.raises(SystemExit) as ended:
        entry.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("error", [NOT_FOUND, HELD, ZeroDivisionError("kept to ourselves")])
def test_a_failure_is_one_object_for_machines(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code = failed(monkeypatch, error, "runs", "show", "--json")
    written = capsys.readouterr()
    assert written.out == ""
    (line,) = written.err.splitlines()
    found = json.loads(line)
    assert found["exit_code"] == code != 0
    assert "kept to ourselves" not in line
    if isinstance(error, CorpusgateError):
        assert (found["what"], found["done"], found["fix"]) == (error.what, error.done, error.fix)
        assert (found["error"], code) == (name_of(type(error)), error.exit_code)
    else:
        assert (found["error"], code) == ("defect", 1)


def test_a_failure_is_three_sentences_for_people(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failed(monkeypatch, NOT_FOUND, "runs", "show") == 2
    written = capsys.readouterr()
    assert (written.out, written.err.splitlines()) == ("", list(WORDS))


def test_an_unknown_command_is_a_usage_error_for_machines_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["corpusgate", "runs", "sho", "--json"])
    with pytest.raises(SystemExit) as ended:
        entry.main()
    found = json.loads(capsys.readouterr().err)
    assert (found["error"], found["exit_code"], ended.value.code) == ("usage-error", 2, 2)
    assert "sho" in found["what"]


def test_every_error_has_a_name_of_its_own() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, CorpusgateError)]
    assert len({name_of(kind) for kind in kinds}) == len(kinds) > 20
    assert name_of(GenerationHeld) == "generation-held"


@pytest.mark.parametrize(
    ("error", "words", "says"),
    [
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), ("explain", "\ud800"), "not text"),
        (OverflowError("kept"), ("rollback", "99999999999999999999"), "too large"),
        (FileExistsError(17, "File exists", "typed"), ("keys", "export", "--to=typed"), "File exists"),
        (OSError(36, "File name too long", "x" * 300), ("tags", "check", "x" * 300), "File name too long"),
    ],
)
def test_a_wrong_word_of_the_command_is_a_usage_error(
    error: Exception, words: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert failed(monkeypatch, error, *words, "--json") == 2
    found = json.loads(capsys.readouterr().err)
    assert (found["error"], says in found["what"]) == ("usage-error", True)


@pytest.mark.parametrize(
    "error",
    [UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"), OverflowError("kept"), FileExistsError(17, "no", "other")],
)
def test_the_same_error_about_something_else_is_a_defect(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(monkeypatch, error, "rollback", "1", "--reason=a") == 1


def test_a_value_that_is_too_long_is_named_by_its_field(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="at most") as refused:
        AuditFilter(actor="x" * 5_000)
    assert failed(monkeypatch, refused.value, "audit", "list", f"--actor={'x' * 5_000}", "--json") == 2
    what = json.loads(capsys.readouterr().err)["what"]
    assert what.startswith("actor: ")
    assert "xxx" not in what
    assert failed(monkeypatch, refused.value, "audit", "list") == 1
