"""The engine of our own rules, which come from declarative files.

Invariants: a rule is run only on blocks of text that hold one of its keywords, and blocks overlap by more than the
longest match a rule may have, so cutting loses nothing. Rules come from declarative files and are checked when they
are loaded; RE2 does not backtrack, so no pattern can be catastrophic.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field, ValidationError

from pipeline.detectors.linear import Literals, Pattern
from pipeline.detectors.secrets.views import SecretView
from pipeline.domain.errors import ConfigError
from pipeline.domain.findings.findings import Severity
from pipeline.domain.frozen import Frozen
from pipeline.settings.yaml_text import read_yaml_text

BLOCK = 8_192
OVERLAP = 4_096
"""Bytes two neighbouring blocks share: the longest match any rule may have."""


_OF_A_FORM = frozenset({"token", "twin"})
"""Judges of rules that need no surroundings: no other rule is asked about a fragment."""
VALUE_GROUPS = ("value", "value2", "value3")
"""The secret is the first of these groups that took part: RE2 cannot name two groups alike."""


class SecretRule(Frozen):
    """One entry of a rule pack."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    entity: str = Field(pattern=r"^[A-Z0-9]+(_[A-Z0-9]+)*$")
    pattern: str
    """RE2. The group `value` is the secret (default: the whole match); `key` is the name it is assigned to."""
    keywords: tuple[str, ...] = Field(min_length=1)
    """Lower case; a block of text without any of them is not searched."""
    entropy: float = Field(default=0.0, ge=0, le=8)
    """Bits per character the value must have at least."""
    judge: Literal[
        "token",
        "twin",
        "named",
        "secret",
        "password",
        "stated",
        "typed",
        "login",
        "command",
        "setting",
        "basic",
        "random",
        "provider",
        "seed",
        "codes",
        "none",
    ] = "token"
    """How its value is weighed: see `values.py`."""
    severity: Severity = Severity.CRITICAL
    confidence: float = Field(default=0.95, gt=0, le=1)
    reason: str = ""
    example: tuple[str, ...] = Field(min_length=1)
    counter_example: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class SecretMatch:
    """A rule's match in a view: code point offsets of the value, and the name it was given."""

    rule: SecretRule
    start: int
    end: int
    span: tuple[int, int]
    """What is reported, where that is more than the value."""
    key: str


def load_rules(path: Path) -> tuple[SecretRule, ...]:
    """The rules of one file; `<NAME>` in a pattern stands for an entry of the file's `words`."""
    try:
        content = read_yaml_text(path.read_text(encoding="utf-8"))
        words = {name: "|".join(parts) for name, parts in content.get("words", {}).items()}
        rules = []
        for entry in content["rules"]:
            for name, alternatives in words.items():
                entry["pattern"] = entry["pattern"].replace(f"<{name}>", f"(?:{alternatives})")
                if entry.get("keywords") == name:
                    entry["keywords"] = tuple(part.lower().replace(r"\b", "") for part in content["words"][name])
            rules.append(SecretRule.model_validate(entry))
    except (OSError, KeyError, TypeError, AttributeError, yaml.YAMLError, ValidationError) as error:
        raise ConfigError(
            f"The secret rules in {path} cannot be used: {type(error).__name__}.",
            done="Nothing was scanned.",
            fix="Compare the file with docs/concepts/detection/secrets.md.",
        ) from error
    if len({rule.id for rule in rules}) != len(rules):
        raise ConfigError(f"Two secret rules in {path} have the same id.", fix="Rename one of them.")
    return tuple(rules)


class RuleEngine:
    """Runs rules over views."""

    def __init__(self, rules: Sequence[SecretRule]) -> None:
        self.rules = tuple(rules)
        self._literals = Literals(rule.keywords for rule in rules)
        self._patterns = [Pattern(rule.pattern) for rule in rules]

    def matches(self, view: SecretView) -> Iterator[SecretMatch]:
        """Every match of every rule, in a fragment of those that know a form; a match in two blocks is given once."""
        data = view.data
        seen: set[tuple[int, tuple[int, int]]] = set()
        for start, end in blocks(data):
            for number in sorted(self._literals.present(data[start:end])):
                rule = self.rules[number]
                if view.fragment and rule.judge not in _OF_A_FORM:
                    continue
                for spans in self._patterns[number].find(data, start, end):
                    span = next((spans[name] for name in VALUE_GROUPS if name in spans), spans[""])
                    if span[0] == span[1] or (number, span) in seen:
                        continue
                    seen.add((number, span))
                    key = data[slice(*spans.get("key", (0, 0)))].decode("utf-8", "replace")
                    whole = view.characters(*spans.get("span", span))
                    yield SecretMatch(rule, *view.characters(*span), whole, key)


def blocks(data: bytes) -> Iterator[tuple[int, int]]:
    """Overlapping stretches of `data`, cut at line ends where there is one near, else at character ends."""
    start = 0
    while True:
        end = min(len(data), start + BLOCK + OVERLAP)
        if end < len(data):
            line_end = data.rfind(b"\n", end - 512, end)
            end = line_end + 1 if line_end > 0 else _character_start(data, end)
        yield start, end
        if end >= len(data):
            return
        following = end - OVERLAP
        line_end = data.rfind(b"\n", following - 512, following)
        start = line_end + 1 if line_end > start else _character_start(data, following)


def _character_start(data: bytes, at: int) -> int:
    while 0 < at < len(data) and data[at] & 0xC0 == 0x80:
        at -= 1
    return at
