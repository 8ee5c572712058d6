"""Each way of publishing binds the high-water mark of the audit log into the manifest (law 11)."""

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.domain.checkpoints import LogMark
from pipeline.domain.errors import IntegrityError
from pipeline.index.manifest import PAYLOAD_TYPE, newest_manifests, parse_statement
from pipeline.index.signing import Verifier
from pipeline.publishing import keys
from pipeline.publishing.compact import compact
from pipeline.publishing.migrate import migrate
from pipeline.takedown.erase import erase
from pipeline.takedown.rollback import rollback
from pipeline.workspace import Workspace
from tests.support.backed_up import BackedUpHome
from tests.support.gated_home import File
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, ServedHome
from tests.support.two_models import AFTER, TwoModels

ROOT = Path(__file__).parents[2]
PUBLISHING = {
    "pipeline.backups.reapply",
    "pipeline.checks.reconcile",
    "pipeline.publishing.compact",
    "pipeline.publishing.migrate",
    "pipeline.publishing.publish",
    "pipeline.takedown.erase",
    "pipeline.takedown.rollback",
}
"""Callers that build a generation. Refresh, stream, submission and approval all end in `publish`."""
BUILDERS = {"build_candidate", "build_compacted", "build_reembedded", "write_successor", "write_without"}
TEA, CATS, DOGS = (Doc(f"{name}.md", (f"A page about {name}.",)) for name in ("tea", "cats", "dogs"))


def marks(workspace: Workspace) -> list[LogMark | None]:
    """The mark in each manifest on disk, that of the newest generation first."""
    found, verifier = [], Verifier.of_public_keys(workspace.home.keys)
    for path in newest_manifests(workspace.index):
        try:
            payload = verifier.verify(json.loads(path.read_bytes()), PAYLOAD_TYPE)
        except IntegrityError:
            continue  # its generation was signed again
        found.append(parse_statement(payload, path.name).predicate.log)
    return found


def require_marked(workspace: Workspace, least: int) -> None:
    """Every manifest has a mark that fits the log, and the newest names at least so many entries."""
    every = marks(workspace)
    assert None not in every
    for mark in every:
        assert mark is not None
        assert workspace.checkpoints.stored.mark(mark.entries) == mark
    assert every[0] is not None
    assert every[0].entries >= least
    workspace.checkpoints.require_newest()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home")
    for doc in (TEA, CATS, DOGS):
        made.refresh(doc)
    yield made
    made.close()


def _refresh(home: ServedHome) -> None:
    home.refresh(Doc("fish.md", ("A page about fish.",)))


def _rollback(home: ServedHome) -> None:
    rollback(home.workspace, 1, OPERATOR, "The last two were wrong.")


def _compact(home: ServedHome) -> None:
    assert compact(home.workspace, OPERATOR.name).published


def _erase(home: ServedHome) -> None:
    erase(home.workspace, CATS.doc_id, OPERATOR, "Its subject asked.")


@pytest.mark.parametrize("publish", [_refresh, _rollback, _compact, _erase])
def test_law_11_a_generation_names_how_far_the_log_was(home: ServedHome, publish: Callable[[ServedHome], None]) -> None:
    before, number = home.workspace.checkpoints.stored.size, home.current().number
    publish(home)
    assert home.current().number > number
    require_marked(home.workspace, before)


def test_law_11_a_generation_that_is_signed_again_keeps_its_mark(home: ServedHome) -> None:
    before, (old,) = marks(home.workspace), keys.trusted_keys(home.workspace.home.keys)
    keys.rotate(home.workspace, OPERATOR)
    home.close()
    workspace = Workspace(home.workspace.home.folder)
    keys.revoke(workspace, old, OPERATOR)
    assert marks(workspace) == before
    require_marked(workspace, 1)
    workspace.close()


def test_law_11_a_migration_names_how_far_the_log_was(tmp_path: Path) -> None:
    made = TwoModels(tmp_path / "home")
    made.refresh(TEA, CATS)
    before = made.workspace.checkpoints.stored.size
    migrate(made.workspace, AFTER, OPERATOR)
    require_marked(made.workspace, before)
    made.close()


def test_law_11_a_restore_that_takes_back_names_how_far_the_log_was(tmp_path: Path) -> None:
    home = BackedUpHome(tmp_path)
    home.back_up()
    home.gated.files["wiki:b.md"] = File("another text")
    home.gated.refresh()
    restored = home.restore(newer_from=home.folder)
    assert restored.reapplied.left == ("wiki:b.md",)
    workspace = Workspace(restored.home)
    require_marked(workspace, restored.backup.index.ledger.size)
    workspace.close()
    home.gated.close()


def test_law_11_every_caller_that_builds_a_generation_gives_the_mark() -> None:
    """The list of callers is complete, and none of them leaves the mark out or gives None."""
    calling = set()
    for path in (ROOT / "pipeline").rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if name.startswith("pipeline.index."):
            continue  # the builders call each other and hand the mark on
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILDERS:
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                rewrites = node.func.id == "write_without" and "following" not in given  # keeps number and mark
                assert rewrites or ("log" in given and not isinstance(given["log"], ast.Constant)), (name, node.lineno)
                calling.add(name)
    assert calling == PUBLISHING
