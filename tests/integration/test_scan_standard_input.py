"""`corpusgate scan -`: what a program sends is read in child processes, as a file without a name would be."""

import io
from pathlib import Path

import pytest

from pipeline.checks import scan
from pipeline.domain.declarations import blocks, front_matter
from pipeline.extraction import decoding
from pipeline.workspace import Workspace
from tests.support.classified_files import custom, word


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "home")
    workspace.home.create()
    return workspace


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"---\nclassification: restricted\n", "Line 2 looks like `classification`"),
        ("---\nclasification: restricted\n---\né".encode("utf-16"), "`clasification` is read as nothing"),
        (b"---\nclassification: confidential\n---\n\xe9t\xe9 \xe0 la mer", None),
    ],
)
def test_law_02_standard_input_is_parsed_by_children_alone(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, data: bytes, problem: str | None
) -> None:
    def parsed_here(*_: object) -> None:
        raise AssertionError

    assert workspace.home.settings
    for module, name in ((blocks.yaml, "parse"), (front_matter, "read_yaml"), (decoding, "decode")):
        monkeypatch.setattr(module, name, parsed_here)
    given = scan.standard_input(io.BytesIO(data), workspace)
    assert given.extracted.failure is None
    assert [problem in found for found in given.problems] == ([] if problem is None else [True])


def test_a_document_on_standard_input_is_read_as_a_file_would_be(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(word(custom("Classification", "Restricted")))
    with path.open("rb") as stream:
        given = scan.standard_input(stream, workspace)
    assert "The ferry leaves" in given.extracted.text
    assert [tag.key for tag in given.extracted.stated] == ["classification"]
