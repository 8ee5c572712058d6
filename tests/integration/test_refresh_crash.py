"""A whole refresh, killed inside the graph, before and after its commit: law 6, with the real detectors and models."""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index import candidate
from pipeline.index.staging import StagingWriter
from pipeline.reports.served import verified_documents
from pipeline.runs import refresh
from pipeline.search.answers import search_as
from pipeline.stores.ledger.ledger import Ledger
from pipeline.workspace import Workspace
from scripts.drills.kill import all_gone, first_revision, ready_home, second_revision
from tests.support.faults import die_in_call, run_elsewhere
from tests.support.trial import Home, tree

pytestmark = pytest.mark.slow

OWNERS = {"staging": StagingWriter, "candidate": candidate, "ledger": Ledger}


def refresh_and_die(folder: str, owner: str, step: str) -> None:
    """Writes the numbers of the child processes to standard output before it dies."""
    original = getattr(OWNERS[owner], step)

    def reported(*args: Any, **more: Any) -> Any:
        result = original(*args, **more)
        sys.stdout.write(" ".join(map(str, tree(os.getpid())[1:])))
        sys.stdout.flush()
        return result

    setattr(OWNERS[owner], step, reported)
    die_in_call(OWNERS[owner], step, after=True)
    refresh.refresh(Workspace(Path(folder)))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crash") / "corpus"


@pytest.fixture(scope="module")
def published(corpus: Path) -> Path:
    """A home that serves the first revision, while its corpus already holds the second."""
    first_revision(corpus, None)
    home = ready_home(corpus.parent / "published", corpus)
    home.refresh()
    second_revision(corpus)
    return home.folder


@pytest.fixture(scope="module")
def undisturbed(published: Path) -> dict[str, Any]:
    """What a refresh nobody disturbs publishes next."""
    home = Home(Path(shutil.copytree(published, published.with_name("undisturbed"))))
    said, _ = home.refresh()
    generation: dict[str, Any] = said["generation"]
    assert generation["id"] == 2
    return generation


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(published, tmp_path / "home")))


def kill_after(home: Home, owner: str, step: str) -> None:
    """Refresh until `step` was done, then die by SIGKILL; the sandboxed children must not outlive it."""
    done = run_elsewhere("tests.integration.test_refresh_crash:refresh_and_die", home.folder, owner, step)
    assert done.returncode == -signal.SIGKILL, step
    children = {int(number) for number in done.stdout.split()}
    assert children
    assert all_gone(children)


def served(home: Home) -> tuple[GenerationRecord | None, list[tuple[str, float]]]:
    """The current generation, checked byte by byte, and what a reader finds in it."""
    workspace = Workspace(home.folder)
    current = workspace.ledger.current_generation()
    assert current is not None
    assert len(verified_documents(workspace, current)) == current.documents
    answers = search_as(workspace, "user:reader", "When is the lamp serviced?", 10)
    assert {answer.generation for answer in answers} == {current.number}
    workspace.database.dispose()
    return current, [(answer.chunk_id, answer.score) for answer in answers]


def test_law_06_a_refresh_killed_before_its_commit_leaves_the_last_generation_serving(
    home: Home, undisturbed: dict[str, Any]
) -> None:
    before = served(home)
    kill_after(home, "staging", "write_outcomes")
    assert served(home) == before
    kill_after(home, "candidate", "write_successor")
    assert served(home) == before
    said, _ = home.refresh()
    assert said["generation"] == undisturbed
    assert said["published"]


def test_law_06_a_refresh_killed_after_its_commit_is_not_repeated(home: Home, undisturbed: dict[str, Any]) -> None:
    kill_after(home, "ledger", "commit_publication")
    current, answers = served(home)
    assert current is not None
    assert (current.number, current.digest) == (undisturbed["id"], undisturbed["digest"])
    assert answers
    said, _ = home.refresh()
    assert said["generation"] == undisturbed
    assert (said["scanned"], said["embedded"], said["published"]) == (0, 0, False)
