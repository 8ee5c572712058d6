"""`corpusgate tags check`: what the gate reads, before anyone submits."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.domain.errors import ExitCode, UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import person


@pytest.fixture
def home(tmp_path: Path) -> Path:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    for name in ("bo", "olga"):
        workspace.principals.add(PrincipalSettings(name=name, groups=("staff",), clearance=Classification.INTERNAL))
    approve_source(workspace, "notes", tmp_path, allow=("group:staff", "group:gone"))
    workspace.database.dispose()
    return tmp_path / "home"


def check(home: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--home", str(home), "tags", "check", *arguments])
    return result.exit_code, result.output


def test_every_tag_is_shown_with_its_line_and_who_could_read(home: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("---\ntitle: Plan\nclassification: confidential\ndeny: [user:Bo]\n---\nText\n")
    code, output = check(home, str(tmp_path / "plan.md"), "--source", "notes", "--json")
    (document,) = json.loads(output)["documents"]
    assert code == ExitCode.FINE
    assert document["tags"] == [
        {"place": "line 2 of the front matter", "key": "title", "value": "text of 4 characters"},
        {"place": "line 3 of the front matter", "key": "classification", "value": "confidential"},
        {"place": "line 4 of the front matter", "key": "deny", "value": "user:Bo"},
    ]
    assert document["access"]["deny"] == ["user:bo"]
    code, output = check(home, str(tmp_path / "plan.md"), "--source", "notes")
    assert "confidential, read by group:gone, group:staff, never by user:bo" in output


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("---\nclasification: confidential\n---\n", "write `classification`"),
        ("---\ndeny: [user:nobody]\n---\n", "not a principal or group that Corpusgate knows"),
        ("---\nallow: [group:hr]\n---\n", "principals its source was not approved for"),
    ],
)
def test_a_problem_is_told_and_ends_with_3(home: Path, tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "plan.md").write_text(text)
    code, output = check(home, str(tmp_path / "plan.md"), "--source", "notes")
    assert code == ExitCode.WAITING
    assert problem in output


def test_without_a_source_only_the_writing_is_checked(home: Path, tmp_path: Path) -> None:
    (tmp_path / "plan.md").write_text("---\nallow: [group:hr]\nclassification: public\ntenant: t\n---\n")
    assert check(home, str(tmp_path / "plan.md"))[0] == ExitCode.FINE
    assert "warning" in check(home, str(tmp_path / "plan.md"))[1]
    (tmp_path / "plan.md").write_text("---\nallow: [hr]\n---\n")
    assert check(home, str(tmp_path / "plan.md"))[0] == ExitCode.WAITING


def test_a_metadata_file_alone_is_told(home: Path, tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "gone.md.meta.yaml").write_text("title: Gone\n")
    code, output = check(home, str(tmp_path / "texts"))
    assert code == ExitCode.WAITING
    assert "gone.md.meta.yaml" in output


def test_law_02_a_source_is_registered_with_names_written_in_full_and_denies_who_exists(
    home: Path, tmp_path: Path
) -> None:
    workspace = Workspace(home)
    place = tmp_path / "more"
    place.mkdir()
    (place / "a.md").write_text("Lamps are cleaned on Mondays.")
    olga = person("olga")
    definition = {
        "name": "more", "uri": str(place), "owner": "people-team", "classification": "internal", "tenant": "default",
    }  # fmt: skip
    for wrong in (
        {"allow": ("staff",)},
        {"allow": ("group:staff",), "deny": ("user:nobody",)},
        {"allow": ("group:*",)},
    ):
        with pytest.raises(UsageError):
            workspace.registrations.register(olga, definition | wrong)
    source, warnings, _ = workspace.registrations.register(olga, definition | {"allow": ("group:Staff", "group:gone")})
    assert source.allow == ("group:staff", "group:gone")
    (warning,) = warnings
    assert warning.startswith("group:gone is not a principal or group")
    workspace.database.dispose()


def test_a_folder_with_a_pipe_for_a_feed_and_a_folder_that_cannot_be_read_is_checked_to_its_end(
    home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "plan.md").write_text("A plan.\n")
    os.mkfifo(folder / "records.jsonl")
    os.mkfifo(folder / "pipe.md")
    code, output = check(home, str(folder), "--json")
    problems = {one["document"]: one["problems"] for one in json.loads(output)["documents"]}
    assert code == ExitCode.WAITING
    assert set(problems) == {"plan.md", "records.jsonl", "pipe.md"}
    assert problems["plan.md"] == []
    assert problems["records.jsonl"] == ["It could not be read to its end: not a regular file, not opened."]
