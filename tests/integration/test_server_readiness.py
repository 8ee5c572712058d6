"""A server opens models and generations itself: no search waits for them, and `/readyz` says when none would."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.domain.identity.roles import Role
from pipeline.domain.serving.publication import GenerationRecord
from pipeline.index.search.view import OpenGeneration
from pipeline.web.app import create_app
from tests.support.callers import token
from tests.support.index_samples import Doc, HashEmbedder, rule
from tests.support.patience import patience
from tests.support.searching import searcher_of
from tests.support.served_home import ServedHome

STAFF = rule("group:everyone")
FIRST, SECOND = Doc("first.md", ("how much notice",), STAFF), Doc("second.md", ("a new rule",), STAFF)


class SlowEmbedder(HashEmbedder):
    """The embedder of the tests, which waits for leave."""

    def __init__(self, leave: threading.Event) -> None:
        super().__init__()
        self._leave = leave

    def embed(self, texts: Any) -> Any:
        """Vectors, once there is leave."""
        assert self._leave.wait(60)
        return super().embed(texts)


class Served:
    """A home with a server over it, and the openings of generations: which, and while how many searches ran."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = ServedHome(folder)
        self.opened: list[int] = []
        self.may_open, self.may_embed = threading.Event(), threading.Event()
        self.may_open.set()
        self.may_embed.set()
        open_ = OpenGeneration.open

        def watched(root: Path, record: GenerationRecord, **more: Any) -> OpenGeneration:
            assert self.may_open.wait(60)
            self.opened.append(record.number)
            return open_(root, record, **more)

        monkeypatch.setattr(OpenGeneration, "open", watched)
        workspace = self.home.workspace
        embedder = SlowEmbedder(self.may_embed)
        embedder.digest = self.home.embedder.digest
        monkeypatch.setattr(type(workspace), "embedder", property(lambda _: embedder))
        workspace.__dict__["searcher"] = workspace.__dict__["files_searcher"] = searcher_of(workspace, embedder)
        headers = {"authorization": f"Bearer {token(workspace, 'rea', Role.READER)}"}
        self.client = TestClient(create_app(workspace), base_url="http://localhost:8460", headers=headers)

    def ready(self) -> bool:
        """What `/readyz` says."""
        return self.client.get("/readyz").status_code == 200

    def found(self) -> set[str]:
        """Documents that a search finds."""
        answer = self.client.post("/v1/search", json={"question": "notice"})
        assert answer.status_code == 200, answer.text
        return {found["document"] for found in answer.json()["answers"]}


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    made = Served(tmp_path / "home", monkeypatch)
    yield made
    made.home.close()


def until(holds: Any) -> None:
    with patience(60):
        while not holds():
            threading.Event().wait(0.02)


def test_a_server_is_ready_only_once_model_and_generation_are_loaded(served: Served) -> None:
    served.home.refresh(FIRST)
    served.may_open.clear()
    served.may_embed.clear()
    with served.client:
        assert not served.ready(), "the generation is not open"
        served.may_open.set()
        until(lambda: served.opened == [1])
        assert not served.ready(), "the model has embedded nothing"
        served.may_embed.set()
        until(served.ready)
        opened = list(served.opened)
        assert served.found() == {FIRST.doc_id}
        assert served.opened == opened, "the search opened nothing"


def test_no_search_after_a_publication_opens_the_new_generation(served: Served) -> None:
    served.home.refresh(FIRST)
    with served.client:
        until(served.ready)
        served.may_open.clear()
        served.home.refresh(SECOND)
        assert served.found() == {FIRST.doc_id}, "it answers while the server cannot open the new generation yet"
        assert served.opened == [1]
        assert served.ready(), "a search does not wait"
        served.may_open.set()
        until(lambda: served.opened == [1, 2])
        until(lambda: served.found() == {FIRST.doc_id, SECOND.doc_id})
        assert served.opened == [1, 2]


def test_a_server_without_a_generation_opens_the_first_before_it_says_ready_again(served: Served) -> None:
    with served.client:
        until(served.ready)
        served.may_open.clear()
        served.home.refresh(FIRST)
        assert not served.ready()
        served.may_open.set()
        until(served.ready)
        assert served.opened == [1]


def test_a_generation_that_cannot_be_opened_is_not_ready_and_is_not_served_around(served: Served) -> None:
    served.home.refresh(FIRST)
    with served.client:
        until(served.ready)
        record = served.home.refresh(SECOND)
        assert record is not None
        manifest = served.home.workspace.index / record.manifest
        manifest.chmod(0o600)
        manifest.write_bytes(b"{}")
        until(lambda: not served.ready())
        ask = partial(served.client.post, "/v1/search", json={"question": "notice"})
        until(lambda: ask().status_code == 500)
