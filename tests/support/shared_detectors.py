"""One set of detector children for the homes of a test process whose detectors are configured alike.

A process of the product has one or two homes and starts their children once. A process of tests makes hundreds, and
the children would take seven processor-seconds with each. A child knows nothing of its home but the files compared
here: keys of fingerprints stay in the parent. A home with other files, and `apart`, start their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from unittest.mock import patch

from pipeline.detectors import suite
from pipeline.detectors.guarded import GuardedDetector
from pipeline.domain.digests import digest_bytes
from pipeline.settings.application import DetectorSettings
from pipeline.workspace import Workspace

_per_home = suite._detector


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Let homes with the detectors of a new home use those of the home made in `folder`."""
    workspace = Workspace(folder)
    workspace.home.create()
    ours = _files(folder, workspace.home.settings.detectors)

    @lru_cache
    def home_of(home: Path, settings: DetectorSettings) -> Path:
        return folder if _files(home, settings) == ours else home

    def detector(name: str, settings: DetectorSettings, home: Path) -> GuardedDetector:
        return _per_home(name, settings, home_of(home, settings))

    with patch.object(suite, "_detector", detector):
        yield


@contextmanager
def apart() -> Iterator[None]:
    """Give every home children of its own again."""
    with patch.object(suite, "_detector", _per_home):
        yield


def _files(home: Path, settings: DetectorSettings) -> tuple[str, str]:
    lock = home / "configs" / "models.lock.yaml"
    return suite._folder_digest(home / settings.folder), digest_bytes(lock.read_bytes())
