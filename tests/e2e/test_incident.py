"""The staged incident: from a poisoned submission to a bundle that verifies in a folder without Corpusgate."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.stores.ledger.ledger import Ledger
from scripts import incident

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _same_umask() -> Iterator[None]:
    """The command line narrows the umask of its process: here, that of every later test."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


def test_an_incident_ends_with_a_bundle_that_verifies_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert incident.main([str(tmp_path / "incident")]) == 0
    story = capsys.readouterr().out
    assert "received by       3 principals" in story
    assert "Receipt of erasure" in story.partition("On another machine")[2]
    outside = tmp_path / "incident" / "outside"
    assert {path.name for path in outside.iterdir()} == {"verify_evidence.py", "public", "incident.tar"}
    assert incident.POISON.encode() not in (outside / "incident.tar").read_bytes()
    assert incident.main([str(tmp_path / "incident")]) == 2  # the folder is there


def test_an_incident_fails_if_the_takedown_does_not_reach_an_open_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Ledger, "live_versions", lambda _, version_ids: set(version_ids))
    assert incident.main([str(tmp_path / "incident")]) == 1
    assert "still in an answer" in capsys.readouterr().err
