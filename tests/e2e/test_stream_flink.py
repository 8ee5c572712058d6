"""The stream on a real Flink cluster: what a refresh on this machine serves is what it serves, also when one dies."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import yaml

from pipeline.reports.served import verified_documents
from pipeline.runs.refresh import refresh
from pipeline.workspace import Workspace
from scripts.streaming import Stream, arrive
from tests.support.approved import approve_source
from tests.support.flink_cluster import Flink, running_cluster

pytestmark = pytest.mark.slow

DOCUMENTS = 24
LEAK = "database password: " + "".join(["Tr0ub4dor", "&3xK9", "!qLw7Zp"])  # in pieces, so that no scanner minds


@pytest.fixture(scope="module")
def flink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flink]:
    with running_cluster(tmp_path_factory.mktemp("flink") / "flink") as cluster:
        yield cluster


def make_home(folder: Path, notes: Path, database: str | None = None, flink: Flink | None = None) -> Workspace:
    workspace = Workspace(folder)
    workspace.create()
    settings = folder / "configs" / "corpusgate.yaml"
    said = yaml.safe_load(settings.read_text())
    if database:
        said["database"]["url"] = database
        (folder / "corpusgate.db").unlink(missing_ok=True)
    if flink:
        said["runner"]["flink"] = flink.settings(parallelism=2, checkpoint_seconds=3).model_dump(mode="json")
    settings.write_text(yaml.safe_dump(said))
    workspace = Workspace(folder)
    approve_source(workspace, "notes", notes, owner="user:olga")
    return workspace


def text(number: int, about: str) -> bytes:
    return f"# Note {number}\n\nNote {number} explains {about} in every season of the year.\n".encode()


def test_a_stream_on_a_cluster_survives_the_death_of_a_task_manager(
    tmp_path: Path, flink: Flink, vector_databases: Callable[[], AbstractContextManager[str]]
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    with vector_databases() as database:
        workspace = make_home(tmp_path / "streamed", notes, database, flink)
        stream = Stream(tmp_path / "streamed", "--window", "3", "--poll", "1", "--runner", "flink", "--workers", "2")

        def served() -> set[str]:
            current = workspace.ledger.current_generation()
            return set() if current is None else {one.doc_id for one in verified_documents(workspace, current)}

        def painted() -> bool:
            history = workspace.ledger.document_history("notes:00.md")
            return len(history.versions) == 2 and history.live_version == history.latest_version

        try:
            arrive(notes, "leak.md", LEAK.encode())
            for number in range(DOCUMENTS // 2):
                arrive(notes, f"{number:02}.md", text(number, "how boats are built"))
            stream.wait_until(lambda: len(served()) == DOCUMENTS // 2, "serving the first half")
            for number in range(DOCUMENTS // 2, DOCUMENTS):
                arrive(notes, f"{number:02}.md", text(number, "how boats are rowed"))
            arrive(notes, "00.md", text(0, "how boats are painted"))
            time.sleep(2)
            flink.kill("taskmanager1")
            stream.wait_until(lambda: len(served()) == DOCUMENTS, "serving the second half")
            stream.wait_until(painted, "serving the new version")
            assert stream.stop() == 3  # the leak is in quarantine
        finally:
            stream.kill()
            last = workspace.ledger.current_generation()
            workspace.close()
    batch = make_home(tmp_path / "batch", notes)
    shutil.copytree(tmp_path / "streamed" / "cache", tmp_path / "batch" / "cache", dirs_exist_ok=True)
    result = refresh(batch)
    batch.close()
    assert last is not None
    assert result.generation is not None
    assert last.digest == result.generation.digest
