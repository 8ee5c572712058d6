"""The pages: every link leads somewhere, and every page that code or configuration names exists."""

import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@cache
def tracked() -> tuple[str, ...]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def pages() -> list[str]:
    """Markdown that people read, as paths from the root. Test data and the demo's documents are not pages."""
    apart = ("tests/", "configs/demo/")
    return [name for name in tracked() if name.endswith(".md") and not name.startswith(apart)]


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors that a page's headings make, by the rule of Git hosting sites."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings)


@pytest.mark.parametrize("page", pages())
def test_every_relative_link_of_a_page_resolves(page: str) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", (ROOT / page).read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (ROOT / page).parent / target if target else ROOT / page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(link)
    assert not broken


def test_every_page_can_be_reached_from_the_index() -> None:
    reached, waiting = set(), [ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            target = Path(os.path.normpath(page.parent / link.partition("#")[0]))
            if target.suffix == ".md" and target.is_file() and target not in reached:
                waiting.append(target)
    assert not set((ROOT / "docs").rglob("*.md")) - reached


def test_every_page_that_code_or_configuration_names_exists() -> None:
    missing = []
    for name in tracked():
        if name == "CHANGELOG.md" or (ROOT / name).suffix in {".png", ".pdf", ".docx", ".woff2"}:
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        missing += [(name, page) for page in re.findall(r"\bdocs/[a-z_/0-9-]+\.md", text) if not (ROOT / page).exists()]
    assert not missing


@pytest.mark.parametrize("page", [page for page in pages() if page != "CHANGELOG.md"])
def test_every_file_of_the_project_that_a_page_names_exists(page: str) -> None:
    """A name may be a path from the root, or the end of one. Capitals stand for a name to choose."""
    known = [f"/{name}" for name in tracked()]
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_0-9]+/)*[a-z_0-9]+\.(?:py|sh|yar|sql))`", text))
    assert not [name for name in named if not any(path.endswith(f"/{name}") for path in known)]


LAWS = (ROOT / "docs" / "internals" / "laws.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("number", range(1, 17))
def test_every_law_names_test_files_that_exist(number: int) -> None:
    row = re.search(rf"^\| {number} \| .+ \| (.+) \|$", LAWS, flags=re.MULTILINE)
    assert row, "the table of laws has no such row"
    files = [ROOT / "docs" / "internals" / link for link in LINK.findall(row[1])]
    assert not [path for path in files if not path.resolve().is_file()]
    assert files or "not built yet" in row[1]


@pytest.mark.parametrize("number", range(1, 17))
def test_every_law_has_a_test_with_its_number_unless_the_page_says_it_is_not_built(number: int) -> None:
    named = f"def test_law_{number:02}_".encode()
    tested = any(named in (ROOT / name).read_bytes() for name in tracked() if name.startswith("tests/"))
    row = re.search(rf"^\| {number} \| .+$", LAWS, flags=re.MULTILINE)
    assert row
    if "not built yet" in row[0]:
        assert not tested, "docs/internals/laws.md says that it is not built, and there are tests"
    else:
        assert tested or "| in part" in row[0], "no test has its number"


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    folder = ROOT / "docs" / "internals" / "decisions"
    pages = sorted(path.name for path in folder.glob("*.md") if path.name != "index.md")
    assert len(pages) >= 10
    assert [name[:4] for name in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert set(LINK.findall((folder / "index.md").read_text(encoding="utf-8"))) == set(pages)
    for name in pages:
        text = (folder / name).read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]
