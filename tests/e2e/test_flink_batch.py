"""A refresh on a real Flink, on several workers and on Prism: the same generation as on FnApiRunner (law 7)."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import grpc
import pytest
import yaml
from apache_beam.portability.api import beam_job_api_pb2, beam_job_api_pb2_grpc

from pipeline.domain.errors import CorpusgateError
from pipeline.engines.runners import FLINK_OPTIONS
from pipeline.runs.refresh import refresh
from pipeline.runs.result import RefreshResult
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.engines import needs_prism
from tests.support.flink_cluster import Flink, running_cluster, running_single, until

pytestmark = pytest.mark.slow

DOCUMENTS = 12
SECRET = "-".join(["sk", "live", "9fK2mQ7xV4pL8sT3wZ6bN1cR5dY0hJ2e"])
"""Joined at run time: a scanner that reads this file must not take it for the real thing."""

BEAM_MAY_COMPLAIN = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
"""Threads of Beam's worker in this process end with an exception when the engine goes away after the run."""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(DOCUMENTS):
        (folder / f"{number}.md").write_text(f"# Paper {number}\n\nThe harbour keeps {number} boats in winter.\n")
    (folder / "secret.md").write_text(f"# Keys\n\napi_key = '{SECRET}'\n")
    return folder


def made(folder: Path, corpus: Path, url: str = "", **runner: object) -> Workspace:
    """A home with the corpus as an approved source."""
    workspace = Workspace(folder / "home")
    workspace.home.create()
    path = workspace.home.configs / "corpusgate.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["runner"] |= runner
    settings["database"]["url"] = url or settings["database"]["url"]
    path.write_text(yaml.safe_dump(settings))
    workspace = Workspace(folder / "home")
    workspace.create()
    approve_source(workspace, "papers", corpus, owner="harbour")
    return workspace


def published(workspace: Workspace, runner: str | None = None, workers: int | None = None) -> tuple[str, RefreshResult]:
    """Refresh, and the digest of what is served then."""
    result = refresh(workspace, runner=runner, workers=workers)
    workspace.database.dispose()
    assert result.published
    assert result.generation is not None
    assert result.summary.scanned == DOCUMENTS + 1
    return result.generation.digest, result


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> str:
    """The digest on FnApiRunner with one worker."""
    return published(made(tmp_path_factory.mktemp("expected"), corpus))[0]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flink]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as flink:
        yield flink


def test_law_07_two_worker_processes_publish_what_one_does(
    tmp_path: Path, corpus: Path, expected: str, capfd: pytest.CaptureFixture[str]
) -> None:
    digest, result = published(made(tmp_path, corpus), workers=2)
    assert digest == expected
    counts = {figures.gate: figures.count("documents_in") for figures in result.figures}
    assert counts["scan_secrets"] == counts["apply_policy"] == DOCUMENTS + 1
    assert result.summary.embedded == DOCUMENTS
    said = capfd.readouterr()
    assert said.out + said.err == ""


def test_an_error_of_ours_comes_back_whole_from_a_worker_process(tmp_path: Path, corpus: Path) -> None:
    workspace = made(tmp_path, corpus)
    rules = next((workspace.home.configs / "detectors").rglob("injection*"))
    for path in [rules] if rules.is_file() else rules.iterdir():
        path.write_text("rule nothing { condition: false }")
    with pytest.raises(CorpusgateError) as stopped:
        refresh(workspace, workers=2)
    assert "`MaskStrings/mask strings`" in stopped.value.what, "the first gate that starts the detectors"
    assert "The child process" in stopped.value.what
    assert stopped.value.done == "Nothing was published; the last generation keeps serving."


@BEAM_MAY_COMPLAIN
def test_law_07_prism_publishes_what_fn_api_runner_does(tmp_path: Path, corpus: Path, expected: str) -> None:
    needs_prism()
    assert published(made(tmp_path, corpus), "prism")[0] == expected


@BEAM_MAY_COMPLAIN
def test_law_07_flink_in_one_process_publishes_what_fn_api_runner_does(
    tmp_path: Path, corpus: Path, expected: str
) -> None:
    with running_single(tmp_path / "flink") as flink:
        workspace = made(tmp_path, corpus, flink=flink.settings().model_dump(mode="json"))
        assert published(workspace, "flink")[0] == expected


def test_the_job_server_knows_every_option_it_may_be_sent(cluster: Flink) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{cluster.job}") as channel:
        service = beam_job_api_pb2_grpc.JobServiceStub(channel)
        known = service.DescribePipelineOptions(beam_job_api_pb2.DescribePipelineOptionsRequest(), timeout=30).options
    assert set(FLINK_OPTIONS) <= {option.name for option in known}


def test_law_07_a_cluster_publishes_what_one_machine_does_even_when_a_machine_of_it_dies(
    tmp_path: Path,
    corpus: Path,
    expected: str,
    cluster: Flink,
    migrated_databases: Callable[[], AbstractContextManager[str]],
) -> None:
    """Twice on one cluster: with two TaskManagers, then with one of them killed in the middle."""
    settings = cluster.settings(parallelism=2, retries=5, retry_seconds=1).model_dump(mode="json")
    for killed in (False, True):
        with migrated_databases() as url, ThreadPoolExecutor(1) as beside:
            workspace = made(tmp_path / str(killed), corpus, url, batch="flink", flink=settings)
            killing = beside.submit(_kill_in_the_middle, cluster) if killed else None
            digest, _ = published(workspace)
            assert digest == expected
            if killing is not None:
                killing.result()
                until(lambda: len(cluster.ask("/taskmanagers")["taskmanagers"]) == 1)
    for process in ("jobmanager", "taskmanager1", "taskmanager2", "jobserver", "pool"):
        assert SECRET not in cluster.log(process)
        assert "boats in winter" not in cluster.log(process)


def _kill_in_the_middle(cluster: Flink) -> None:
    """While documents are scanned, the longest stage: its name lists the gate among others."""
    until(lambda: any(re.search(r"\{[^/}]*\bgate\b", step) for step in cluster.working()), 240)
    time.sleep(2)
    cluster.kill("taskmanager1")
    assert cluster.working(), "it was killed after the work was done"
