"""Evidence of a home in Postgres: older copies of its database, manipulations by SQL, and bundles (law 11)."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

import pytest

from pipeline.domain.errors import OlderCopy
from pipeline.domain.serving.revocations import RevocationKind
from pipeline.takedown.revoke import revoke
from pipeline.workspace import Workspace
from tests.integration.test_manipulations import INSIDE, noticed
from tests.support.evidence import (
    OPERATOR,
    EvidentHome,
    commands,
    copied_database,
    in_postgres,
    point_at,
    verify,
)
from tests.support.gated_home import File

BY_SQL = [title for title in INSIDE if title.startswith("database:") and "put back" not in title]
"""An older database is put back below as Postgres does it, not as a file."""


pytestmark = pytest.mark.slow


class PostgresHome(NamedTuple):
    """A home and the address of its database."""

    home: EvidentHome
    url: str


@pytest.fixture(scope="module")
def original(
    migrated_databases: Callable[[], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresHome]:
    """The home that every test begins with; none changes it."""
    folder = tmp_path_factory.mktemp("postgres")
    with migrated_databases() as url:
        in_postgres(folder, url)
        made = EvidentHome(folder)
        yield PostgresHome(made, url)
        made.workspace.close()


@pytest.fixture
def copied(original: PostgresHome, tmp_path: Path) -> Iterator[PostgresHome]:
    """A copy of the home, with its anchor and its database."""
    original.home.workspace.close()
    shutil.copytree(original.home.folder.parent, tmp_path / "copied")
    with copied_database(original.url) as url:
        original.home.reopen()
        made = EvidentHome.__new__(EvidentHome)
        made.folder, made.anchor, made.given = (tmp_path / "copied" / name for name in ("home", "anchor", "given"))
        point_at(made.folder, original.url, url)
        settings = made.folder / "configs" / "corpusgate.yaml"
        settings.write_text(settings.read_text().replace(str(original.home.anchor), str(made.anchor)))
        made.gated = type(original.home.gated).__new__(type(original.home.gated))
        made.gated.__dict__.update(original.home.gated.__dict__)
        made.gated.files = dict(original.home.gated.files)
        made.gated.workspace = Workspace(made.folder)
        yield PostgresHome(made, url)
        made.workspace.close()


@pytest.mark.parametrize("title", BY_SQL)
def test_law_11_a_home_in_postgres_names_a_manipulation(copied: PostgresHome, title: str) -> None:
    assert noticed(copied.home) == []
    INSIDE[title](copied.home)
    assert noticed(copied.home), title


@pytest.mark.parametrize("anchors", [True, False], ids=["with anchors", "with the index only"])
def test_law_11_an_older_copy_of_a_postgres_database_is_refused(copied: PostgresHome, anchors: bool) -> None:
    home = copied.home
    home.workspace.close()
    with copied_database(copied.url) as older:
        home.reopen()
        revoke(home.workspace, RevocationKind.DOCUMENT, "wiki:b.md", OPERATOR, "wrong")
        home.gated.files["wiki:c.md"] = File("third")
        home.gated.refresh()
        home.workspace.close()
        point_at(home.folder, copied.url, older)
        if not anchors:
            for folder in (home.anchor, home.folder / "checkpoints"):
                shutil.rmtree(folder)
                folder.mkdir()
        home.reopen()
        with pytest.raises(OlderCopy):
            home.gated.read("ada")
        assert "cut off" in str(home.workspace.checkpoints.verify().problem)
        home.workspace.close()


def test_law_11_everything_that_an_auditor_gets_of_a_home_in_postgres_holds(original: PostgresHome) -> None:
    home = original.home
    for name, arguments in commands(home.given, home.manifest()).items():
        assert verify(*arguments)[0] == 0, (name, verify(*arguments)[1])
