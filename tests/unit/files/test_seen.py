from pathlib import Path

from pipeline.domain.documents.documents import LastSeen
from pipeline.files import seen as seen_file
from pipeline.files.seen import SeenFile


def test_the_latest_addition_counts_then_the_base_then_nothing(tmp_path: Path) -> None:
    files, snapshot = tmp_path / "seen", tmp_path / "1"
    snapshot.mkdir()
    seen_file.write_base(files / "1.db", [("a:x", LastSeen(order=1)), ("a:y", LastSeen(order=1, stamp="s"))])
    seen_file.write_addition(files / "2.json", {"a:x": LastSeen(order=2)})
    seen_file.write_addition(files / "3.json", {"a:x": LastSeen(order=3)})
    seen_file.write_list(snapshot, "1.db", ["2.json", "3.json"])
    seen = SeenFile(snapshot, files)
    assert seen["a:x"] == LastSeen(order=3)
    assert seen["a:y"] == LastSeen(order=1, stamp="s")
    assert seen["a:z"] == LastSeen()
    assert set(seen_file.names(snapshot)) == {"1.db", "2.json", "3.json"}


def test_an_earlier_snapshot_stays_as_it_was(tmp_path: Path) -> None:
    files, before, after = tmp_path / "seen", tmp_path / "1", tmp_path / "2"
    for folder in (before, after):
        folder.mkdir()
    seen_file.write_base(files / "1.db", [("a:x", LastSeen(order=1))])
    seen_file.write_list(before, "1.db", [])
    seen_file.write_addition(files / "2.json", {"a:x": LastSeen(order=2)})
    seen_file.write_list(after, "1.db", ["2.json"])
    assert (SeenFile(before, files)["a:x"].order, SeenFile(after, files)["a:x"].order) == (1, 2)
