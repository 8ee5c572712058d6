"""The commands of `audit` and `evidence`, as operators type them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli.main import app
from tests.support.evidence import DATABASE, EvidentHome, verify


@pytest.fixture
def home(tmp_path: Path) -> Iterator[EvidentHome]:
    made = EvidentHome(tmp_path)
    made.workspace.close()
    yield made
    made.workspace.close()


def run(home: EvidentHome, *arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["--home", str(home.folder), *map(str, arguments)])


def test_an_auditor_gets_log_proofs_and_bundle_by_commands(home: EvidentHome, tmp_path: Path) -> None:
    to, keys = tmp_path, ("--key", home.given / "keys")
    kept = home.given / "older.note"
    assert run(home, "audit", "checkpoint", "--to", home.given).exit_code == 0
    assert run(home, "audit", "export", "--to", to / "l.jsonl").exit_code == 0
    assert run(home, "audit", "prove", "--entry", "2", "--to", to / "e.tlog-proof").exit_code == 0
    assert run(home, "audit", "prove", "--since", kept, "--to", to / "g.txt").exit_code == 0
    period = "2000-01-01T00:00Z..2100-01-01T00:00Z"
    assert run(home, "evidence", "export", "--period", period, "--to", to / "b.tar", "--kept", kept).exit_code == 0
    assert run(home, "evidence", "export", "--incident", "wiki:a.md", "--to", to / "i.tar").exit_code == 0
    for arguments in (
        ("log", to / "l.jsonl", "--checkpoint", kept),
        ("inclusion", to / "e.tlog-proof", "--entry", to / "l.jsonl"),
        ("consistency", to / "g.txt", "--from", kept),
        ("bundle", to / "b.tar", "--checkpoint", kept),
        ("bundle", to / "i.tar"),
    ):
        assert verify(*arguments, *keys)[0] == 0, arguments


def test_a_missing_anchor_fails_the_command_and_not_the_checkpoint(home: EvidentHome) -> None:
    shutil.rmtree(home.anchor)
    ran = run(home, "audit", "checkpoint", "--json")
    made = json.loads(ran.stdout)
    assert (ran.exit_code, len(made["files"]), len(made["failures"])) == (1, 1, 1)
    ran = run(home, "audit", "verify", "--json")
    assert (ran.exit_code, json.loads(ran.stdout)["unreachable_anchors"]) == (0, [str(home.anchor)])


def test_an_older_copy_fails_verification_and_is_accepted_by_an_operator_only(home: EvidentHome) -> None:
    home.put_back(*DATABASE)
    home.workspace.close()
    ran = run(home, "audit", "verify")
    assert (ran.exit_code, "cut off" in ran.stderr) == (1, True)
    ran = run(home, "audit", "checkpoint")
    assert ran.exit_code == 1
    ran = run(home, "audit", "accept-older-copy", "--reason", "lost")
    assert (ran.exit_code, "no token was given" in f"{ran.stderr}{ran.exception}") == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--period", "yesterday"),
        (),
        ("--generation", "1", "--period", "2026-01-01T00:00Z..2026-02-01T00:00Z"),
        ("--generation", "1", "--incident", "wiki:a.md"),
    ],
)
def test_a_bundle_of_nothing_in_particular_is_refused(
    home: EvidentHome, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    ran = run(home, "evidence", "export", "--to", tmp_path / "b.tar", *arguments)
    assert (ran.exit_code != 0, (tmp_path / "b.tar").exists()) == (True, False)
