"""Ends a job on Flink.

Beam's job server forgets a job that is cancelled and leaves it running on Flink (seen with 2.62 in one process and on
a cluster, before and after the job was submitted). So Flink itself is asked, by the name of the job.
"""

from urllib.parse import quote

import httpx

from pipeline.settings.engines import FlinkSettings

_SECONDS = 20
_ENDED = {"CANCELED", "CANCELLING", "FAILED", "FINISHED"}


def end_job(settings: FlinkSettings, job_id: str) -> bool:
    """Cancel a job. A job that is gone, and a Flink that does not answer, are fine.

    With the master `[auto]` the address of Flink is unknown: that Flink runs in one process and ends with its job
    server.

    Args:
        settings: Name the master, which answers the REST requests.
        job_id: The name that Beam gave the job.

    Returns:
        Whether Flink was asked to cancel a job.

    """
    name, _, _ = job_id.rpartition("_")
    if not name or settings.master.startswith("["):
        return False
    address = f"http://{settings.master.removeprefix('http://')}"
    try:
        with httpx.Client(base_url=address, timeout=_SECONDS, trust_env=False) as flink:
            overview = flink.get("/jobs/overview").raise_for_status().json()
            running = [job["jid"] for job in overview["jobs"] if job["name"] == name and job["state"] not in _ENDED]
            for jid in running:
                flink.patch(f"/jobs/{quote(jid, safe='')}", params={"mode": "cancel"}).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
        return False
    return bool(running)
