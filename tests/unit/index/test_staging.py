"""Parts of a run: idempotent names, duplicates, damage."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import IntegrityError
from pipeline.domain.rates.breaches import WindowRates
from pipeline.domain.rates.ingest_rates import IngestFigures
from pipeline.index.staging import StagingReader, StagingWriter, sweep
from tests.support.index_samples import Doc, HashEmbedder

TEA = Doc("tea.md", ("Tea at four.", "Milk first."))
CATS = Doc("cats.md", ("A cat called Ada.",))
EMBEDDER = HashEmbedder()


def staged(folder: Path, *docs: Doc) -> str:
    chunks = [chunk for doc in docs for chunk in doc.chunks]
    return StagingWriter(folder).write_chunks(chunks, EMBEDDER.embed([chunk.text for chunk in chunks]))


def test_a_part_written_twice_is_one_part(tmp_path: Path) -> None:
    assert staged(tmp_path, TEA) == staged(tmp_path, TEA) != staged(tmp_path, CATS)
    assert len(list(tmp_path.iterdir())) == 2


def test_rows_come_back_once_with_their_vectors(tmp_path: Path) -> None:
    reader = StagingReader(tmp_path, [staged(tmp_path, TEA), staged(tmp_path, CATS, TEA), staged(tmp_path, CATS)])
    keys = reader.keys()
    assert sorted(keys["chunk_id"].to_pylist()) == sorted(c.chunk_id for c in (*TEA.chunks, *CATS.chunks))
    rows, vectors = reader.take(keys["part"].to_numpy(), keys["row"].to_numpy())
    assert rows["chunk_id"].to_pylist() == keys["chunk_id"].to_pylist()
    assert np.array_equal(vectors, EMBEDDER.embed(rows["text"].to_pylist()))
    assert reader.dimensions == EMBEDDER.dimensions


def test_of_several_outcomes_the_most_severe_counts(tmp_path: Path) -> None:
    writer = StagingWriter(tmp_path)
    parts = [
        writer.write_outcomes([TEA.outcome(Action.ADMIT), CATS.outcome()]),
        writer.write_outcomes([TEA.outcome(Action.QUARANTINE)]),
        writer.write_outcomes([TEA.outcome(Action.ADMIT)]),
    ]
    found = {outcome.doc_id: outcome for outcome in StagingReader(tmp_path, parts).outcomes()}
    assert found == {CATS.doc_id: CATS.outcome(), TEA.doc_id: TEA.outcome(Action.QUARANTINE)}


def test_only_named_parts_are_read(tmp_path: Path) -> None:
    staged(tmp_path, TEA)
    reader = StagingReader(tmp_path, [])
    assert list(reader.outcomes()) == []
    assert len(reader.keys()) == 0
    assert reader.dimensions == 0


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
@pytest.mark.parametrize("kind", ["chunks", "outcomes"])
def test_a_damaged_part_is_refused(tmp_path: Path, kind: str, damage: str) -> None:
    name = staged(tmp_path, TEA) if kind == "chunks" else StagingWriter(tmp_path).write_outcomes([TEA.outcome()])
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    if damage == "remove":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(data if damage == "flip" else data[:-9])
    with pytest.raises(IntegrityError, match="staged part"):
        list(StagingReader(tmp_path, [name]).outcomes())


def test_vectors_and_chunks_belong_together(tmp_path: Path) -> None:
    writer = StagingWriter(tmp_path)
    with pytest.raises(IntegrityError):
        writer.write_chunks(TEA.chunks, EMBEDDER.embed(["only one"]))
    with pytest.raises(IntegrityError):
        writer.write_chunks(CATS.chunks, EMBEDDER.embed(["x"]).astype(np.float64))  # type: ignore[arg-type]


def test_old_staging_folders_are_swept(tmp_path: Path) -> None:
    for run in ("one", "two", "three"):
        StagingWriter(tmp_path / run)
    assert sweep(tmp_path, keep={"two"}) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["two"]
    assert sweep(tmp_path / "absent") == 0


def test_rates_of_a_window_are_read_once_in_order(tmp_path: Path) -> None:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    tea, cats = (
        WindowRates(source=name, start=at, known=3, owners={"user:ada": IngestFigures(documents=2)})
        for name in ("tea", "cats")
    )
    writer = StagingWriter(tmp_path)
    parts = [writer.write_rates(tea), writer.write_rates(cats), writer.write_rates(tea)]
    assert len(set(parts)) == 2
    assert StagingReader(tmp_path, parts).rates() == (cats, tea)
    (tmp_path / parts[0]).write_bytes(b"{}")
    with pytest.raises(IntegrityError, match="does not hold what was written"):
        StagingReader(tmp_path, parts).rates()
