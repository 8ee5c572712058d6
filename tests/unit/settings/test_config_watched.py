"""The identity file is read again when it changed, and only then."""

import os
import time
from pathlib import Path

import pytest

import pipeline.settings.files
from pipeline.domain.errors import ConfigError
from pipeline.settings.home import Home

_FILE = "schema_version: 1\nprincipals:\n- {name: 'user:NAME', clearance: internal}\n"


def settle(path: Path) -> None:
    """Let the file look as if nobody had touched it for long."""
    os.utime(path, (time.time() - 60, time.time() - 60))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home(tmp_path)
    home.create()
    monkeypatch.setattr(pipeline.settings.files, "_SETTLED_NS", 0)  # utime cannot set the time of the last change
    return home


def test_law_02_a_changed_identity_file_counts_at_once(home: Home) -> None:
    path = home.configs / "principals.yaml"
    path.write_text(_FILE.replace("NAME", "anna"))
    settle(path)
    assert home.identities.principal("user:anna").name == "user:anna"
    assert home.identities is home.identities
    path.write_text(_FILE.replace("NAME", "otto"))  # as long as before
    settle(path)
    assert [one.name for one in home.identities.principals] == ["user:otto"]


def test_canary_questions_are_read_again_only_when_they_changed(home: Home) -> None:
    path = home.configs / "canaries.yaml"
    settle(path)
    before = home.canaries
    assert home.canaries is before
    path.unlink()
    with pytest.raises(ConfigError):
        _ = home.canaries


def test_law_02_a_file_changed_a_moment_ago_is_read_each_time(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline.settings.files, "_SETTLED_NS", 60_000_000_000)
    (home.configs / "principals.yaml").write_text(_FILE)
    assert home.identities is not home.identities
