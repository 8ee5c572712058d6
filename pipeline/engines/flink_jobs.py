"""Ends a job on Flink.

Beam's job server forgets a job that is cancelled and leaves it running on Flink (seen with 2.62 in one process and on
a cluster, before and after the job was submitted). So Flink itself is asked, by the name of the job.
"""

import http.client
import json
from typing import Any

from pipeline.settings.engines import FlinkSettings

_SECONDS = 20
_ENDED = {"CANCELED", "CANCELLING", "FAILED", "FINISHED"}


def end_job(settings: FlinkSettings, job_id: str) -> bool:
    """Cancel a job, `job_id` being what Beam calls it; whether Flink was asked to. One that is gone is fine.

    Where `master` is `[auto]` nobody knows where Flink is: Flink in one process ends with its job server.
    """
    name, _, _ = job_id.rpartition("_")
    if not name or settings.master.startswith("["):
        return False
    try:
        jobs = _ask(settings.master, "GET", "/jobs/overview")["jobs"]
        alive = [job["jid"] for job in jobs if job["name"] == name and job["state"] not in _ENDED]
        for one in alive:
            _ask(settings.master, "PATCH", f"/jobs/{one}?mode=cancel")
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return False
    return bool(alive)


def _ask(master: str, method: str, path: str) -> Any:
    connection = http.client.HTTPConnection(master.removeprefix("http://"), timeout=_SECONDS)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status >= 400:
        raise http.client.HTTPException(f"Flink answered {answer.status}")
    return json.loads(body)
