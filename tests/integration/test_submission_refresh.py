"""From a submission to an answer: the command line, real files, detectors, model and index, one home for the module."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.identity.roles import Role
from pipeline.domain.submissions.submissions import Draft
from pipeline.runs.refresh import refresh
from pipeline.search.answers import search_as
from pipeline.stores.audit.log import events
from pipeline.submissions.receipts import Receipt
from pipeline.takedown.rollback import rollback
from pipeline.workspace import Workspace
from tests.support.callers import token, token_file
from tests.support.served_home import OPERATOR

pytestmark = pytest.mark.slow

# Joined at run time: a scanner that reads this file must not take it for the real thing.
SECRET = "-".join(["sk", "live", "9fK2mQ7xV4pL8sT3wZ6bN1cR5dY0hJ2e"])


class Desk:
    """A home with an inbox, its owner and a reader."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        self.folder = folder
        self.olga = token_file(self.workspace, "user:olga", Role.OWNER)
        adam = token_file(self.workspace, "user:adam", Role.REVIEWER)
        token(self.workspace, "user:ada", Role.READER, groups=("staff",))
        made = self.run(
            "sources", "add", "desk", "--inbox", "--owner", "people-team", "--classification", "internal",
            "--allow", "group:staff", "--token-file", str(self.olga),
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        assert self.run("sources", "approve", "desk", "--token-file", str(adam)).returncode == 0

    def run(self, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        code = "import sys; sys.argv[0] = 'corpusgate'; from pipeline.cli.main import main; main()"
        command = [sys.executable, "-c", code, "--home", str(self.workspace.home.folder), *words]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=300, check=False)

    def submit(self, name: str, text: str, **fields: Any) -> Receipt:
        who = self.workspace.tokens.identify(self.olga.read_text())
        draft = Draft(source="desk", name=name, **fields)
        return self.workspace.submissions.submit(who, draft, io.BytesIO(text.encode())).receipt

    def follow(self, receipt: Receipt) -> Receipt:
        return self.workspace.submissions.receipt(
            self.workspace.tokens.identify(self.olga.read_text()), receipt.submission_id
        )

    def refresh(self) -> None:
        refresh(self.workspace, ["desk"])

    def found(self, question: str) -> set[str]:
        return {answer.document for answer in search_as(self.workspace, "user:ada", question, 50)}

    def file(self, receipt: Receipt) -> Path:
        (path,) = self.workspace.home.path("inbox/desk").glob(f"{receipt.submission_id}.*")
        return path


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.workspace.database.dispose()


def test_law_01_submissions_pass_the_gate_or_say_why_not(desk: Desk) -> None:
    good = desk.submit("Notice periods.md", "# Notice\n\nTwo weeks of notice in the first year.", title="Notice")
    narrow = desk.submit("Bonus.md", "The bonus rules of the house.", classification="confidential")
    secret = desk.submit("Deploy.md", f"line one\nThe deploy key is {SECRET} as of today.\n")
    impostor = desk.submit("Who.md", "---\nsubmitter: user:grace\n---\nWritten by somebody else.")
    touched = desk.submit("Touched.md", "As submitted.")
    desk.file(touched).write_text("Not as submitted.")
    stray = desk.workspace.home.path("inbox/desk") / "byhand.md"
    stray.write_text("Nobody submitted this.")
    desk.refresh()

    indexed = desk.follow(good)
    assert (indexed.status.value, indexed.generation) == ("indexed", 1)
    assert [step.status.value for step in indexed.history] == ["received", "scanned", "admitted", "indexed"]
    assert indexed.version_id is not None
    provenance = desk.workspace.ledger.version(indexed.version_id).provenance
    assert (provenance.submitter, provenance.owner, provenance.title) == ("user:olga", "people-team", "Notice")
    assert desk.follow(narrow).status.value == "indexed"

    refused = desk.follow(secret)
    assert refused.status.value == "quarantined"
    (finding,) = {finding.line for finding in refused.findings if finding.kind == "secret"}
    assert finding == 2
    assert any("rotate" in finding.fix for finding in refused.findings)
    assert SECRET not in refused.model_dump_json()
    assert refused.fixes
    for kept_out, why in ((impostor, "another submitter"), (touched, "not those that were submitted")):
        receipt = desk.follow(kept_out)
        assert receipt.status.value == "quarantined"
        assert receipt.version_id is not None
        record = desk.workspace.ledger.version(receipt.version_id)
        assert record.provenance.submitter == "user:olga", why
    assert desk.found("notice, bonus, key, submitted") == {good.document, narrow.document}
    with desk.workspace.database.read() as connection:
        assert not [event for event in events(connection) if "byhand" in event.subject]


def test_a_new_version_replaces_the_old_one_and_a_withdrawal_is_no_mass_deletion(desk: Desk) -> None:
    first = desk.submit("Travel.md", "Trains come before planes.")
    desk.refresh()
    second = desk.submit("Travel.md", f"Trains come first. Key: {SECRET}", document=first.document)
    third = None
    desk.refresh()
    assert desk.follow(first).status.value == "indexed", "the old version serves until the new one passes"
    assert desk.follow(second).status.value == "quarantined"
    third = desk.submit("Travel.md", "Trains come first, then coaches.", document=first.document)
    desk.refresh()
    assert desk.follow(third).status.value == "indexed"
    assert desk.follow(first).status.value == desk.follow(second).status.value == "superseded"

    answered = desk.run("submissions", "list", "--json", "--token-file", str(desk.olga))
    documents = {one["document"] for one in json.loads(answered.stdout)}
    for document in documents:
        assert desk.run("submissions", "withdraw", document, "--token-file", str(desk.olga)).returncode == 0
    assert desk.found("trains, notice, bonus") == set(), "withdrawn documents are not served even before the next run"
    result = refresh(desk.workspace, ["desk"])
    assert result.summary.held_deletions == 0, "every document of the inbox is gone, each because its owner said so"
    assert desk.found("trains, notice, bonus") == set()
    assert all(desk.workspace.ledger.document_history(one).deleted_by_run for one in documents)


def test_law_09_an_inbox_whose_files_are_gone_deletes_nothing(desk: Desk, tmp_path: Path) -> None:
    kept = desk.submit("Kept.md", "Lamps are serviced in May.")
    desk.refresh()
    folder = desk.workspace.home.path("inbox/desk")
    away = folder.rename(tmp_path / "away")
    for emptied in (False, True):
        if emptied:
            folder.mkdir()
        result = refresh(desk.workspace, ["desk"])
        assert [listing.source for listing in result.failed_listings] == ["desk"]
        assert desk.found("lamps") == {kept.document}
    folder.rmdir()
    away.rename(folder)
    desk.refresh()
    assert desk.follow(kept).status.value == "indexed"


def test_the_command_line_submits_and_waits_for_the_verdict(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "-oil lamps.md"
    path.write_text("Oil is changed in June.")
    done = desk.run("submit", str(path), "--source", "desk", "--token-file", str(desk.olga), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "received"
    refused = desk.run(
        "submit", "-", "--source", "desk", "--token-file", str(desk.olga), "--now", text=f"The key is {SECRET}."
    )
    assert refused.returncode == 3, refused.stderr
    assert "quarantined" in refused.stdout
    assert "rotate" in refused.stdout
    assert "--document" in refused.stderr, "the way to mend it is a command"
    assert SECRET not in refused.stdout + refused.stderr
    number = json.loads(done.stdout)["submission_id"]
    shown = desk.run("submissions", "show", number, "--token-file", str(desk.olga))
    assert shown.returncode == 0, shown.stderr
    assert "indexed in generation" in shown.stdout
    assert desk.run("submissions", "show", number).returncode == 1
    missing = desk.run("submit", str(tmp_path / "none.md"), "--source", "desk", "--token-file", str(desk.olga))
    assert missing.returncode == 2


KILLED = """
import io, os, signal, sys
from pathlib import Path
from pipeline.domain.submissions.submissions import Draft
from pipeline.stores.submissions import submissions
from pipeline.submissions import inbox, service
from pipeline.workspace import Workspace

class Bytes:
    left = [b"Half of a docu", b"ment. "]
    def read(self, size):
        if not self.left:
            return b""
        if len(self.left) == 1 and sys.argv[3] == "reading":
            os.kill(os.getpid(), signal.SIGKILL)
        return self.left.pop(0)

def killed_after(owner, name):
    original = getattr(owner, name)
    def then_die(*args, **kwargs):
        original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(owner, name, then_die)

if sys.argv[3] == "durable":
    killed_after(inbox.Inbox, "receive")
elif sys.argv[3] == "uncommitted":
    killed_after(submissions, "add")
elif sys.argv[3] == "committed":
    killed_after(service.SubmissionService, "_record")
workspace = Workspace(Path(sys.argv[1]))
who = workspace.tokens.identify(Path(sys.argv[2]).read_text())
draft = Draft(source="desk", name="half.md")
print(workspace.submissions.submit(who, draft, Bytes(), "key-" + sys.argv[4]).receipt.submission_id)
"""


@pytest.mark.parametrize("moment", ["reading", "durable", "uncommitted", "committed"])
def test_law_06_a_submission_killed_at_any_moment_is_made_once(desk: Desk, moment: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}

    def submit(kill: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", KILLED, str(desk.workspace.home.folder), str(desk.olga), kill, moment]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    def on_record() -> list[str]:
        who = desk.workspace.tokens.identify(desk.olga.read_text())
        return [one.submission_id for one in desk.workspace.submissions.list_submissions(who)]

    before = set(on_record())
    assert submit(moment).returncode == -9
    after_crash = set(on_record()) - before
    assert len(after_crash) == (1 if moment == "committed" else 0)
    again = submit("never")
    assert again.returncode == 0, again.stderr
    (made,) = set(on_record()) - before
    assert made == again.stdout.strip()
    assert after_crash <= {made}
    assert desk.workspace.home.path("inbox/desk").joinpath(f"{made}.md").read_text() == "Half of a document. "
    counting, _ = desk.workspace.submissions.snapshot(["desk"])
    assert [one.submission_id for one in counting].count(made) == 1


def test_what_a_rollback_took_off_says_so_until_a_reviewer_has_it(desk: Desk) -> None:
    desk.submit("House.md", "# House\n\nThe house stands at the river.")
    desk.refresh()
    before = desk.workspace.ledger.current_generation()
    assert before is not None
    taken_off = desk.submit("Parking.md", "# Parking\n\nPark behind the house.")
    desk.refresh()
    assert desk.follow(taken_off).status.value == "indexed"

    rollback(desk.workspace, before.number, OPERATOR, "Somebody published what they should not.")

    found = desk.follow(taken_off)
    assert (found.status.value, found.generation) == ("rolled back", None)
    assert found.history[-1].status.value == "rolled back"
    assert not found.status.waits, "nobody has to do anything before the next refresh"
    desk.refresh()
    assert desk.follow(taken_off).status.value == "in review"
