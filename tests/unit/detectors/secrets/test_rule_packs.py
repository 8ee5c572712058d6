"""Every rule of the packs proves itself on its own examples."""

from pathlib import Path

import pytest
from generated import generated

from pipeline.detectors.secrets.detector import RULE_FILES
from pipeline.detectors.secrets.engine import RuleEngine, SecretRule, load_rules
from pipeline.detectors.secrets.views import SecretView
from pipeline.domain.errors import ConfigError

CONFIGS = Path(__file__).parents[4] / "configs" / "detectors"
RULES = [rule for name in RULE_FILES for rule in load_rules(CONFIGS / name)]


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


def test_a_broken_rule_pack_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    pack = tmp_path / "secrets.yaml"
    pack.write_text("rules:\n  - id: Upper Case\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"secrets\.yaml"):
        load_rules(pack)


def test_a_pattern_that_needs_backtracking_is_refused() -> None:
    rule = RULES[0].model_copy(update={"pattern": r"(a)\1"})
    with pytest.raises(ConfigError, match="RE2"):
        RuleEngine([rule])
