"""Orders the files of a run: first those with tests marked as slow, whole programs before parts that work together.

With `--dist loadfile` a worker takes the next file when it is free. A long file that starts last would leave the other
workers waiting for it. The order depends on names and marks only, so every run has the same.
"""

from pathlib import Path

import pytest

FOLDERS = ("e2e", "quality", "integration", "unit")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sort by file; within a file the order stays."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> tuple[bool, int]:
        return item.path not in slow, _folder(item.path, config.rootpath)

    items.sort(key=place)


def _folder(path: Path, root: Path) -> int:
    parts = path.relative_to(root).parts
    return next((number for number, name in enumerate(FOLDERS) if name in parts), len(FOLDERS))
