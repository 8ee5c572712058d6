"""A real Kafka broker and the service that reads it, each on free ports of this machine, for one test module."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

ROOT = Path(__file__).parents[2]


class Broker:
    """A broker, and what writes to it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
        self._producer = Producer(
            {"bootstrap.servers": address, "message.max.bytes": 16_000_000, "linger.ms": 5, "log_level": 0}
        )

    def topic(self, name: str, partitions: int = 2) -> str:
        """Make a topic; returns its address as a source."""
        for made in self._admin.create_topics([NewTopic(name, partitions, 1)]).values():
            made.result(30)
        return f"kafka://{self.address}/{name}"

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Mapping[str, bytes] | None = None
    ) -> None:
        """Write a record; `flush` makes sure of it."""
        while True:
            try:
                self._producer.produce(topic, value, key, headers=dict(headers or {}))
            except BufferError:
                self._producer.poll(1)
            else:
                return

    def flush(self) -> None:
        """Wait until every record is written."""
        assert self._producer.flush(60) == 0


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """A broker that keeps its data in `folder`."""
    port = free_port()
    with _running("kafka_broker.sh", "kafka-broker", folder, port, KAFKA_CONTROLLER=str(free_port())):
        yield Broker(f"127.0.0.1:{port}")


@contextmanager
def running_service(folder: Path) -> Iterator[str]:
    """The service that reads Kafka for a stream; yields its address."""
    port = free_port()
    with _running("kafka_service.sh", "kafka-io", folder, port):
        yield f"127.0.0.1:{port}"


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(script: str, jars: str, folder: Path, port: int, **more: str) -> Iterator[None]:
    if not shutil.which("java") or not (ROOT / ".tools" / jars).is_dir():
        pytest.skip(f"there is no Java, or no .tools/{jars}: scripts/test_tools.sh installs them")
    environment = os.environ | {"KAFKA_PORT": str(port), "KAFKA_FOLDER": str(folder)} | more

    def call(what: str) -> None:
        path = str(ROOT / "scripts" / "services" / script)
        done = subprocess.run([path, what], env=environment, capture_output=True, text=True, timeout=150, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    call("up")
    try:
        yield
    finally:
        call("down")
