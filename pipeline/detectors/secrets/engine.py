"""The linear-time engine of our own rules: RE2. The only module that imports `re2`.

Invariants: a rule is run only on blocks of text that hold one of its keywords, and blocks overlap by more than the
longest match a rule may have, so cutting loses nothing. Rules come from declarative files and are checked when
they are loaded; RE2 knows no backtracking, so no pattern can be catastrophic.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import re2  # type: ignore[import-untyped]
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.detectors.secrets.views import View
from pipeline.domain.errors import ConfigError, CorpusgateError
from pipeline.domain.findings import Severity

BLOCK = 8_192
OVERLAP = 4_096
"""Bytes two neighbouring blocks share: the longest match any rule may have."""


# RE2 reports "nothing found" and "out of memory" alike, so every search must at least find this.
_SENTINEL = b"\x01corpusgate-sentinel\x01"


class SearchFailed(CorpusgateError):
    """The engine did not finish a search."""


class Rule(BaseModel):
    """One entry of a rule pack."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    entity: str = Field(pattern=r"^[A-Z0-9]+(_[A-Z0-9]+)*$")
    pattern: str
    """RE2. The group `value` is the secret (default: the whole match); `key` is the name it is assigned to."""
    keywords: tuple[str, ...] = Field(min_length=1)
    """Lower case; a block of text without any of them is not searched."""
    entropy: float = Field(default=0.0, ge=0, le=8)
    """Bits per character the value must have at least."""
    judge: Literal["token", "named", "secret", "password", "login", "none"] = "token"
    """How its value is weighed: see `values.py`."""
    severity: Severity = Severity.CRITICAL
    confidence: float = Field(default=0.95, gt=0, le=1)
    reason: str = ""
    example: tuple[str, ...] = Field(min_length=1)
    counter_example: tuple[str, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Match:
    """A rule's match in a view: code point offsets of the value, and the name it was given."""

    rule: Rule
    start: int
    end: int
    key: str


def load_rules(path: Path) -> tuple[Rule, ...]:
    """The rules of one file; `{NAME}` in a pattern stands for an entry of the file's `words`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        words = {name: "|".join(parts) for name, parts in content.get("words", {}).items()}
        rules = []
        for entry in content["rules"]:
            for name, alternatives in words.items():
                entry["pattern"] = entry["pattern"].replace("{" + name + "}", f"(?:{alternatives})")
                if entry.get("keywords") == name:
                    entry["keywords"] = tuple(part.lower() for part in content["words"][name])
            rules.append(Rule.model_validate(entry))
    except (OSError, KeyError, TypeError, AttributeError, yaml.YAMLError, ValidationError) as error:
        raise ConfigError(
            f"The secret rules in {path} cannot be used: {type(error).__name__}.",
            done="Nothing was scanned.",
            fix="Compare the file with docs/detection/secrets.md.",
        ) from error
    if len({rule.id for rule in rules}) != len(rules):
        raise ConfigError(f"Two secret rules in {path} have the same id.", fix="Rename one of them.")
    return tuple(rules)


class Literals:
    """Which of several sets of literal strings stand in a text, found in one pass without regard to case."""

    def __init__(self, sets: Iterable[Iterable[str]]) -> None:
        options = re2.Options()
        options.case_sensitive = False
        options.max_mem = 256 << 20
        self._set = re2.Set.SearchSet(options)
        self._owners: list[int] = []
        for owner, literals in enumerate(sets):
            for literal in literals:
                self._set.Add(re2.escape(literal))
                self._owners.append(owner)
        self._sentinel = self._set.Add(_SENTINEL.decode())
        self._set.Compile()

    def present(self, data: bytes) -> set[int]:
        """The numbers of the sets of which at least one string occurs."""
        found = self._set.Match(data + _SENTINEL)
        if not found or self._sentinel not in found:
            raise SearchFailed("A search for keywords broke.", done="The text counts as not scanned.")
        return {self._owners[i] for i in found if i != self._sentinel}


class RuleEngine:
    """Runs rules over views."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = tuple(rules)
        self._literals = Literals(rule.keywords for rule in rules)
        try:
            self._patterns = [re2.compile(rule.pattern, _options()) for rule in rules]
        except re2.error as error:
            raise ConfigError("A secret rule does not compile as RE2.", fix=str(error)) from error

    def matches(self, view: View) -> Iterator[Match]:
        """Every match of every rule; a match seen in two blocks is given once."""
        data = view.data
        seen: set[tuple[int, tuple[int, int]]] = set()
        for start, end in blocks(data):
            for number in sorted(self._literals.present(data[start:end])):
                pattern, rule = self._patterns[number], self.rules[number]
                for found in pattern.finditer(data, start, end):
                    span = found.span(pattern.groupindex.get("value", 0))
                    if span[0] < 0 or span[0] == span[1] or (number, span) in seen:
                        continue
                    seen.add((number, span))
                    named = pattern.groupindex.get("key")
                    key = (found.group(named) or b"") if named else b""
                    yield Match(rule, *view.characters(*span), key.decode("utf-8", "replace"))


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


def _options() -> "re2.Options":
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    return options
