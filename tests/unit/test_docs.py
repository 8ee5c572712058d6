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
