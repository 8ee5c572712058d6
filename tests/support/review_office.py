"""A home where two documents wait for a reviewer, behind its application, with people in each role."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi.testclient import TestClient

from pipeline.domain.documents.documents import Action, Impact
from pipeline.domain.findings.findings import Finding, FindingKind, Severity
from pipeline.domain.identity.roles import Role
from pipeline.files.texts import TextStore
from pipeline.web.app import create_app
from pipeline.workspace import Workspace
from tests.support.callers import token
from tests.support.ledger_samples import approved_source, outcome, run

EMAIL = "greta@farmost-paper.com"
TEXT = f"# Storm duty\n\nThe signal is hoisted by {EMAIL} at dusk.\n"


class Office:
    """A home where two documents wait, behind its application."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace(folder / "home")
        self.workspace.create()
        approved_source(self.workspace.database)
        start = TEXT.index(EMAIL)
        finding = Finding(
            kind=FindingKind.PII, detector="pii.email", entity="EMAIL_ADDRESS", severity=Severity.MEDIUM,
            confidence=0.9, start=start, end=start + len(EMAIL), line=3, fingerprint="0" * 32, preview="",
        )  # fmt: skip
        texts = TextStore(self.workspace.home.path("texts"))
        waiting = [
            outcome(name, action=Action.REVIEW, findings=(finding,), impact=Impact(score=score)).model_copy(
                update={"text_digest": texts.put(TEXT)}
            )
            for name, score in (("a.md", 10), ("b.md", 90))
        ]
        run(self.workspace.database, "run-1", *waiting)
        roles = {
            "adam": Role.REVIEWER,
            "eve": Role.REVIEWER,
            "olga": Role.OWNER,
            "ops": Role.OPERATOR,
            "ada": Role.READER,
        }
        self.tokens = {name: token(self.workspace, f"user:{name}", role) for name, role in roles.items()}
        self.client = TestClient(create_app(self.workspace), base_url="http://localhost")

    def call(self, method: str, path: str = "", by: str = "adam", **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.tokens[by]}"}
        return self.client.request(method, f"/v1/reviews{path}", headers=headers, **more)

    def items(self) -> list[str]:
        return [row["item"]["item_id"] for row in self.call("GET").json()["rows"]]


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    """An office in a new home, closed again."""
    made = Office(folder)
    try:
        yield made
    finally:
        made.client.close()
        made.workspace.database.dispose()
