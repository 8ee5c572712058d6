"""What somebody with the reader's role and a SQL prompt can see: nothing the policies do not show (law 2)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pipeline.domain.errors import ConfigError, IntegrityError, VectorStoreError
from pipeline.domain.identity.permissions import Principal, permits
from pipeline.index.pgvector import schema as tables
from pipeline.index.pgvector.rights import examine_rights
from pipeline.index.pgvector.searcher import PgvectorSearcher
from tests.support.index_samples import BOARD, EVERYONE, Doc, person, rule
from tests.support.pgvector_samples import LOADER, READER, PgvectorWorld, as_role

TEA = Doc("tea.md", ("Tea is served at four.", "Milk goes in first."))
PLANS = Doc("plans.md", ("The board meets in May.", "Nobody else may know.", "Not even now."), BOARD)
OTHER = Doc("other.md", ("Another tenant's tea.",), rule("group:everyone", tenant="other"))
DENIED = Doc("denied.md", ("Not for Bob.",), rule("group:everyone", deny=["user:bob"]))
SECRET = Doc("secret.md", ("Cleared people only.",), rule("group:everyone", classification="restricted"))
NOBODY = Doc("nobody.md", ("Nobody may read this.",), rule())
ALL = [TEA, PLANS, OTHER, DENIED, SECRET, NOBODY]
NOW = datetime.now(UTC)
BOB = person("bob")


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, vector_databases: Callable[[], AbstractContextManager[str]]
) -> Iterator[PgvectorWorld]:
    with vector_databases() as url:
        made = PgvectorWorld(tmp_path_factory.mktemp("rows"), url=url)
        made.publish(ALL)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("ANALYZE")
        yield made


class Prompt:
    """A SQL prompt under a role, in one transaction that says who asks."""

    def __init__(self, world: PgvectorWorld, connection: psycopg.Connection[Any]) -> None:
        self.world, self.connection = world, connection
        assert world.current is not None
        self.schema = tables.schema_name(world.current.model_digest)

    def be(self, principal: Principal, generation: int = 1) -> None:
        labels = "\n".join(sorted(principal.labels))
        who = (principal.tenant, str(principal.clearance.rank), labels, str(generation))
        self.connection.execute(tables.PIN, who)

    def ask(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        written = statement.replace("{s}", self.schema)
        return self.connection.execute(written.encode(), values).fetchall()


@pytest.fixture
def prompt(world: PgvectorWorld) -> Iterator[Prompt]:
    with psycopg.connect(as_role(world.url, READER)) as connection:
        yield Prompt(world, connection)
        connection.rollback()


COUNTS = [f"SELECT count(*) FROM {{s}}.{table}" for table in tables.TABLES]


@pytest.mark.parametrize("count", COUNTS)
def test_law_02_who_says_nothing_sees_nothing(prompt: Prompt, count: str) -> None:
    assert prompt.ask(count) == [(0,)]


@pytest.mark.parametrize("value", ["", None])
@pytest.mark.parametrize("table", ["access", "counts", "placements", "chunks"])
@pytest.mark.parametrize("setting", [tables.TENANT, tables.CLEARANCE, tables.LABELS, tables.GENERATION])
def test_law_02_a_setting_that_is_missing_or_empty_denies(
    prompt: Prompt, setting: str, table: str, value: str | None
) -> None:
    if value is None:
        who = {tables.TENANT: "default", tables.CLEARANCE: "1", tables.LABELS: "group:everyone", tables.GENERATION: "1"}
        for name in who.keys() - {setting}:
            prompt.ask("SELECT set_config(%s, %s, true)", name, who[name])
    else:
        prompt.be(BOB)
        prompt.ask("SELECT set_config(%s, %s, true)", setting, value)
    # Rules belong to no generation: they are the one thing that may be seen without naming one.
    expected = 1 if (table, setting) == ("access", tables.GENERATION) else 0
    seen = prompt.ask(f"SELECT count(*) FROM {{s}}.{table}")[0][0]
    assert min(seen, 1) == expected


def test_law_02_only_permitted_rows_are_counted(prompt: Prompt) -> None:
    prompt.be(BOB)
    assert prompt.ask("SELECT count(*) FROM {s}.chunks") == [(2,)]
    assert prompt.ask("SELECT doc_id FROM {s}.placements") == [(TEA.doc_id,)]
    assert prompt.ask("SELECT sum(chunks) FROM {s}.counts") == [(2,)]


def test_law_02_rules_of_others_are_not_listed(prompt: Prompt) -> None:
    prompt.be(BOB)
    assert prompt.ask("SELECT access_id FROM {s}.access") == [(EVERYONE.access_id,)]


@pytest.mark.parametrize("generation", [0, 2, 2**31 - 1])
def test_law_06_another_generation_shows_nothing(prompt: Prompt, generation: int) -> None:
    prompt.be(BOB, generation)
    for table in ("generations", "counts"):
        assert prompt.ask(f"SELECT count(*) FROM {{s}}.{table}") == [(0,)]


LEAKS = [
    "SELECT 1 / (strpos(convert_from(text, 'UTF8'), 'board') - 5) FROM {s}.chunks",
    "SELECT convert_from(text, 'UTF8')::integer FROM {s}.chunks WHERE convert_from(text, 'UTF8') LIKE '%%board%%'",
    "SELECT doc_id::integer FROM {s}.placements WHERE doc_id LIKE '%%plans%%'",
    "SELECT tenant::integer FROM {s}.access WHERE tenant = 'other'",
]


@pytest.mark.parametrize("leak", LEAKS)
def test_law_02_a_function_that_fails_on_hidden_rows_never_meets_them(prompt: Prompt, leak: str) -> None:
    prompt.be(BOB)
    rows = prompt.ask(leak)  # any hidden row would raise: division by zero or a bad cast
    assert len(rows) == (2 if "strpos" in leak else 0)


def test_law_02_the_reader_can_bring_no_function_of_its_own(prompt: Prompt) -> None:
    """A function as cheap as it likes to call itself could be shown rows before a policy is: so there is none."""
    assert prompt.ask("SELECT has_database_privilege(current_database(), 'TEMPORARY, CREATE')") == [(False,)]
    assert prompt.ask("SELECT has_schema_privilege('public', 'CREATE')") == [(False,)]


def test_law_02_joins_show_no_more_than_their_tables(prompt: Prompt) -> None:
    prompt.be(BOB)
    joined = (
        "SELECT c.chunk_id FROM {s}.chunks c LEFT JOIN {s}.placements p USING (block) LEFT JOIN {s}.access a ON true"
    )
    assert {row[0].hex for row in prompt.ask(joined)} == {chunk.chunk_id for chunk in TEA.chunks}


def test_law_02_statistics_say_nothing_about_documents_and_people(prompt: Prompt) -> None:
    prompt.be(BOB)
    assert prompt.ask("SELECT attname FROM pg_stats WHERE schemaname = %s", prompt.schema) == []
    for condition in (f"doc_id = '{PLANS.doc_id}'", "doc_id = 'hand:no-such-thing.md'"):
        (top, *_) = prompt.ask(f"EXPLAIN SELECT * FROM {{s}}.placements WHERE {condition}")[0]
        assert "rows=1 " in top
    with psycopg.connect(prompt.world.url) as admin:
        kept = admin.execute(
            "SELECT a.attname FROM pg_statistic s"
            " JOIN pg_attribute a ON (a.attrelid, a.attnum) = (s.starelid, s.staattnum)"
            " JOIN pg_class c ON c.oid = s.starelid WHERE c.relnamespace = %s::regnamespace",
            (prompt.schema,),
        ).fetchall()
    assert not {name for (name,) in kept} & {"doc_id", "version_id", "access_id", "tenant", "allow", "deny", "text"}


WRITES = [
    "INSERT INTO {s}.access (access_id, digest, tenant, clearance, classification, allow, deny)"
    " VALUES ('x', 'x', 'default', 0, 'public', '{group:everyone}', '{}')",
    "UPDATE {s}.access SET allow = '{group:everyone}'",
    "DELETE FROM {s}.chunks",
    "TRUNCATE {s}.placements",
    "ALTER TABLE {s}.chunks DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON {s}.chunks USING (true)",
    "DROP POLICY reads ON {s}.chunks",
    f"SET ROLE {LOADER}",
    "SET ROLE postgres",
    f"SET SESSION AUTHORIZATION {LOADER}",
    "ALTER ROLE corpusgate_reader BYPASSRLS",
    "CREATE TABLE {s}.mine (x integer)",
    "CREATE SCHEMA mine",
    "SELECT * FROM pg_statistic",
    "COPY {s}.chunks TO PROGRAM 'cat'",
]


@pytest.mark.parametrize("statement", WRITES)
def test_law_02_the_reader_can_change_nothing_and_become_nobody_else(prompt: Prompt, statement: str) -> None:
    prompt.connection.execute("SET default_transaction_read_only = off")
    prompt.connection.commit()
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        prompt.connection.execute(statement.replace("{s}", prompt.schema).encode())


def test_law_02_turning_row_security_off_is_an_error_and_no_way_around(prompt: Prompt) -> None:
    prompt.connection.execute("SET row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        prompt.ask("SELECT count(*) FROM {s}.chunks")


def test_who_asks_is_forgotten_with_the_transaction(prompt: Prompt) -> None:
    prompt.be(person("dora", "board", clearance="restricted"))
    assert prompt.ask("SELECT count(*) FROM {s}.chunks") != [(0,)]
    prompt.connection.commit()
    assert prompt.ask("SELECT count(*) FROM {s}.chunks") == [(0,)]


PEOPLE = [BOB, person("ann"), person("eve", clearance="public"), person("dora", "board", clearance="restricted")]


@pytest.mark.parametrize("principal", [*PEOPLE, person("otto", tenant="other", clearance="restricted")])
def test_law_02_the_database_decides_as_the_domain_does(prompt: Prompt, principal: Principal) -> None:
    prompt.be(principal)
    visible = {row[0] for row in prompt.ask("SELECT access_id FROM {s}.access")}
    assert visible == {doc.access.access_id for doc in ALL if permits(doc.access, principal, NOW)}


NAMES = ["x',true);DROP/**/TABLE/**/chunks;--", "x\\", "x%s", 'x"y', "x'||'group", "board\\ngroup", "{board}"]


@pytest.mark.parametrize("name", NAMES)
def test_law_02_a_principals_name_cannot_become_sql_or_another_label(world: PgvectorWorld, name: str) -> None:
    principal = Principal(name=f"user:{name}", groups=frozenset({f"group:{name}"}), clearance=BOB.clearance)
    hits = world.searcher().search("board", principal)
    assert {hit.doc_id for hit in hits} == {TEA.doc_id, DENIED.doc_id}


@pytest.mark.parametrize("role", ["postgres", LOADER])
def test_law_02_a_role_that_row_security_does_not_bind_is_refused(world: PgvectorWorld, role: str) -> None:
    searcher = PgvectorSearcher(
        as_role(world.url, role),
        lambda: world.current,
        world.live,
        lambda _: world.embedder,
        lambda: pytest.fail("not asked"),
    )
    with pytest.raises(ConfigError, match="not bound by row-level security"):
        searcher.search("tea", BOB)


def test_law_04_an_error_repeats_neither_statement_nor_parameters(world: PgvectorWorld) -> None:
    with psycopg.connect(world.url, autocommit=True) as admin:
        schema = tables.schema_name(world.embedder.digest)
        admin.execute(f"REVOKE SELECT ON {schema}.chunks FROM {READER}".encode())
        try:
            with pytest.raises(VectorStoreError) as caught:
                world.searcher().search("a very private question", BOB)
        finally:
            admin.execute(f"GRANT SELECT ON {schema}.chunks TO {READER}".encode())
    assert "private" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "SELECT" not in str(caught.value)


def test_an_access_rule_that_lies_about_itself_is_refused(
    tmp_path: Path, vector_databases: Callable[[], AbstractContextManager[str]]
) -> None:
    with vector_databases() as url:
        world = PgvectorWorld(tmp_path, url=url)
        world.publish([TEA])
        with psycopg.connect(as_role(url, LOADER), autocommit=True) as loader:
            schema = tables.schema_name(world.embedder.digest)
            loader.execute(f"UPDATE {schema}.access SET allow = '{{user:eve}}'".encode())
        with pytest.raises(IntegrityError, match="another access rule"):
            world.publish([Doc("more.md", ("More.",))])


def test_an_access_rule_that_is_over_shows_nothing(world: PgvectorWorld, prompt: Prompt) -> None:
    with psycopg.connect(as_role(world.url, LOADER), autocommit=True) as loader:
        change = f"UPDATE {prompt.schema}.access SET until = now() + %s::interval WHERE access_id = %s"
        for interval, expected in (("1 hour", 2), ("-1 second", 0)):
            loader.execute(change.encode(), (interval, EVERYONE.access_id))
            prompt.connection.rollback()
            prompt.be(BOB)
            assert prompt.ask(
                "SELECT count(*) FROM {s}.chunks c JOIN {s}.placements p USING (block) WHERE p.doc_id = %s", TEA.doc_id
            ) == [(expected,)]
        loader.execute(f"UPDATE {prompt.schema}.access SET until = NULL".encode())


LOOSENED = [
    (f"ALTER ROLE {READER} BYPASSRLS", f"ALTER ROLE {READER} NOBYPASSRLS", "bypass row-level security"),
    (f"ALTER ROLE {READER} SUPERUSER", f"ALTER ROLE {READER} NOSUPERUSER", "be a superuser"),
    (f"GRANT {LOADER} TO {READER}", f"REVOKE {LOADER} FROM {READER}", "act as another role"),
    ("ALTER TABLE {s}.chunks NO FORCE ROW LEVEL SECURITY", "ALTER TABLE {s}.chunks FORCE ROW LEVEL SECURITY", "chunks"),
    ("CREATE POLICY more ON {s}.access USING (true)", "DROP POLICY more ON {s}.access", "access"),
    (f"GRANT UPDATE ON {{s}}.access TO {READER}", f"REVOKE UPDATE ON {{s}}.access FROM {READER}", "access"),
]


@pytest.mark.parametrize(("loosen", "restore", "said"), LOOSENED)
def test_doctor_names_what_was_loosened(world: PgvectorWorld, loosen: str, restore: str, said: str) -> None:
    schema, urls = tables.schema_name(world.embedder.digest), (as_role(world.url, LOADER), as_role(world.url, READER))
    assert f"{READER} is bound by row-level security on 5 tables" in examine_rights(*urls)
    with psycopg.connect(world.url, autocommit=True) as admin:
        admin.execute(loosen.replace("{s}", schema).encode())
        try:
            with pytest.raises(ConfigError, match=said):
                examine_rights(*urls)
        finally:
            admin.execute(restore.replace("{s}", schema).encode())
    with pytest.raises(ConfigError, match="same role"):
        examine_rights(urls[1], urls[1])
