"""The server's rounds: people are told while it serves, and a failing ledger does not end the rounds."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.errors import LedgerError
from pipeline.notifications.deliver import Round
from pipeline.stores.audit import log as audit_log
from pipeline.stores.audit.log import AuditEntry
from pipeline.web.serving.notification_loop import telling
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
    made.database.dispose()
    (made.home.keys / "hook").write_text("a secret\n")
    settings = made.home.configs / "corpusgate.yaml"
    hook = f"{{url: 'http://127.0.0.1:{receiver.port}/204', secret: {{file: keys/hook}}, allow_loopback: true}}"
    channel = f"{{name: owners, role: owner, digest_minutes: 0, webhook: {hook}}}"
    settings.write_text(settings.read_text().replace("channels: []", f"channels: [{channel}]"))
    opened = Workspace(tmp_path / "home")  # settings are read once
    yield opened
    opened.database.dispose()


def test_people_are_told_while_the_server_runs(
    workspace: Workspace, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, failures = workspace.notifications, iter([True])
    deliver = service.deliver

    def failing_once(budget_seconds: float) -> Round:
        if next(failures, False):
            raise LedgerError("The ledger database refused a statement.")
        return deliver(budget_seconds)

    monkeypatch.setattr(service, "deliver", failing_once)

    async def serving() -> None:
        async with telling(workspace, seconds_between=0.02):
            with audit_log.audited(workspace.database) as connection:
                at = workspace.database.now(connection)
                audit_log.append(connection, at, [AuditEntry("service:x", "document.quarantine", "desk:x.md")])
            for _ in range(500):
                if receiver.seen:
                    return
                await asyncio.sleep(0.02)

    asyncio.run(serving())
    assert [path for path, _, _ in receiver.seen] == ["/204"]


def test_without_channels_nothing_runs(tmp_path: Path) -> None:
    made = Workspace(tmp_path / "home")
    made.create()

    async def serving() -> int:
        async with telling(made):
            return len(asyncio.all_tasks())

    assert asyncio.run(serving()) == 1
    made.database.dispose()
