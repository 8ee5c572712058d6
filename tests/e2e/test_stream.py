"""`corpusgate stream` as people run it, on Prism: a folder, an inbox, an approval, kills, a stop and a start."""

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.provenance import inbox_uri
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.domain.submissions.submissions import Draft
from pipeline.reports.served import verified_documents
from pipeline.runs.refresh import refresh
from pipeline.search.answers import search_as
from pipeline.workspace import Workspace
from scripts.drills.stream import command_of
from scripts.streaming import Stream, arrive
from tests.support.approved import approve_source
from tests.support.callers import person, token
from tests.support.engines import needs_prism
from tests.support.flink_cluster import until
from tests.support.trial import tree

pytestmark = pytest.mark.slow

RITA, OLGA = person("rita", Role.REVIEWER), person("olga", Role.OWNER)
LEAK = "database password: " + "".join(["Tr0ub4dor", "&3xK9", "!qLw7Zp"])  # in pieces, so that no scanner minds


@pytest.fixture(scope="module", autouse=True)
def _prism() -> None:
    needs_prism()


class Streamed:
    """A home with a folder and an inbox, and the stream on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.notes = folder / "home", folder / "notes"
        self.notes.mkdir()
        self.workspace = Workspace(self.folder)
        self.workspace.create()
        token(self.workspace, "ada", Role.READER, groups=("staff",), clearance=Classification.INTERNAL)
        for name, uri in (("notes", str(self.notes)), ("inbox", inbox_uri("inbox"))):
            self._register(name, uri)
        self.stream = self.start()

    def _register(self, name: str, uri: str) -> None:
        approve_source(self.workspace, name, uri, owner="user:olga")

    def start(self) -> Stream:
        self.stream = Stream(self.folder, "--window", "2", "--poll", "0.5", "--runner", "prism")
        return self.stream

    def served(self) -> set[str]:
        current = self.workspace.ledger.current_generation()
        return set() if current is None else {one.doc_id for one in verified_documents(self.workspace, current)}

    def verdicts(self, doc_id: str) -> list[Action]:
        seen = self.workspace.ledger.last_seen([doc_id]).get(doc_id)
        if seen is None:
            return []
        versions = self.workspace.ledger.document_history(doc_id).versions
        return [one.verdict.action for version in versions for one in version.verdicts]

    def graph(self) -> int:
        return next(pid for pid in tree(self.stream.process.pid) if b"pipeline.runs.stream" in command_of(pid))


def text(about: str) -> bytes:
    return f"# {about}\n\nThis note explains {about} in every season of the year.\n".encode()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streamed]:
    made = Streamed(tmp_path_factory.mktemp("streamed"))
    yield made
    made.stream.kill()
    made.workspace.close()


def test_what_arrives_is_found_and_what_must_not_be_served_is_not(home: Streamed) -> None:
    arrive(home.notes, "lamps.md", text("how lamps are serviced"))
    arrive(home.notes, "leak.md", LEAK.encode())
    home.stream.wait_until(lambda: home.verdicts("notes:leak.md") == [Action.QUARANTINE], "a verdict on the leak")
    home.stream.wait_until(lambda: "notes:lamps.md" in home.served(), "serving the note")
    assert "notes:leak.md" not in home.served()
    found = search_as(home.workspace, "ada", "How are lamps serviced?", 5)
    assert found[0].document == "notes:lamps.md"


def test_a_submission_is_taken_in_without_anybody_refreshing(home: Streamed) -> None:
    content = io.BytesIO(text("how kettles are cleaned"))
    taken = home.workspace.submissions.submit(OLGA, Draft(source="inbox", name="kettles.md"), content)
    receipt = taken.receipt.submission_id
    home.stream.wait_until(
        lambda: home.workspace.submissions.receipt(OLGA, receipt).status.value == "indexed", "indexing the submission"
    )


def test_an_approval_flows_in(home: Streamed) -> None:
    home.workspace.sources.narrow_source("notes", "user:paul", "Look at everything for a while.")
    arrive(home.notes, "bridges.md", text("how bridges are painted"))
    home.stream.wait_until(
        lambda: home.verdicts("notes:bridges.md") == [Action.REVIEW], "a verdict of the narrowed source"
    )
    assert "notes:bridges.md" not in home.served()
    item = next(one for one in home.workspace.reviews.list_items(RITA) if one.doc_id == "notes:bridges.md")
    home.workspace.reviews.approve(item.item_id, RITA, "It is right.")
    home.stream.wait_until(lambda: "notes:bridges.md" in home.served(), "publishing what was approved")
    home.workspace.sources.release_source("notes", "user:paul", "It was a test.")


def test_a_killed_worker_is_replaced_and_loses_nothing(home: Streamed) -> None:
    arrive(home.notes, "ropes.md", text("how ropes are knotted"))
    killed = home.graph()
    os.kill(killed, signal.SIGKILL)
    arrive(home.notes, "sails.md", text("how sails are mended"))
    home.stream.wait_until(
        lambda: {"notes:ropes.md", "notes:sails.md"} <= home.served(), "serving what came around the kill"
    )
    assert home.graph() != killed
    assert home.verdicts("notes:ropes.md") == [Action.ADMIT]


def test_a_killed_driver_takes_its_graph_with_it_and_the_next_one_goes_on(home: Streamed) -> None:
    graph = home.graph()
    arrive(home.notes, "oars.md", text("how oars are carved"))
    home.stream.kill()
    until(lambda: command_of(graph) == b"")
    home.start()
    home.stream.wait_until(lambda: "notes:oars.md" in home.served(), "serving what came before the kill")
    assert home.verdicts("notes:lamps.md") == [Action.ADMIT]


def test_a_stop_publishes_what_was_taken_in_and_a_refresh_then_finds_nothing_to_do(home: Streamed) -> None:
    assert home.stream.stop() == 3  # the leak is in quarantine
    served = home.workspace.ledger.current_generation()
    result = refresh(home.workspace)
    assert served is not None
    assert result.generation is not None
    assert (result.generation.digest, result.summary.scanned, result.published) == (served.digest, 0, False)
