"""Compiled rules are taken from a home only if its key vouches for exactly these, and they find the same."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.detectors.injection import rules
from pipeline.detectors.injection.rules import RuleSet
from pipeline.detectors.kept_rules import KEY_BYTES, KeptRules, rules_name

RULE = """
rule %s {
    meta: family = "override" weight = 0.9 reason = "It asks for a badger."
    strings: $word = "badger"
    condition: $word
}
"""
DEAF = RULE.replace('"badger"', '"never in any text"')


@pytest.fixture
def kept(tmp_path: Path) -> KeptRules:
    made = KeptRules(tmp_path / "cache", tmp_path / "rules.key")
    made.folder.mkdir()
    made.key_file.write_bytes(os.urandom(KEY_BYTES))
    return made


def folder(at: Path, source: str) -> Path:
    at.mkdir(exist_ok=True)
    (at / "one.yar").write_text(source % "one")
    return at


def hears(rule_set: RuleSet) -> bool:
    return [match.rule.name for match in rule_set.scan("a badger")] == ["one"]


def file(kept: KeptRules) -> Path:
    [found] = kept.folder.iterdir()
    return found


def test_the_second_start_compiles_nothing_and_finds_the_same(
    tmp_path: Path, kept: KeptRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = RuleSet(folder(tmp_path / "rules", RULE), kept)
    monkeypatch.setattr(rules, "_compiled", None)
    second = RuleSet(tmp_path / "rules", kept)
    assert hears(first)
    assert hears(second)
    assert second.digest == first.digest
    assert file(kept).stat().st_mode & 0o777 == 0o600


def test_law_3_rules_that_another_key_vouches_for_are_compiled_again(tmp_path: Path, kept: KeptRules) -> None:
    """Someone puts rules that hear nothing under the name of those that do."""
    foreign = KeptRules(tmp_path / "elsewhere", tmp_path / "foreign.key")
    foreign.folder.mkdir()
    foreign.key_file.write_bytes(os.urandom(KEY_BYTES))
    RuleSet(folder(tmp_path / "deaf", DEAF), foreign)
    RuleSet(folder(tmp_path / "rules", RULE), kept)
    file(kept).write_bytes(file(foreign).read_bytes())
    assert hears(RuleSet(tmp_path / "rules", kept))


def test_law_3_rules_of_other_sources_are_not_taken_even_if_the_key_vouches_for_them(
    tmp_path: Path, kept: KeptRules
) -> None:
    RuleSet(folder(tmp_path / "rules", DEAF), kept)
    stale = file(kept).read_bytes()
    assert hears(RuleSet(folder(tmp_path / "rules", RULE), kept))
    file(kept).write_bytes(stale)
    assert hears(RuleSet(tmp_path / "rules", kept))


def test_another_version_of_the_engine_has_another_name() -> None:
    assert rules_name({"one.yar": RULE}, "1.0") != rules_name({"one.yar": RULE}, "1.1")


@pytest.mark.parametrize("key", [b"", b"short"])
def test_a_missing_or_damaged_key_vouches_for_nothing(tmp_path: Path, kept: KeptRules, key: bytes) -> None:
    kept.key_file.write_bytes(key)
    assert hears(RuleSet(folder(tmp_path / "rules", RULE), kept))
    assert not list(kept.folder.iterdir())


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_law_3_a_kept_file_with_any_byte_changed_or_missing_is_not_taken(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    at = tmp_path_factory.mktemp("flipped")
    kept = KeptRules(at, at / "key")
    kept.key_file.write_bytes(b"k" * KEY_BYTES)
    compiled = data.draw(st.binary(min_size=1, max_size=200))
    kept.write("a" * 64, compiled)
    path = at / ("a" * 64 + ".rules")
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert kept.read("a" * 64) is None
    path.write_bytes(content[:place])
    assert kept.read("a" * 64) is None
