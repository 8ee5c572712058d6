"""Erasing where Postgres serves: the copy there loses the rows, and is searched like everything else (law 10)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from pipeline.domain.errors import IntegrityError
from pipeline.index.pgvector.copy import PgvectorCopy
from pipeline.takedown.erase import erase
from tests.support.index_samples import Doc
from tests.support.pgvector_samples import copy_of
from tests.support.served_home import OPERATOR, ServedHome

SECRET = "The keeper of the northern lamp is called Aurelia and lives above the boat shed."
SHARED = "Every lamp of the island is lit at dusk and put out when the ferry has gone home."
AURELIA, LAMPS = Doc("aurelia.md", (SECRET, SHARED)), Doc("lamps.md", (SHARED,))


@pytest.fixture
def home(tmp_path: Path, vector_databases: Callable[[], AbstractContextManager[str]]) -> Iterator[ServedHome]:
    with vector_databases() as url:
        made = ServedHome(tmp_path / "home", url)
        made.workspace.__dict__["serving_copy"] = copy_of(url)
        made.refresh(AURELIA, LAMPS)
        yield made
        copy(made).dispose()
        made.close()


def copy(home: ServedHome) -> PgvectorCopy:
    assert home.workspace.serving_copy is not None
    return home.workspace.serving_copy


def texts(home: ServedHome) -> bytes:
    return b"\0".join(content for _, content in copy(home).contents())


def test_law_10_the_copy_in_postgres_loses_what_was_erased(home: ServedHome) -> None:
    vector = home.embedder.embed([SECRET]).tobytes()
    assert SECRET.encode() in texts(home)
    assert vector in texts(home)
    receipt = erase(home.workspace, "aurelia.md", OPERATOR, "asked for")
    assert SECRET.encode() not in texts(home)
    assert vector not in texts(home)
    assert SHARED.encode() in texts(home)
    assert copy(home).holds(home.current())
    assert receipt.searches[-1].shared_with == (LAMPS.doc_id,)
    assert home.found() == {SHARED}


def test_law_10_leftovers_in_the_copy_go_even_where_the_document_is_served_no_more(
    home: ServedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    gulls = Doc("gulls.md", ("Gulls nest on the eastern cliff of the island in spring.",))
    home.refresh(gulls)
    with monkeypatch.context() as patch:
        patch.setattr(PgvectorCopy, "keep_only", lambda *_: None)
        home.refresh(gone=[gulls])
    assert gulls.texts[0].encode() in texts(home)
    receipt = erase(home.workspace, "gulls.md", OPERATOR, "asked for")
    assert receipt.done.published_generation is None, "so no publication cleared the copy"
    assert gulls.texts[0].encode() not in texts(home)


def test_what_stays_in_the_copy_is_found_and_no_receipt_is_signed(
    home: ServedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(PgvectorCopy, "keep_only", lambda *_: None)
        with pytest.raises(IntegrityError, match="the serving copy in Postgres"):
            erase(home.workspace, "aurelia.md", OPERATOR, "asked for")
    assert not (home.workspace.home.folder / "receipts").exists()
    assert erase(home.workspace, "aurelia.md", OPERATOR, "asked for").resumed
