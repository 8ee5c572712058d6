"""Law 2: a registration proves where it points, and fixes it."""

import os
from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.workspace import Workspace
from tests.support.callers import person
from tests.support.depot import Depot


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = Workspace(tmp_path_factory.mktemp("registered") / "home")
    made.create()
    return made


def definition(uri: Path | str, name: str = "docs") -> dict[str, object]:
    return {
        "name": name, "uri": str(uri), "owner": "olga", "classification": "internal", "tenant": "default",
        "allow": ("group:staff",),
    }  # fmt: skip


def test_what_is_not_there_or_belongs_to_corpusgate_or_the_system_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    home = workspace.home.folder
    (tmp_path / "way-in").symlink_to(home)
    os.mkfifo(tmp_path / "pipe.md")
    os.mkfifo(tmp_path / "pipe.jsonl")
    places = [tmp_path / "nothing", tmp_path / "nothing.jsonl", tmp_path / "[z-a]*", home, home / "keys", home.parent]
    places += [
        tmp_path / "way-in",
        tmp_path / "way-in" / "*.md",
        f"{tmp_path}/x/../way-in",
        "/",
        "/etc",
        "/proc/self/fd",
        "/var",
        "/root",
        tmp_path / "pipe.md",
        tmp_path / "pipe.jsonl",
    ]
    for place in [*map(str, places), "https://example.org/docs", "file:///srv", "s3://169.254.169.254/latest"]:
        with pytest.raises(UsageError):
            workspace.registrations.register(person("olga"), definition(place))
    assert workspace.sources.sources() == []


def test_a_source_keeps_the_place_it_was_registered_with(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "plans [2024]"
    folder.mkdir()
    for name in ("b.md", "a.md", "line\nfeed.md", "greta.lindqvist@farmost.example.md"):
        (folder / name).write_text("A plan.\n")
    (tmp_path / "link").symlink_to(folder)
    for number, uri in enumerate((folder, tmp_path / "link", folder / ".." / "plans [2024]")):
        source, _, seen = workspace.registrations.register(person("olga"), definition(uri, f"plans-{number}"))
        assert source.uri == f"{tmp_path}/plans [[]2024]"
        assert seen is not None
        assert (seen.files, seen.complete, seen.first[:2]) == (4, True, ("a.md", "b.md"))
        assert "line\\x0afeed.md" in seen.first
        assert not any("greta" in name for name in seen.first)


def test_hidden_files_are_counted_in_a_warning(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    (folder / ".git" / "hooks").mkdir(parents=True)
    for name in ("guide.md", ".env", ".git/config", ".git/hooks/update"):
        (folder / name).write_text("text")

    hidden = workspace.registrations.register(person("olga"), definition(folder, "checkout")).warnings[-1]
    plain = workspace.registrations.register(person("olga"), definition(f"{folder}/*.md", "guides"))

    assert hidden.startswith("3 of its files are hidden")
    assert not any("hidden" in warning for warning in plain.warnings)


def test_a_bucket_is_listed_before_it_is_registered(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace.home.configs / "corpusgate.yaml").write_text("schema_version: 1\nsources: {schemes: [depot, s3]}\n")
    workspace = Workspace(workspace.home.folder)
    names = ["b.md", "a.md", "a.md.meta.yaml", "greta.lindqvist@farmost.example.md"]
    monkeypatch.setattr(Depot, "files", {f"depot://papers/plans/{name}": b"A plan." for name in names})
    source, _, seen = workspace.registrations.register(person("olga"), definition("depot://papers/plans", "papers"))
    assert source.uri == "depot://papers/plans"
    assert seen is not None
    assert (seen.files, seen.complete, seen.first[:2]) == (3, True, ("a.md", "b.md"))
    assert not any("greta" in name for name in seen.first)

    def fails(*_: object) -> None:
        raise RuntimeError("key of the bucket: wy7-Zq2")

    for uri, why in (("depot://papers/none", "nothing at that address"), ("s3://papers/plans", "cannot be listed")):
        with pytest.raises(UsageError, match=why):
            workspace.registrations.register(person("olga"), definition(uri, "others"))
    monkeypatch.setattr(Depot, "exists", fails)
    with pytest.raises(UsageError, match=r"from this machine \(RuntimeError\)") as refused:
        workspace.registrations.register(person("olga"), definition("depot://papers/plans", "others"))
    assert "wy7" not in str(refused.value)
    assert [source.name for source in workspace.sources.sources() if source.name in ("papers", "others")] == ["papers"]
