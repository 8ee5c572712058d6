"""Law 2: where a source may point, and what of it counts."""

from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.files.places import FilePlace, fixed, place_of, refuse_own_and_system


@pytest.mark.parametrize("name", ["reports [2024]", "what?", "all*", "[a]", "x[!y]z", "[[]"])
def test_an_existing_folder_wins_over_a_glob_and_stays_that_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    place = place_of(str(folder))
    assert place == FilePlace(root=str(folder))
    assert place_of(place.uri) == place
    folder.rename(tmp_path / "elsewhere")
    for other in ("reports 2", "what!", "alls", "a", "xaz", "["):
        (tmp_path / other).mkdir(exist_ok=True)
    with pytest.raises(FileNotFoundError):
        place_of(place.uri)


def test_a_single_file_keeps_its_folder_as_root(tmp_path: Path) -> None:
    (tmp_path / "only [1].md").write_text("x")
    place = place_of(str(tmp_path / "only [1].md"))
    assert place == FilePlace(root=str(tmp_path), file="only [1].md")
    assert place.holds("only [1].md")
    assert not place.holds("only 1.md")
    assert place_of(place.uri) == place


def test_a_folder_called_like_a_feed_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "feed.jsonl").mkdir()
    assert place_of(str(tmp_path / "feed.jsonl")) == FilePlace(root=str(tmp_path / "feed.jsonl"))


def test_what_is_not_there_is_not_a_place(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        place_of(str(tmp_path / "nothing"))
    with pytest.raises(FileNotFoundError):
        place_of(str(tmp_path / "nothing.jsonl"))


@pytest.mark.parametrize(
    ("pattern", "held", "not_held"),
    [
        ("*.md", ["a.md", ".md"], ["a.txt", "sub/a.md"]),
        ("**/*.md", ["sub/a.md", "sub/deeper/a.md"], ["a.md", "sub/a.txt"]),
        ("**", ["a.md", "sub/deeper/a.md"], []),
        ("20??/*", ["2024/a"], ["202/a", "2024/x/a", "20/4/a"]),
        ("[0-9]*.md", ["1.md", "9a.md"], ["a.md"]),
        ("[!0-9].md", ["a.md"], ["1.md", "/.md"]),
        ("[[]x[]].md", ["[x].md"], ["x.md"]),
        ("[^a].md", ["^.md", "a.md"], ["b.md"]),
        ("a+(b).md", ["a+(b).md"], ["aab.md"]),
    ],
)
def test_a_glob_holds(pattern: str, held: list[str], not_held: list[str]) -> None:
    place = FilePlace(root="/data", pattern=pattern)
    assert [path for path in (*held, *not_held) if place.holds(path)] == held


def test_only_folders_that_a_glob_reaches_are_entered() -> None:
    place = FilePlace(root="/data", pattern="20*/plans/*.md")
    assert [place.enters(folder) for folder in ("2024", "old", "2024/plans", "2024/x", "2024/plans/y")] == [
        True, False, True, False, False,
    ]  # fmt: skip
    assert FilePlace(root="/data", pattern="a/**").enters("a/b/c/d")
    assert not FilePlace(root="/data", pattern="*.md").enters("a")
    assert not FilePlace(root="/data", file="a.md").enters("a")


def test_links_are_resolved_at_registration(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.md").write_text("a")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "b.md").symlink_to("real/a.md")
    assert fixed(place_of(str(tmp_path / "link"))).uri == str(tmp_path / "real")
    assert fixed(place_of(str(tmp_path / "link" / "*.md"))).uri == f"{tmp_path}/real/*.md"
    assert fixed(place_of(str(tmp_path / "b.md"))).uri == f"{tmp_path}/real/a.md"


def test_law_02_own_and_system_folders_are_never_a_source(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "keys").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "way-in").symlink_to("home")
    for root in (home, home / "keys", tmp_path, tmp_path / "way-in", Path("/"), Path("/proc/1"), Path("/etc")):
        with pytest.raises(UsageError):
            refuse_own_and_system(FilePlace(root=str(root)), [home])
    refuse_own_and_system(FilePlace(root=str(tmp_path / "docs")), [home])
    refuse_own_and_system(FilePlace(root=str(tmp_path / "home-made")), [home])
