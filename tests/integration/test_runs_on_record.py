"""What a publisher's run leaves in the ledger, and how often it opens a generation."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.errors import IntegrityError
from pipeline.index.generations import Generation
from pipeline.index.manifest import MANIFEST
from pipeline.publishing.compact import compact
from pipeline.publishing.run import OpenedGenerations, PublisherRun, publisher_lock
from pipeline.takedown.rollback import rollback
from tests.support.index_samples import Doc
from tests.support.served_home import OPERATOR, ServedHome

TEA, CATS = Doc("tea.md", ("Tea is at four.",)), Doc("cats.md", ("The cat is called Ada.",))


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[ServedHome]:
    made = ServedHome(tmp_path / "home", database_url)
    made.refresh(TEA)
    made.refresh(CATS)
    yield made
    made.close()


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each manifest was opened."""
    counted = Counter[str]()
    original = Generation.open.__func__  # type: ignore[attr-defined]

    def counting(cls: type[Generation], root: Path, record: Any, *args: Any, **options: Any) -> Generation:
        counted[record.manifest] += 1
        return original(cls, root, record, *args, **options)

    monkeypatch.setattr(Generation, "open", classmethod(counting))
    return counted


def test_a_run_that_raises_is_on_record_as_failed_with_the_class_of_its_error(home: ServedHome) -> None:
    with (
        pytest.raises(IntegrityError),
        publisher_lock(home.workspace) as publisher,
        PublisherRun.new(publisher).on_record(),
    ):
        raise IntegrityError("Something does not match.")
    (newest,) = home.workspace.ledger.runs(1)
    assert (newest.state, newest.reason_code) == ("failed", "integrity-error")


@pytest.mark.parametrize("action", ["compact", "rollback"])
def test_a_publication_that_fails_names_the_class_of_its_error(
    home: ServedHome, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise IntegrityError("The commit was refused.")

    monkeypatch.setattr(home.workspace.ledger, "commit_publication", refuse)
    with pytest.raises(IntegrityError):
        compact(home.workspace, "operator:test") if action == "compact" else rollback(
            home.workspace, 1, OPERATOR, "a mistake"
        )
    (newest,) = home.workspace.ledger.runs(1)
    assert (newest.state, newest.reason_code) == ("failed", "integrity-error")


def test_a_compaction_opens_the_current_generation_once(home: ServedHome, opens: Counter[str]) -> None:
    current = home.current()
    assert compact(home.workspace, "operator:test").published
    assert opens[current.manifest] == 1
    assert max(opens.values()) == 1


def test_a_rollback_opens_each_generation_once(home: ServedHome, opens: Counter[str]) -> None:
    rollback(home.workspace, 1, OPERATOR, "a mistake")
    assert opens
    assert max(opens.values()) == 1


def test_a_generation_opened_for_publishing_is_a_copy_of_what_was_verified(home: ServedHome) -> None:
    record = home.current()
    opened = OpenedGenerations(home.workspace).open(record)
    before = list(opened.documents())
    placements = home.workspace.index / record.manifest.replace(MANIFEST, f"placements-{record.number}.pages")
    with placements.open("r+b") as file:
        content = file.read()
        file.seek(0)
        file.write(content.replace(CATS.doc_id.encode(), b"x" * len(CATS.doc_id)))
    assert placements.read_bytes() != content
    assert list(opened.documents()) == before


def test_a_generation_is_opened_again_when_it_was_signed_again(home: ServedHome, opens: Counter[str]) -> None:
    record, kept = home.current(), OpenedGenerations(home.workspace)
    assert kept.open(record) is kept.open(record)
    with pytest.raises(IntegrityError):
        kept.open(record.model_copy(update={"manifest_digest": "0" * 64}))
    assert opens[record.manifest] == 2
