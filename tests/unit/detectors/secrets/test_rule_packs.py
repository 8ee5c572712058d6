"""Every rule of the packs proves itself on its own examples."""

import re
from pathlib import Path

import pytest
from generated import generated

from pipeline.detectors.secrets import SecretDetector
from pipeline.detectors.secrets.detector import rule_files
from pipeline.detectors.secrets.engine import RuleEngine, SecretRule, load_rules
from pipeline.detectors.secrets.views import SecretView
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.errors import ConfigError

CONFIGS = Path(__file__).parents[4] / "configs" / "detectors"
LONG_RANDOM = re.compile(r"[A-Za-z0-9]{40,}$")
RULES = [rule for file in rule_files(CONFIGS) for rule in load_rules(file)]


def found_by(rule: SecretRule, text: str) -> list[str]:
    return [text[m.start : m.end] for m in RuleEngine([rule]).matches(SecretView(text))]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_matches_its_examples(rule: SecretRule) -> None:
    for example in rule.example:
        assert found_by(rule, generated(example)), example
        assert found_by(rule, f"before {generated(example)} after"), example


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.judge == "token"], ids=lambda rule: rule.id)
def test_a_rule_does_not_match_its_counter_examples(rule: SecretRule) -> None:
    for example in rule.counter_example:
        assert not found_by(rule, generated(example)), example


def different(value: str) -> tuple[int, str]:
    return len(set(value)), value


def unreported(secrets: SecretDetector, values: list[str]) -> list[str]:
    """The values without a finding that counts, each in a paragraph of its own."""
    text, spans = "", []
    for value in values:
        spans.append((len(text), len(text) + len(value)))
        text += f"{value}\n\nAnother paragraph of prose stands here.\n\n"
    found = secrets.scan(ExtractedText(text=text, media_type="text/plain", extractor="test"))
    counted = [(detection.start, detection.end) for detection in found if not detection.lowered]
    return [text[a:b] for a, b in spans if not any(start < b and end > a for start, end in counted)]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.judge == "token"], ids=lambda rule: rule.id)
def test_the_most_and_the_least_regular_generated_values_count(secrets: SecretDetector, rule: SecretRule) -> None:
    many = sorted({generated(rule.example[0], seed) for seed in range(3000)}, key=different)
    assert unreported(secrets, many[:20] + many[-20:]) == []


@pytest.mark.parametrize("chance", ["xXxx", "XXXX", "xxxxx"])
def test_a_long_random_value_counts_with_the_characters_of_a_mask_in_it(secrets: SecretDetector, chance: str) -> None:
    values = [
        value[: -20 - len(chance)] + chance + value[-20:]
        for rule in RULES
        if rule.judge == "token"
        for value in [generated(rule.example[0])]
        if LONG_RANDOM.search(value) and found_by(rule, value[: -20 - len(chance)] + chance + value[-20:])
    ]
    assert len(values) > 50
    assert unreported(secrets, values) == []


@pytest.mark.parametrize("mask", ["xxxxxxxxxxxxxxxxxxxx", "********************", "...................."])
def test_a_masked_value_does_not_count(secrets: SecretDetector, mask: str) -> None:
    values = ["ghp_" + generated("{alnum 4}") + mask + generated("{alnum 4}"), "AKIA" + mask.upper()[:16]]
    assert unreported(secrets, values) == values


def test_a_broken_rule_pack_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    pack = tmp_path / "secrets.yaml"
    pack.write_text("rules:\n  - id: Upper Case\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"secrets\.yaml"):
        load_rules(pack)


def test_a_pattern_that_needs_backtracking_is_refused() -> None:
    rule = RULES[0].model_copy(update={"pattern": r"(a)\1"})
    with pytest.raises(ConfigError, match="RE2"):
        RuleEngine([rule])
