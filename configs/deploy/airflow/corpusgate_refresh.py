"""Airflow 3: bring what sources hold through Corpusgate's gate, every quarter of an hour.

Put this file into the DAG folder of a machine that has Corpusgate and its home. The worker's environment says where
they are: CORPUSGATE_COMMAND (default: `corpusgate` on the path), CORPUSGATE_HOME, and the passwords the settings need.

Exit codes: 0 is a success. So is 3, done and something waits for a person: the task `waiting` is then run instead of
skipped, for whatever should tell people. 1 is tried again. 2, wrong usage, is not: it does not mend itself.
"""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

COMMAND = ("corpusgate", "refresh", "--json")
USAGE, WAITING = 2, 3


@dag(
    dag_id="corpusgate_refresh",
    schedule="*/15 * * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={
        "retries": 3,
        "retry_delay": timedelta(minutes=2),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=30),
    },
    tags=["corpusgate"],
    doc_md=__doc__,
)
def corpusgate_refresh() -> None:
    """One refresh, then a task that runs when something waits."""

    @task(execution_timeout=timedelta(hours=12))
    def refresh() -> dict[str, Any]:
        """Run it. The report holds counts, names of sources and digests; never text."""
        program = os.environ.get("CORPUSGATE_COMMAND", COMMAND[0])
        ended = subprocess.run([program, *COMMAND[1:]], stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
        if ended.returncode == USAGE:
            raise AirflowFailException("Wrong usage or configuration: the log says what to do.")
        if ended.returncode not in (0, WAITING):
            raise AirflowException(f"The refresh failed ({ended.returncode}); the last generation keeps serving.")
        return {**json.loads(ended.stdout), "waits": ended.returncode == WAITING}

    @task
    def waiting(report: dict[str, Any]) -> None:
        """Skipped if nothing waits. Add a message to people here if you do not use Corpusgate's own notifications."""
        if not report["waits"]:
            raise AirflowSkipException("Nothing waits.")
        print("Documents wait: corpusgate review list.", report["waiting"])  # noqa: T201 - the task's log

    waiting(refresh())


corpusgate_refresh()
