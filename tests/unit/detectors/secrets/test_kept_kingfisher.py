"""Kingfisher's compiled rules are taken from disk only if a key vouches for exactly these, and they find the same."""

import os
from pathlib import Path

import kingfisher_sdk
import pytest

from pipeline.detectors.kept_rules import KEY_BYTES, KeptRules
from pipeline.detectors.secrets import kingfisher_adapter
from pipeline.detectors.secrets.kingfisher_adapter import Kingfisher

CATALOGUE = """
rules:
  - {name: Badger, id: custom.badger, pattern: '\\b(%s-[0-9a-f]{8})\\b', confidence: medium, min_entropy: 0}
"""
TEXT = b"The key is badger-12ab34cd."


class Catalogue:
    """A few rules in place of the built-in ones, which take seconds; keeps how each set of rules came about."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.statuses: list[str] = []
        self.knows("badger")

    def knows(self, word: str) -> None:
        self.file.write_text(CATALOGUE % word)

    def __call__(self, cache: Path | None = None) -> kingfisher_sdk.Rules:
        rules = kingfisher_sdk.Rules([self.file], builtins=False, cache=cache is not None, cache_dir=cache)
        self.statuses.append(rules.cache_status)
        return rules


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    made = Catalogue(tmp_path / "catalogue.yaml")
    monkeypatch.setattr(kingfisher_adapter, "_compiled", made)
    return made


def kept_in(folder: Path, key: bytes | None = None) -> KeptRules:
    folder.mkdir(mode=0o700)
    made = KeptRules(folder, folder.with_suffix(".key"))
    made.key_file.write_bytes(os.urandom(KEY_BYTES) if key is None else key)
    return made


def file(kept: KeptRules) -> Path:
    [found] = kept.folder.iterdir()
    return found


def hears(kept: KeptRules) -> bool:
    return [hit.value for hit in Kingfisher(kept).scan(TEXT)] == ["badger-12ab34cd"]


def test_the_second_start_compiles_nothing_and_finds_the_same(tmp_path: Path, catalogue: Catalogue) -> None:
    kept = kept_in(tmp_path / "kept")
    assert hears(kept)
    assert hears(kept)
    assert catalogue.statuses == ["stored", "loaded"]
    assert file(kept).stat().st_mode & 0o777 == 0o600


def test_law_03_rules_that_another_key_vouches_for_are_compiled_again(tmp_path: Path, catalogue: Catalogue) -> None:
    kept, foreign = kept_in(tmp_path / "kept"), kept_in(tmp_path / "foreign")
    assert hears(foreign)
    assert hears(kept)
    file(kept).write_bytes(file(foreign).read_bytes())
    assert hears(kept)
    assert catalogue.statuses == ["stored"] * 3


def test_law_03_kingfishers_own_file_without_a_seal_is_not_taken(tmp_path: Path, catalogue: Catalogue) -> None:
    """Earlier versions had kingfisher itself read its file. Anyone who could write there could have made it."""
    kept = kept_in(tmp_path / "kept")
    catalogue(kept.folder)
    assert hears(kept)
    assert catalogue.statuses == ["stored", "stored"]
    assert file(kept).suffix == ".rules"


def test_law_03_rules_of_another_catalogue_are_not_taken_even_if_the_key_vouches_for_them(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    kept = kept_in(tmp_path / "kept")
    catalogue.knows("weasel")
    assert not hears(kept)
    catalogue.knows("badger")
    assert hears(kept)
    assert hears(kept)
    assert catalogue.statuses == ["stored", "stored", "loaded"]


@pytest.mark.parametrize(
    "sealed", [b"", b"no end of a title", b"\xff\xfe.vscdb\nrules", b"../up.vscdb\nrules", b"\nrules"]
)
def test_law_03_sealed_nonsense_is_compiled_again(tmp_path: Path, catalogue: Catalogue, sealed: bytes) -> None:
    kept = kept_in(tmp_path / "kept")
    assert hears(kept)
    kept.write(file(kept).stem, sealed)
    assert hears(kept)
    assert not (tmp_path / "up.vscdb").exists()
    assert "loaded" not in catalogue.statuses


@pytest.mark.parametrize("key", [b"", b"short"])
def test_a_damaged_key_vouches_for_nothing(tmp_path: Path, catalogue: Catalogue, key: bytes) -> None:
    kept = kept_in(tmp_path / "kept", key)
    assert hears(kept)
    assert not list(kept.folder.iterdir())
    assert catalogue.statuses == ["stored"]


def test_rules_are_compiled_where_nothing_can_be_kept(tmp_path: Path, catalogue: Catalogue) -> None:
    assert hears(KeptRules(tmp_path / "missing", tmp_path / "missing.key"))
    assert len(catalogue.statuses) == 1
    assert not (tmp_path / "missing").exists()
