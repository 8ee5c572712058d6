"""Steps that `init` and an empty `refresh` show: each works as it stands, and is shown until it was done."""

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.checks.next_steps import next_steps
from pipeline.cli.main import app
from pipeline.domain.identity.roles import Role
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import token
from tests.support.index_samples import Doc
from tests.support.served_home import ServedHome


def test_each_step_works_as_it_is_shown_and_is_gone_when_it_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FOLDER").mkdir()
    (tmp_path / "FOLDER" / "lamp.md").write_text("The lamp is lit at dusk.\n")
    home = tmp_path / "home"
    workspace = Workspace(home)
    workspace.create()
    shown = next_steps(workspace)
    assert [step.command.split()[1] for step in shown][-2:] == ["refresh", "search"]
    for step in shown[:-2]:
        done = CliRunner().invoke(app, ["--home", str(home), *shlex.split(step.command)[1:]], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    assert next_steps(Workspace(home)) == shown[-2:]
    workspace.close()


@pytest.mark.parametrize("both", [True, False])
def test_a_person_cannot_approve_what_they_register_so_another_is_asked_for(tmp_path: Path, both: bool) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    token(workspace, "user:olga", Role.OWNER, Role.REVIEWER)
    if both:
        token(workspace, "user:rosa", Role.REVIEWER)
    asked_for = [step.command for step in next_steps(workspace) if "principals add" in step.command]
    assert bool(asked_for) is not both
    workspace.close()


def test_an_approved_source_is_asked_for_no_longer(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    approve_source(workspace, "pier", tmp_path)
    assert not any("sources" in step.command for step in next_steps(workspace))
    workspace.close()


def test_a_home_that_serves_has_no_next_step(tmp_path: Path) -> None:
    home = ServedHome(tmp_path / "home")
    home.refresh(Doc("one.md", ("one is a text.",)))
    assert next_steps(home.workspace) == []
    home.close()
