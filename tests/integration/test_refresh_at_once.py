"""Commands with `--now` do the work of one refresh, once, and end it as a refresh ends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.domain.documents.provenance import inbox_uri
from pipeline.domain.identity.roles import Role
from pipeline.domain.serving.runs import Run
from pipeline.runs import graph
from pipeline.runs.refresh import refresh
from pipeline.search.answers import search_as
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import person, token, token_file

pytestmark = pytest.mark.slow

RESTRICTED = "---\nclassification: restricted\n---\n# Lamps\n\nLamps are serviced in May.\n"


class Desk:
    """A home with a source of restricted documents, an inbox, and people."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        self.folder = folder / "notes"
        self.folder.mkdir()
        approve_source(self.workspace, "notes", self.folder)
        approve_source(self.workspace, "inbox", inbox_uri("inbox"))
        self.people = {
            name: token_file(self.workspace, f"user:{name}", role)
            for name, role in (("olga", Role.OWNER), ("paul", Role.REVIEWER), ("rita", Role.REVIEWER))
        }
        token(self.workspace, "ada", Role.READER, groups=("staff",))

    def run(self, person: str, *words: str) -> str:
        command = ["--home", str(self.workspace.files.folder), *words, "--token-file", str(self.people[person])]
        done: Any = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        return str(done.output)

    def runs(self) -> list[Run]:
        return self.workspace.ledger.runs(100)

    def found(self, question: str) -> set[str]:
        return {answer.document for answer in search_as(self.workspace, "ada", question, 20)}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    settings = made.workspace.files.configs / "corpusgate.yaml"
    settings.write_text(settings.read_text() + "\nmetrics:\n  textfile: figures.prom\n")
    yield made
    made.workspace.database.dispose()


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The sources of every pass through the graph."""
    passes: list[list[str]] = []
    real = graph.run_graph

    def counted(context: Any, engine: Any) -> Any:
        passes.append(sorted(context.sources))
        return real(context, engine)

    monkeypatch.setattr(graph, "run_graph", counted)
    return passes


def nothing_is_left(desk: Desk, source: str) -> bool:
    """Whether the next refresh of a source scans, embeds and publishes nothing."""
    after = refresh(desk.workspace, [source])
    return (after.summary.scanned, after.summary.embedded, after.published) == (0, 0, False)


def test_the_last_approval_publishes_with_one_pass_and_leaves_nothing_to_do(
    desk: Desk, graphs: list[list[str]]
) -> None:
    (desk.folder / "lamps.md").write_text(RESTRICTED)
    assert refresh(desk.workspace, ["notes"]).summary.scanned == 1
    (item,) = desk.workspace.reviews.list_items(person("paul", Role.REVIEWER))
    graphs.clear()
    runs = len(desk.runs())
    assert "1 more approval" in desk.run("paul", "review", "approve", item.item_id, "--reason", "Read it.", "--now")
    assert (graphs, len(desk.runs())) == ([], runs), "a first approval of two publishes nothing"
    figures = desk.workspace.files.path("figures.prom")
    figures.unlink(missing_ok=True)
    said = desk.run("rita", "review", "approve", item.item_id, "--reason", "Read it too.", "--now")
    assert "Published" in said
    assert (graphs, len(desk.runs())) == ([["notes"]], runs + 1)
    assert desk.found("When are lamps serviced?") == {"notes:lamps.md"}
    assert figures.exists(), "figures are exported as at the end of any refresh"
    assert nothing_is_left(desk, "notes")
    assert graphs == [["notes"]], "the refresh after it needs no graph"


def test_a_submission_is_judged_with_one_pass_and_leaves_nothing_to_do(
    desk: Desk, graphs: list[list[str]], tmp_path: Path
) -> None:
    (tmp_path / "oil.md").write_text("Oil is changed in June.")
    runs = len(desk.runs())
    figures = desk.workspace.files.path("figures.prom")
    figures.unlink(missing_ok=True)
    assert "indexed" in desk.run("olga", "submit", str(tmp_path / "oil.md"), "--source", "inbox", "--now")
    assert (graphs, len(desk.runs())) == ([["inbox"]], runs + 1)
    assert figures.exists()
    assert nothing_is_left(desk, "inbox")
