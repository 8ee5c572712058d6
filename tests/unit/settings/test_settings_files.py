"""Settings files that cannot be read end in an error for a person, and never in a wait or a defect."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.domain.errors import ConfigError
from pipeline.settings import files
from pipeline.settings.files import load
from pipeline.settings.principals import Identities


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_folder(path: Path) -> None:
    path.mkdir()


def make_nested(path: Path) -> None:
    path.write_text("users: " + "[" * 20_000)


def make_latin(path: Path) -> None:
    path.write_bytes("groups: [{name: caf\xe9}]".encode("latin-1"))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (make_pipe, "not a regular file"),
        (make_link_to_device, "not a regular file"),
        (make_folder, "directory|not a regular file"),
        (make_nested, "nested too deeply"),
        (make_latin, "not UTF-8"),
    ],
)
def test_law_15_a_settings_file_of_another_kind_is_an_error_at_once(
    tmp_path: Path, make: Callable[[Path], None], problem: str
) -> None:
    make(tmp_path / "principals.yaml")
    with pytest.raises(ConfigError, match=problem):
        load(tmp_path / "principals.yaml", Identities)


def test_a_settings_file_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "principals.yaml").write_text("# a long comment\n" * 20)
    monkeypatch.setattr(files, "_MOST_BYTES", 100)
    with pytest.raises(ConfigError, match="larger than 100 bytes"):
        load(tmp_path / "principals.yaml", Identities)


def test_a_link_to_a_settings_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there.yaml").write_text("schema_version: 1\nprincipals: []\n")
    (tmp_path / "principals.yaml").symlink_to("there.yaml")
    assert load(tmp_path / "principals.yaml", Identities).principals == ()
