"""A real topic, read by Beam's KafkaIO on Prism, landed, and refreshed like any other source."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import apache_beam as beam
import pytest

from pipeline.domain.documents.documents import Action, DocumentRef
from pipeline.domain.documents.provenance import SourceLimits
from pipeline.domain.documents.records import BAD_VERSION, OTHER_NAME
from pipeline.domain.errors import ConfigError, UsageError
from pipeline.domain.identity.roles import Role
from pipeline.engines.runners import stream_runner
from pipeline.files.landing import Landing
from pipeline.files.spool import Spool
from pipeline.runs.refresh import refresh
from pipeline.runs.streaming.snapshots import SnapshotWriter
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import person
from tests.support.engines import needs_prism
from tests.support.kafka_broker import Broker, running_broker, running_service
from transforms.read_records import ReadRecords

TOPIC = "feed.jsonl"  # so that documents are named as those of a feed file of that name
TEXTS = {
    "leave": "You have thirty days of leave in each year, and may carry five of them over.",
    "notice": "Give notice of three months to the end of a quarter, in writing, to your lead.",
    "travel": "Book trains before planes. The desk for travel answers until six in the evening.",
}
LARGE = 60_000


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_service(tmp_path_factory.mktemp("service")) as address:
        yield address


def a_home(folder: Path, uri: str) -> Workspace:
    workspace = Workspace(folder)
    workspace.create()
    approve_source(workspace, "wire", uri, limits=SourceLimits(max_bytes=20000))
    return workspace


def record(name: str, text: str, version: int | None = None) -> bytes:
    return json.dumps({"id": name, "text": text} | ({} if version is None else {"version": version})).encode()


class Reading:
    """The graph that lands a home's topics, and the references that came out of it."""

    def __init__(self, workspace: Workspace, service: str) -> None:
        needs_prism()
        self._workspace, self._out = workspace, workspace.home.folder / "references.jsonl"
        spool = Spool(workspace.home.path("stream"))
        spool.create()
        snapshots = SnapshotWriter(workspace, spool, (), "run")
        context = snapshots.context()
        snapshots.write()
        settings = workspace.home.settings
        self._settings = settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"service": service})})
        self._context = context

    @contextmanager
    def until(self, done: Callable[[list[DocumentRef]], bool]) -> Iterator[list[DocumentRef]]:
        """Run until that holds of what came out, then stop."""
        self._out.unlink(missing_ok=True)
        engine = stream_runner(self._settings)
        pipeline = beam.Pipeline(runner=engine.runner, options=engine.options)
        out = str(self._out)
        _ = pipeline | ReadRecords(self._context, self._settings.kafka) | "keep" >> beam.Map(_keep, out)
        result = pipeline.run()
        try:
            end = time.monotonic() + 150
            while not done(self.references()):
                assert time.monotonic() < end, [ref.uri for ref in self.references()]
                time.sleep(0.5)
            yield self.references()
        finally:
            result.cancel()

    def references(self) -> list[DocumentRef]:
        lines = self._out.read_text("utf-8").splitlines() if self._out.exists() else []
        return [DocumentRef.model_validate_json(line) for line in lines]


def _keep(ref: DocumentRef, out: str) -> None:
    with Path(out).open("a", encoding="utf-8") as file:
        file.write(ref.model_dump_json() + "\n")


def names(references: list[DocumentRef]) -> set[str]:
    return {ref.uri.removeprefix(f"{TOPIC}#") for ref in references}


@pytest.mark.slow
def test_a_topic_gives_the_same_generation_as_a_feed(
    broker: Broker, service: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    workspace = a_home(tmp_path / "home", broker.topic(TOPIC))
    send = broker.send
    send(TOPIC, b"leave", record("leave", TEXTS["leave"], 7))
    send(TOPIC, b"leave", record("leave", "You have no leave.", 3))  # late
    send(TOPIC, b"notice", record("notice", TEXTS["notice"], 1))
    send(TOPIC, b"notice", record("notice", TEXTS["notice"], 1))  # twice
    send(TOPIC, b"travel", record("travel", "Fly.", 1))
    send(TOPIC, b"travel", record("travel", TEXTS["travel"], 2))
    send(TOPIC, b"gone", record("gone", "Nobody should find this.", 1))
    send(TOPIC, b"gone", None, {"version": b"2"})
    send(TOPIC, b"broken", b'{"id": "broken", "text": "half a')
    send(TOPIC, b"key", record("another", "Whose am I?", 1))
    send(TOPIC, b"unordered", json.dumps({"text": "When am I?", "version": "late"}).encode())
    send(TOPIC, b"large", record("large", "much of the same. " * (LARGE // 18), 1))
    send(TOPIC, None, b"\xff\xfe no text at all")
    broker.flush()

    reading = Reading(workspace, service)
    with reading.until(lambda refs: len(names(refs)) >= 9) as references:
        pass
    assert {"leave", "notice", "travel", "gone", "broken", "large"} < names(references)
    assert {ref.problems for ref in references} >= {(OTHER_NAME,), (BAD_VERSION,), ()}
    assert all(ref.location.startswith(str(workspace.home.path("landed"))) for ref in references)

    landed = refresh(workspace, ["wire"])
    verdicts = {one.doc_id.partition("#")[2]: one.verdict for one in landed.outcomes if one.verdict}
    admitted = {name for name, verdict in verdicts.items() if verdict.action is Action.ADMIT}
    assert admitted == set(TEXTS)
    kept_out = {name: verdict.action for name, verdict in verdicts.items() if name not in TEXTS}
    assert len(kept_out) == 5
    assert set(kept_out.values()) == {Action.QUARANTINE}

    feed = tmp_path_factory.mktemp("feed") / TOPIC
    versions = {"leave": 7, "notice": 1, "travel": 2}
    feed.write_bytes(b"".join(record(name, TEXTS[name], versions[name]) + b"\n" for name in TEXTS))
    other = a_home(tmp_path / "other", str(feed))
    from_feed = refresh(other, ["wire"])
    assert landed.generation is not None
    assert from_feed.generation is not None
    assert landed.generation.digest == from_feed.generation.digest

    # Once more from the first record: everything is there, and a deletion that came since is told.
    send(TOPIC, b"travel", None, {"version": b"3"})
    broker.flush()
    before = {path: path.stat().st_mtime_ns for path in workspace.home.path("landed").rglob("*.record")}
    with Reading(workspace, service).until(lambda refs: any(ref.gone and "travel" in ref.uri for ref in refs)):
        pass
    after = {path: path.stat().st_mtime_ns for path in workspace.home.path("landed").rglob("*.record")}
    assert after == before
    present = names(list(Landing(workspace.home.folder, "wire").present()))
    assert "travel" not in present
    assert {"leave", "notice"} < present
    for one in (workspace, other):
        one.database.dispose()


@pytest.mark.slow
def test_options_of_a_consumer_are_read_from_their_file(broker: Broker, service: str, tmp_path: Path) -> None:
    uri = broker.topic("optioned", partitions=1)
    workspace = a_home(tmp_path / "home", f"{uri}?options=team")
    folder = workspace.home.configs / "kafka"
    folder.mkdir()
    (folder / "team.properties").write_text(f"bootstrap.servers={broker.address}\nsecurity.protocol=PLAINTEXT\n")
    broker.send("optioned", b"one", record("one", "A record."))
    broker.flush()
    with Reading(workspace, service).until(bool) as references:
        assert [ref.uri for ref in references] == ["optioned#one"]
    workspace.database.dispose()


def test_a_service_that_does_not_answer_is_named(tmp_path: Path) -> None:
    workspace = a_home(tmp_path / "home", "kafka://127.0.0.1:9/news")
    with (
        pytest.raises(ConfigError, match="does not answer at 127"),
        Reading(workspace, "127.0.0.1:9").until(bool),
    ):
        pass
    workspace.database.dispose()


def test_a_source_with_a_wrong_address_is_not_registered(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "home")
    workspace.create()
    asked = {
        "name": "wire",
        "uri": "kafka://olga:password@broker:9092/news",
        "owner": "wire-team",
        "classification": "internal",
        "tenant": "default",
        "allow": ("group:staff",),
    }
    with pytest.raises(UsageError, match="no address of a Kafka topic") as refused:
        workspace.registrations.register(person("olga", Role.OWNER), asked)
    assert "password@" not in str(refused.value)
    workspace.registrations.register(person("olga", Role.OWNER), asked | {"uri": "kafka://broker:9092/news"})
    assert workspace.sources.source("wire").is_kafka
    workspace.database.dispose()
