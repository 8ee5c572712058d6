"""The DAG, loaded and run by a real Airflow in an environment of its own; only the command it starts is a stand-in."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import DEPLOY, program, stub

pytestmark = pytest.mark.slow

RUN = """
import json, os, sys
from datetime import timedelta
from airflow.dag_processing.dagbag import DagBag

bag = DagBag(dag_folder=sys.argv[1])
dag = bag.dags["corpusgate_refresh"]
seen = {
    "errors": bag.import_errors,
    "dags": list(bag.dags),
    "max_active_runs": dag.max_active_runs,
    "catchup": dag.catchup,
    "schedule": dag.schedule,
    "retries": [task.retries for task in dag.tasks],
    "runs": {},
}
for task in dag.tasks:
    task.retries, task.retry_delay = 2, timedelta()
for code in "0312":
    os.environ["CODE"] = code
    run = dag.test()
    states = {one.task_id: str(one.state) for one in run.get_task_instances()}
    seen["runs"][code] = {"run": str(run.state), **states}
print("SEEN " + json.dumps(seen))
"""
REPORT = {"waiting": {"review": 2}, "published": True}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow made of the DAG, and of runs whose command ended with each exit code."""
    folder = tmp_path_factory.mktemp("airflow")
    command = stub(folder, "corpusgate", f"echo $CODE $* >> {folder}/calls\necho '{json.dumps(REPORT)}'\nexit $CODE")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DEPLOY / "airflow"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "CORPUSGATE_COMMAND": str(command),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    airflow = Path(program("airflow"))
    for arguments in ([airflow, "db", "migrate"], [airflow.with_name("python"), "-c", RUN, DEPLOY / "airflow"]):
        ended = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=300)
        assert ended.returncode == 0, ended.stderr[-2000:]
    (line,) = (line for line in ended.stdout.splitlines() if line.startswith("SEEN "))
    found: dict[str, Any] = json.loads(line.removeprefix("SEEN "))
    found["calls"] = (folder / "calls").read_text(encoding="ascii").splitlines()
    return found


def test_airflow_loads_the_dag(seen: dict[str, Any]) -> None:
    assert (seen["errors"], seen["dags"]) == ({}, ["corpusgate_refresh"])


def test_runs_never_overlap_and_the_past_is_not_caught_up_with(seen: dict[str, Any]) -> None:
    assert (seen["max_active_runs"], seen["catchup"], seen["schedule"]) == (1, False, "*/15 * * * *")
    assert all(retries > 0 for retries in seen["retries"])


def test_nothing_waits(seen: dict[str, Any]) -> None:
    assert seen["runs"]["0"] == {"run": "success", "refresh": "success", "waiting": "skipped"}


def test_waiting_for_a_person_is_a_success_that_can_be_told_apart(seen: dict[str, Any]) -> None:
    assert seen["runs"]["3"] == {"run": "success", "refresh": "success", "waiting": "success"}


@pytest.mark.parametrize(("code", "calls"), [("1", 3), ("2", 1)])
def test_failures_are_tried_again_and_wrong_usage_is_not(seen: dict[str, Any], code: str, calls: int) -> None:
    assert seen["runs"][code] == {"run": "failed", "refresh": "failed", "waiting": "upstream_failed"}
    assert seen["calls"].count(f"{code} refresh --json") == calls
