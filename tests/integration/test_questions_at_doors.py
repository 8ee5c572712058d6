"""Thirty questions that people ask, and their answers at every door: command line, REST and pages agree.

A question names a command, a route and a page. The facts that a command and a route answer with must be equal, and
the page shows them.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app as command_line
from pipeline.domain.identity.roles import Role
from pipeline.runs.refresh import refresh
from pipeline.takedown import erase as erasing
from tests.support.approved import approve_source
from tests.support.callers import person, token
from tests.support.web_home import WebHome

pytestmark = pytest.mark.slow

Facts = set[Any]
Take = Callable[[Any], Facts]
GONE, KEPT_OUT, SERVED, WAITS, TAKEN, MOVED = (
    f"papers:{name}" for name in ("gone.md", "key.md", "ferry.md", "board.md", "wrong.md", "moved.md")
)
ERASED, FEED = "papers:erased.md", "feeds"


def each(*names: str) -> Take:
    """The values of fields of every row, wherever the rows are."""

    def take(answer: Any) -> Facts:
        rows = answer.get("items", answer.get("rows", answer)) if isinstance(answer, dict) else answer
        rows = rows if isinstance(rows, list) else [rows]
        return {tuple(_at(row, name) for name in names) for row in rows}

    return take


def _at(row: Any, name: str) -> Any:
    for part in name.split("."):
        row = row.get(part) if isinstance(row, dict) else row
    return tuple(row) if isinstance(row, list) else row


def backups(answer: Any) -> Facts:
    return {backup["digest"] for backup in answer["backups"]}


@dataclass(frozen=True)
class Question:
    """A question, where each door answers it, and the facts in the answers."""

    asks: str
    command: tuple[str, ...]
    route: str
    page: str
    take: Take
    take_rest: Take | None = None
    on_page: Callable[[Facts], set[str]] = lambda facts: {str(fact[0]) for fact in facts}
    """The words of each fact that a page shows."""
    empty: bool = False
    """Nothing is of this kind in the home of this test."""


def words(*of: int) -> Callable[[Facts], set[str]]:
    return lambda facts: {str(fact[number]) for fact in facts for number in of if fact[number]}


def counted(answer: Any) -> Facts:
    rows = answer.get("items", answer) if isinstance(answer, dict) else answer
    return {(row["value"], row["documents"]) for row in rows}


def versions(answer: Any) -> Facts:
    """Versions, verdicts and rules of the record of a document, the state and the obstacles."""
    history = answer.get("history", answer)
    verdicts = [
        (one["version_id"], verdict["verdict"]["action"], tuple(verdict["verdict"]["rule_ids"]))
        for one in history["versions"]
        for verdict in one["verdicts"]
    ]
    return {*verdicts, ("state", answer["state"]), *(("obstacle", one) for one in answer["obstacles"])}


def decided(answer: Any) -> Facts:
    history = answer.get("history", answer)
    return {
        (decision["person"], decision["decision"])
        for one in history["versions"]
        for item in one["reviews"]
        for decision in item["decisions"]
    }


def found(answer: Any) -> Facts:
    history = answer.get("history", answer)
    return {
        (one["entity"], one["severity"], one["line"]) for one in history["versions"][-1]["verdicts"][-1]["findings"]
    }


def older_names(answer: Any) -> Facts:
    return {(one["doc_id"],) for one in answer["served_as"]}


def in_generations(answer: Any) -> Facts:
    return {(number,) for number in answer["generations"]}


def listed(answer: Any) -> Facts:
    rows = answer.get("items", answer.get("document_list", answer.get("documents", answer)))
    return {(row["doc_id"],) for row in rows}


def readers(answer: Any) -> Facts:
    return {(one["principal"], one["searches"]) for one in answer["readers"]}


def served_when(answer: Any) -> Facts:
    return {(one["doc_id"], part["version_id"], tuple(part["generations"])) for one in answer["listed"]
            for part in one["served"]}  # fmt: skip


def received(answer: Any) -> Facts:
    return {(one["principal"], one["answers"]) for one in answer["received"]}


def unread(answer: Any) -> Facts:
    rows = answer.get("items", answer) if isinstance(answer, dict) and "items" in answer else answer
    rows = rows if isinstance(rows, list) else [rows]
    return {(row["name"], tuple(one["name"] for one in row["unread"])) for row in rows}


def retrievable(answer: Any) -> Facts:
    return {(one["doc_id"], one["served"]) if "served" in one else (one["doc_id"],) for one in answer["rows"]}


def frameworks(answer: Any) -> Facts:
    return {(one["title"],) for one in answer["coverage"]}


def signals(answer: Any) -> Facts:
    return {(one["signal"], one["what"]) for one in answer["escalations"]}


def windows(answer: Any) -> Facts:
    return {(str(one["figures"]["documents"]), one["start"], one["normal"]) for one in answer["windows"]}


def names_in_source(facts: Facts) -> set[str]:
    """Names without the source, which stands next to them."""
    return {fact[0].partition(":")[2] for fact in facts}


def nothing(_: Facts) -> set[str]:
    """A page answers in other words, which its own tests read."""
    return set()


RECORD = "/documents/record?id="
QUESTIONS = (
    Question("What does the corpus hold, and is it served?", ("documents",), "/v1/documents?limit=500", "/documents",
             each("doc_id", "action", "served")),
    Question("Which states of the index are there?", ("generations", "list"), "/v1/generations", "/generations",
             each("number", "digest", "documents")),
    Question("What does the served generation hold?", ("generations", "show", "2"), "/v1/generations/2/documents",
             "/documents", listed),
    Question("Which generations hold this document?", ("explain", SERVED), f"/v1/documents/{SERVED}",
             RECORD + SERVED, in_generations),
    Question("Why is this document kept out?", ("explain", KEPT_OUT), f"/v1/documents/{KEPT_OUT}",
             RECORD + KEPT_OUT, versions, on_page=lambda _: {"quarantine", "live-secret"}),
    Question("Why is this document no longer served?", ("explain", TAKEN), f"/v1/documents/{TAKEN}",
             RECORD + TAKEN, versions, on_page=lambda _: {"It was revoked"}),
    Question("What was found in it?", ("explain", KEPT_OUT), f"/v1/documents/{KEPT_OUT}", RECORD + KEPT_OUT,
             found, on_page=nothing),
    Question("Which name did it have before?", ("explain", MOVED), f"/v1/documents/{MOVED}", RECORD + MOVED,
             older_names),
    Question("Who approved it?", ("explain", WAITS), f"/v1/documents/{WAITS}", RECORD + WAITS, decided),
    Question("What is in quarantine?", ("quarantine", "list"), "/v1/quarantine", "/quarantine",
             each("doc_id", "rules", "since", "waiver"), on_page=names_in_source),
    Question("How many documents does each rule decide?", ("documents", "--count-by", "rule"),
             "/v1/findings/counts?by=rule", "/findings?by=rule", counted),
    Question("Which findings are secrets?", ("findings", "--kind", "secret"), "/v1/findings?kind=secret",
             "/findings?kind=secret", each("doc_id", "entity", "line", "waived")),
    Question("What failed to be scanned?", ("findings", "--kind", "scan_failed"), "/v1/findings?kind=scan_failed",
             "/findings?kind=scan_failed", each("doc_id", "detector")),
    Question("What waits for review?", ("review", "list"), "/v1/reviews", "/review", each("doc_id", "rule_ids"),
             take_rest=each("item.doc_id", "item.rule_ids"), on_page=names_in_source),
    Question("Which questions wait for an answer?", ("review", "questions"), "/v1/reviews/questions", "/submissions",
             each("doc_id"), take_rest=each("doc_id"), empty=True),
    Question("Which generations wait for a person?", ("generations", "held"), "/v1/generations/held", "/review/held",
             each("digest"), empty=True),
    Question("Which waivers stand, and when do they expire?", ("waivers", "list"), "/v1/waivers", "/review/waivers",
             each("waiver_id", "state", "expires_at"), on_page=nothing),
    Question("What was taken down?", ("revocations", "list"), "/v1/revocations", RECORD + TAKEN,
             each("subject", "revoked_by", "reason"), on_page=words(1, 2)),
    Question("What was erased?", ("erase", "list"), "/v1/erasures", "/audit?action=erasure",
             each("doc_id", "state", "erased_by"), on_page=words(0, 2)),
    Question("Who may read it?", ("principals", "readers", SERVED), f"/v1/principals/readers?document={SERVED}",
             RECORD + SERVED, readers, on_page=lambda _: {"group:staff"}),
    Question("When was it served, and in which generations?", ("exposure", TAKEN),
             f"/v1/exposure/document/{TAKEN}", f"/exposure?kind=document&subject={TAKEN}", served_when),
    Question("Who received it?", ("exposure", SERVED), f"/v1/exposure/document/{SERVED}",
             f"/exposure?kind=document&subject={SERVED}", received),
    Question("Who asked, and what did they get?", ("retrievals", "list"), "/v1/retrievals",
             f"/exposure?kind=document&subject={SERVED}", each("principal", "generation"), on_page=words(0)),
    Question("What ran, and how did it end?", ("runs", "list"), "/v1/runs", "/runs",
             each("run.run_id", "run.state", "generation")),
    Question("What did the last run change?", ("runs", "show", "RUN"), "/v1/runs/RUN/documents", "/runs/RUN", listed),
    Question("Which sources are there, and are they trusted?", ("sources", "list"), "/v1/sources", "/sources",
             each("name", "state", "owner")),
    Question("Which parts of a source could not be read?", ("sources", "list"), "/v1/sources", "/sources", unread),
    Question("What of this source could not be read?", ("sources", "show", FEED), f"/v1/sources/{FEED}",
             f"/sources/{FEED}", unread),
    Question("When is this source read next?", ("sources", "show", FEED), f"/v1/sources/{FEED}", f"/sources/{FEED}",
             each("next_refresh")),
    Question("What did this source bring lately, and is that usual?", ("sources", "rates", FEED),
             f"/v1/sources/{FEED}/rates", f"/sources/{FEED}", windows, on_page=words(0)),
    Question("Who may ask, and who holds which role?", ("principals", "list"), "/v1/principals?limit=500",
             "/exposure", each("name", "clearance"), on_page=nothing),
    Question("What was submitted?", ("submissions", "list"), "/v1/submissions", "/submissions",
             each("submission_id"), on_page=nothing, empty=True),
    Question("Which keys sign, and are they trusted?", ("keys", "list"), "/v1/keys", "/generations",
             each("key", "state"), take_rest=each("key_id", "state"), on_page=nothing),
    Question("Which control is met, and by what?", ("controls",), "/v1/controls", "/controls", frameworks),
    Question("When was each bad day rehearsed?", ("drill", "list"), "/v1/drills", "/drills", each("drill", "state")),
    Question("Which backups were made?", ("backup", "list"), "/v1/backups", "/backups", backups, on_page=nothing,
             empty=True),
    Question("What needs a person this week?", ("report",), "/v1/report", "/report", signals, on_page=words(1)),
)  # fmt: skip


class Doors:
    """A home with a history, and one person who may see all of it at every door."""

    def __init__(self, folder: Path) -> None:
        self.home = WebHome(folder / "home")
        workspace = self.workspace = self.home.workspace
        papers = folder / "papers"
        papers.mkdir()
        feeds = folder / "feeds"
        feeds.mkdir()
        texts = {
            "ferry.md": "The ferry leaves at nine and comes home at six.",
            "leave.md": "Everyone has thirty days of leave a year, and asks for them two weeks ahead.",
            "wrong.md": "The old price of a ticket was four crowns, and nobody pays it any more.",
            "erased.md": "The keeper of the northern lamp lives above the boat shed.",
            "gone.md": "The winter timetable ends with the last frost of the year.",
            "key.md": f"Deploy with aws_access_key_id = {'AKIA' + 'QYLPMN5HFIQR7XYA'} from the build machine.",
            "board.md": "---\nclassification: restricted\n---\nThe board meets on the second Monday.",
        }
        for name, text in texts.items():
            (papers / name).write_text(f"{text}\n")
        (papers / "broken.docx").write_bytes(b"PK\x03\x04 not an archive")
        (feeds / "good.jsonl").write_text('{"id": "a", "text": "A ticket about chairs."}\n')
        (feeds / "bad.jsonl").write_bytes(b'{"id": "b", "text": "' + b"a" * 100)
        approve_source(workspace, "papers", papers)
        approve_source(workspace, FEED, feeds)
        refresh(workspace, ["papers", FEED])
        (papers / "leave.md").rename(papers / "moved.md")
        (papers / "gone.md").unlink()
        self.run = refresh(workspace, ["papers", FEED]).summary.run_id
        self.token = token(workspace, "user:kim", *Role, groups=("group:staff",))
        other = token(workspace, "user:lee", *Role, groups=("group:staff",))
        self.client = self.home.client(self.token)
        lee = self.home.client(other)
        (row,) = self.client.get("/v1/reviews").json()["rows"]
        said = lee.post(f"/v1/reviews/{row['item']['item_id']}/approve", json={"reason": "It is right."})
        assert said.status_code == 200, said.text
        waived = self.client.post(
            "/v1/waivers", json={"document": KEPT_OUT, "findings": [1], "days": 9, "reason": "A sample."}
        )
        assert waived.status_code == 201, waived.text
        assert lee.post(f"/v1/waivers/{waived.json()['waiver_id']}/approve").status_code == 200
        stopped = {"kind": "document", "subject": TAKEN, "reason": "It is outdated."}
        assert self.client.post("/v1/revocations", json=stopped).status_code == 201
        asked = self.client.post("/v1/search", json={"question": "When does the ferry leave?"}).json()
        assert SERVED in json.dumps(asked["answers"])
        erasing.erase(workspace, ERASED, person("user:kim", Role.OPERATOR), "Its subject asked.")
        workspace.retrievals.load()
        self.browser = self.home.browser(self.token)

    def command(self, *words: str) -> Any:
        folder = str(self.workspace.home.folder)
        words = tuple(self.run if word == "RUN" else word for word in words)
        done = CliRunner().invoke(
            command_line, ["--home", folder, *words, "--json"], env={"CORPUSGATE_TOKEN": self.token}
        )
        assert done.exit_code in (0, 3), done.output
        return json.loads(done.stdout)

    def rest(self, path: str) -> Any:
        answer = self.client.get(path.replace("RUN", self.run))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def page(self, path: str) -> str:
        answer = self.browser.get(path.replace("RUN", self.run))
        assert answer.status_code == 200, answer.text
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    made = Doors(tmp_path_factory.mktemp("doors"))
    yield made
    made.home.close()


def test_there_are_thirty_questions() -> None:
    assert len({question.asks for question in QUESTIONS}) == len(QUESTIONS) >= 30


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.asks)
def test_the_doors_agree(doors: Doors, question: Question) -> None:
    said = question.take(doors.command(*question.command))
    told = (question.take_rest or question.take)(doors.rest(question.route))
    assert said == told
    assert bool(said) is not question.empty
    shown = doors.page(question.page)
    assert {word for word in question.on_page(said) if word not in shown} == set()
