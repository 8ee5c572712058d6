"""The confined process of the secret detector takes kingfisher's rules from the installation, whatever its home."""

from pathlib import Path

import pytest

from pipeline.detectors import kept_rules, suite
from pipeline.domain.documents.documents import ExtractedText
from pipeline.workspace import Workspace
from tests.support.shared_detectors import apart

KEY = b"k" * 32
TEXT = ExtractedText(
    text=f"The token is ghp_{'wWPw5k4aXcaT4fNP'}0UcnZwJUVFk6LO0pINUx.", media_type="text/plain", extractor="plain"
)


def found_in(home: Path) -> set[str]:
    """Findings of the secret detector of a new home. Its child proves itself first."""
    workspace = Workspace(home)
    workspace.home.create()
    guard = suite._detector("secrets", workspace.home.settings.detectors, home)
    try:
        return {finding.detector for finding in guard.scan(TEXT, KEY)}
    finally:
        guard.close()


def test_the_rules_are_compiled_for_the_first_home_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_rules, "installation", lambda: tmp_path / "installation")
    with apart():
        first = found_in(tmp_path / "first")
        [kept] = (tmp_path / "installation/rules").glob("*.rules")
        written = kept.stat().st_ino, kept.stat().st_mtime_ns
        second = found_in(tmp_path / "second")
        assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == written
        assert sorted(path.name for path in kept.parent.iterdir()) == sorted([kept.name, "rules.key"])
        kept.write_bytes(kept.read_bytes()[:-1] + b"?")
        third = found_in(tmp_path / "third")
    assert first
    assert first == second == third
    assert kept.stat().st_ino != written[0]
    for home in ("first", "second", "third"):
        assert not list((tmp_path / home).rglob("*.rules"))
