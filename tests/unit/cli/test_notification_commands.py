"""`corpusgate notifications` in a real home, with a real receiver."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.domain.errors import CorpusgateError, NotFound
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.workspace import Workspace
from tests.support.receivers import Receiver, running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running() as server:
        yield server


@pytest.fixture
def workspace(tmp_path: Path, receiver: Receiver) -> Iterator[Workspace]:
    made = Workspace(tmp_path / "home")
    made.create()
    (made.home.keys / "hook").write_text("a secret\n")
    settings = made.home.configs / "corpusgate.yaml"
    where = f"http://127.0.0.1:{receiver.port}"
    hook = (
        "{{name: {0}, role: owner, digest_minutes: 0, "
        "webhook: {{url: '{1}/{2}', secret: {{file: keys/hook}}, allow_loopback: true}}}}"
    )
    channels = ", ".join([hook.format("works", where, 204), hook.format("ends", where, 410)])
    settings.write_text(settings.read_text().replace("channels: []", f"channels: [{channels}]"))
    yield made
    made.database.dispose()


def run(workspace: Workspace, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["--home", str(workspace.home.folder), "notifications", *words])
    if isinstance(result.exception, CorpusgateError):
        raise result.exception
    return result.exit_code, result.output


def test_deliver_list_retry_and_test(workspace: Workspace, receiver: Receiver) -> None:
    assert run(workspace, "test", "works")[0] == 0
    with pytest.raises(CorpusgateError, match="status-410"):
        run(workspace, "test", "ends")
    with audit_log.audited(workspace.database) as connection:
        at = workspace.database.now(connection)
        audit_log.append(connection, at, [AuditEntry("service:corpusgate", "document.quarantine", "desk:x.md")])
    code, said = run(workspace, "deliver", "--json")
    assert code == 1
    assert json.loads(said) == {"noted": 1, "bundled": 2, "delivered": 1, "failed": 0, "dead": 1}
    (dead,) = json.loads(run(workspace, "list", "--state", "dead", "--json")[1])
    assert (dead["channel"], dead["reason_code"]) == ("ends", "status-410")
    assert run(workspace, "retry", "--all")[0] == 0
    before = len(receiver.seen)
    assert run(workspace, "deliver")[0] == 1
    assert [path for path, _, _ in receiver.seen[before:]] == ["/410"]
    assert "desk:x.md" not in run(workspace, "list")[1]
    with pytest.raises(NotFound):
        run(workspace, "retry", "nothing")
