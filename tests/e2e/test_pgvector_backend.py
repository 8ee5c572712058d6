"""The whole way with Postgres alone: ledger and vectors in one real database, every step by the command line."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from pipeline.cli.main import app
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Role
from pipeline.index.pgvector.copy import PgvectorCopy
from pipeline.index.pgvector.searcher import PgvectorSearcher
from pipeline.settings.principals import PrincipalSettings
from pipeline.workspace import Workspace
from tests.support.approved import approve_source
from tests.support.callers import token
from tests.support.pgvector_samples import LOADER, READER, as_role

pytestmark = pytest.mark.slow

QUESTION = "how long do we keep invoices"


class Home:
    """A home served from Postgres, and the command line in it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url, self.data = folder / "home", url, folder / "data"
        self.environment = {
            "CORPUSGATE_HOME": str(self.folder),
            "CORPUSGATE_DATABASE_PASSWORD": "of the loader",
            "CORPUSGATE_READER_PASSWORD": "p@ss/word",
        }
        self.workspace = Workspace(self.folder)
        self.workspace.home.create()
        loader, reader = (as_role(url, role).replace(":@", ":${PASSWORD}@", 1) for role in (LOADER, READER))
        config = self.folder / "configs" / "corpusgate.yaml"
        written = config.read_text().replace("sqlite:///corpusgate.db", url)
        served = f"  backend: pgvector\n  pgvector:\n    url: {loader}\n    reader_url: {reader}\n"
        config.write_text(written.replace("  backend: faiss\n", served))
        self.run("init", str(self.folder))
        self.workspace.principals.add(
            PrincipalSettings(name="ada", groups=("hr",), clearance=Classification.RESTRICTED)
        )
        self.workspace.principals.add(PrincipalSettings(name="bob", clearance=Classification.INTERNAL))
        self.operator = token(self.workspace, "user:olga", Role.OPERATOR)
        self.register("handbook", "group:everyone")
        self.register("people", "group:hr")

    def register(self, name: str, allow: str) -> None:
        folder = self.data / name
        folder.mkdir(parents=True)
        approve_source(self.workspace, name, folder, allow=(allow,))

    def run(self, *words: str, **more: str) -> str:
        with pytest.MonkeyPatch.context() as patch:
            # One workspace for every command: its model is loaded once and its connections are closed at the end.
            patch.setattr("pipeline.cli.main.Workspace", lambda _: self.workspace)
            patch.setattr("pipeline.cli.home.Workspace", lambda _: self.workspace, raising=False)
            done = CliRunner().invoke(app, words, env=self.environment | more, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    def close(self) -> None:
        self.workspace.database.dispose()
        for opened in (self.workspace.searcher, self.workspace.serving_copy):
            if isinstance(opened, PgvectorSearcher | PgvectorCopy):
                opened.dispose()

    def finds(self, name: str) -> set[str]:
        answers: Any = json.loads(self.run("search", QUESTION, "--as", name, "--json"))
        return {answer["document"] for answer in answers}


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, vector_databases: Callable[[], AbstractContextManager[str]]
) -> Iterator[Home]:
    with vector_databases() as url:
        made = Home(tmp_path_factory.mktemp("pgvector"), url)
        (made.data / "handbook" / "invoices.md").write_text("# Invoices\n\nWe keep every invoice for ten years.\n")
        (made.data / "people" / "salaries.md").write_text("# Salaries\n\nInvoices for salaries are kept by payroll.\n")
        made.run("refresh")
        yield made
        made.close()


def test_a_refresh_serves_from_postgres_and_every_part_holds(home: Home) -> None:
    assert home.finds("ada") == {"handbook:invoices.md", "people:salaries.md"}
    assert home.finds("bob") == {"handbook:invoices.md"}
    checks = json.loads(home.run("doctor", "--json"))
    (backend,) = (check for check in checks if check["name"] == "backend")
    assert backend["fine"]
    assert "every row is as signed" in backend["says"]
    with psycopg.connect(home.url) as admin:
        assert admin.execute("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^corpusgate_'").fetchone() == (1,)


def test_law_10_what_is_revoked_is_silent_at_once_and_gone_from_postgres_after_the_next_refresh(home: Home) -> None:
    home.run("revoke", "document", "people:salaries.md", "--reason", "wrong", CORPUSGATE_TOKEN=home.operator)
    assert home.finds("ada") == {"handbook:invoices.md"}
    (home.data / "handbook" / "cats.md").write_text("# Cats\n\nThe office cat sleeps on old invoices.\n")
    home.run("refresh")
    assert home.finds("bob") == {"handbook:invoices.md", "handbook:cats.md"}
    schema = "corpusgate_" + home.workspace.binding().model_digest[:12]
    with psycopg.connect(home.url) as admin:
        documents = admin.execute(f"SELECT doc_id FROM {schema}.placements ORDER BY 1".encode()).fetchall()
    assert documents == [("handbook:cats.md",), ("handbook:invoices.md",)]
