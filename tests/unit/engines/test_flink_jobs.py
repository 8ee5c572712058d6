"""Ending a job on Flink, which Beam's job server would leave running."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pipeline.engines.flink_jobs import end_job
from pipeline.settings.engines import FlinkSettings

MINE = "corpusgate-stream-0a1b2c3d"
JOBS = [
    {"jid": "1", "name": MINE, "state": "RUNNING"},
    {"jid": "2", "name": MINE, "state": "CANCELED"},
    {"jid": "3", "name": "corpusgate-stream-ffffffff", "state": "RUNNING"},
    {"jid": "4", "name": MINE, "state": "RESTARTING"},
]


class FakeFlink(BaseHTTPRequestHandler):
    asked: list[str]
    status = 200

    def do_GET(self) -> None:
        self._answer({"jobs": JOBS} if self.path == "/jobs/overview" else {})

    def do_PATCH(self) -> None:
        self._answer({})

    def _answer(self, body: object) -> None:
        type(self).asked.append(f"{self.command} {self.path}")
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def flink() -> Iterator[HTTPServer]:
    FakeFlink.asked, FakeFlink.status = [], 200
    with HTTPServer(("127.0.0.1", 0), FakeFlink) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


def settings(server: HTTPServer) -> FlinkSettings:
    return FlinkSettings(master=f"127.0.0.1:{server.server_port}")


def test_jobs_of_that_name_are_cancelled_and_no_other(flink: HTTPServer) -> None:
    assert end_job(settings(flink), f"{MINE}_6dbb7a29-3c1e-4f6e-9f0c-0f4b7c1d2e3f")
    assert FakeFlink.asked == ["GET /jobs/overview", "PATCH /jobs/1?mode=cancel", "PATCH /jobs/4?mode=cancel"]


@pytest.mark.parametrize("job", ["", "corpusgate-stream-99999999_6dbb7a29"])
def test_a_job_that_is_gone_is_fine(job: str, flink: HTTPServer) -> None:
    assert not end_job(settings(flink), job)
    assert not any(asked.startswith("PATCH") for asked in FakeFlink.asked)


def test_a_flink_that_is_away_or_refuses_is_fine(flink: HTTPServer) -> None:
    FakeFlink.status = 503
    assert not end_job(settings(flink), f"{MINE}_1")
    assert FakeFlink.asked == ["GET /jobs/overview"]
    assert not end_job(FlinkSettings(master="127.0.0.1:1"), f"{MINE}_1")


def test_nobody_is_asked_where_the_job_server_alone_knows_where_flink_is() -> None:
    assert not end_job(FlinkSettings(), f"{MINE}_1")
