"""Backups and drills on record, at every door: command line, REST and pages; for auditors and operators alone."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.backups.create import create
from pipeline.backups.encryption import BackupKey
from pipeline.cli.main import app as command_line
from pipeline.domain.identity.roles import Role
from pipeline.drills.catalogue import DRILLS
from pipeline.drills.names import SENTENCES
from pipeline.drills.record import DrillRecord, DrillStep, keep
from tests.support.callers import token
from tests.support.ledger_samples import NOON
from tests.support.served_home import OPERATOR
from tests.support.web_home import WebHome


@pytest.fixture
def home(tmp_path: Path) -> Iterator[WebHome]:
    made = WebHome(tmp_path / "home")
    yield made
    made.close()


def test_each_drill_has_a_sentence() -> None:
    assert list(SENTENCES) == list(DRILLS)


def test_backups_are_listed_newest_first_and_those_of_drills_are_not(home: WebHome, tmp_path: Path) -> None:
    key = BackupKey(bytes(32))
    plain = create(home.workspace, tmp_path / "plain", OPERATOR)
    create(home.workspace, tmp_path / "drilled", OPERATOR, drill="restore")
    sealed = create(home.workspace, tmp_path / "sealed.enc", OPERATOR, keys=tmp_path / "keys.tar", encrypt=key)
    auditor = token(home.workspace, "user:ana", Role.AUDITOR)
    found = home.client(auditor).get("/v1/backups").json()
    rows = [(one["digest"], one["encrypted_with"], one["private_keys"]) for one in found["backups"]]
    assert rows == [(sealed.digest, key.id, True), (plain.digest, "", False)]
    assert (found["days"], found["restored"]) == (0, [])
    folder = str(home.workspace.home.folder)
    done = CliRunner().invoke(
        command_line, ["--home", folder, "backup", "list", "--json"], env={"CORPUSGATE_TOKEN": auditor}
    )
    assert json.loads(done.stdout) == found
    page = home.browser(auditor).get("/backups").text
    assert sealed.digest in page
    assert plain.digest in page
    assert key.id in page
    assert 'href="/backups"' in home.browser(auditor).get("/report").text


def test_the_newest_record_of_a_drill_is_shown_with_its_steps(home: WebHome) -> None:
    step = DrillStep(name="new key", fine=True, says="The copy signs with another key.", seconds=0.5)
    record = DrillRecord(
        drill="rotate-keys", version="1", started_at=NOON, seconds=1.5, by="user:oscar", generation=1, documents=2,
        backup_digest="d" * 64, steps=(step,),
    )  # fmt: skip
    keep(home.workspace, record, OPERATOR)
    operator = token(home.workspace, "user:oscar", Role.OPERATOR)
    found = {one["drill"]: one for one in home.client(operator).get("/v1/drills").json()}
    assert {name for name, one in found.items() if one["state"] == "never"} == set(DRILLS) - {"rotate-keys"}
    rotated = found["rotate-keys"]
    assert (rotated["state"], [one["says"] for one in rotated["steps"]]) == ("passed", [step.says])
    assert step.says in home.browser(operator).get("/drills").text


@pytest.mark.parametrize("path", ["/v1/backups", "/v1/drills"])
def test_owners_and_reviewers_see_neither(home: WebHome, path: str) -> None:
    for role in (Role.READER, Role.OWNER, Role.REVIEWER):
        caller = token(home.workspace, f"user:{role.value}", role)
        assert home.client(caller).get(path).status_code == 403
