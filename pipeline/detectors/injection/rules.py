"""The injection rules, compiled by YARA-X.

Invariants: the only importer of `yara_x`, whose engine runs in linear time, so no document can make a rule hang.
Rules are read from `*.yar` files of one folder; a rule without the meta fields below is a `ConfigError`. Offsets that
leave this module are code points of the scanned view, not bytes.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import yara_x

from pipeline.detectors.kept_rules import KeptRules, rules_name
from pipeline.domain.digests import digest_json
from pipeline.domain.errors import ConfigError, CorpusgateError

MAX_MATCHES = 200
"""Matches of one pattern in one text that are looked at; more of the same say nothing new."""

_LEADING = " \t\n.!?:>|\"'`"
_TRAILING = " \t\n\"'`"


@dataclass(frozen=True, slots=True)
class InjectionRule:
    """What a rule file says about one rule."""

    name: str
    family: str
    weight: float
    imperative: bool
    reason: str


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """One place where a rule's pattern matched; `start` and `end` are code points of the scanned view."""

    rule: InjectionRule
    pattern: str
    start: int
    end: int


class RuleSet:
    """Compiled rules of a folder."""

    def __init__(self, folder: Path, kept: KeptRules | None = None) -> None:
        sources = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yar"))}
        if not sources:
            raise ConfigError(f"No rules (*.yar) in {folder}.", fix="Restore the folder configs/detectors/injection.")
        self._rules = _compiled(folder, sources) if kept is None else _kept(folder, sources, kept)
        self.digest = digest_json({"engine": "yara-x", "rules": sources})
        self._known = {rule.identifier: _described(rule.identifier, dict(rule.metadata)) for rule in self._rules}

    def scan(self, view: str) -> list[RuleMatch]:
        """Every match in `view`, sorted by place."""
        data = view.encode("utf-8", "surrogatepass")
        scanner = yara_x.Scanner(self._rules)
        scanner.max_matches_per_pattern(MAX_MATCHES)
        try:
            found = scanner.scan(data)
        except yara_x.ScanError:
            raise CorpusgateError("The injection rules could not be applied to a text.") from None
        spans = [
            (match.offset, match.offset + match.length, pattern.identifier, self._known[rule.identifier])
            for rule in found.matching_rules
            for pattern in rule.patterns
            for match in pattern.matches
        ]
        place = _code_points(data, {edge for start, end, *_ in spans for edge in (start, end)}, len(view))
        matches = [
            RuleMatch(rule, pattern, *_trimmed(view, place[start], max(place[end], place[start] + 1)))
            for start, end, pattern, rule in spans
        ]
        return sorted(matches, key=lambda match: (match.start, match.end, match.rule.name))


@cache
def load_rules(folder: Path, kept: KeptRules | None = None) -> RuleSet:
    """The rules of `folder`, compiled once a process, or once a home if compiled rules are kept."""
    return RuleSet(folder, kept)


def _kept(folder: Path, sources: dict[str, str], kept: KeptRules) -> yara_x.Rules:
    name = rules_name(sources, version("yara-x"))
    found = kept.read(name)
    if found is not None:
        # They were made here, but a processor without the same instructions cannot use them.
        with contextlib.suppress(Exception):
            return yara_x.Rules.deserialize_from(BytesIO(found))
    rules = _compiled(folder, sources)
    content = BytesIO()
    rules.serialize_into(content)
    kept.write(name, content.getvalue())
    return rules


def _compiled(folder: Path, sources: dict[str, str]) -> yara_x.Rules:
    compiler = yara_x.Compiler()
    for name, source in sources.items():
        try:
            compiler.new_namespace(Path(name).stem)
            compiler.add_source(source)
        except yara_x.CompileError as error:
            raise ConfigError(f"{folder / name} does not compile: {error}", fix="Correct the rule.") from None
    return compiler.build()


def _described(name: str, meta: dict[str, object]) -> InjectionRule:
    try:
        family, weight, reason = meta["family"], meta["weight"], meta["reason"]
    except KeyError as missing:
        raise ConfigError(f"Injection rule {name} lacks the meta field {missing}.", fix="Add it to the rule.") from None
    if not isinstance(weight, float) or not 0 <= weight <= 1:
        raise ConfigError(f"Injection rule {name} has a weight outside 0.0 to 1.0.", fix="Correct the weight.")
    return InjectionRule(name, str(family), weight, meta.get("imperative") is True, str(reason))


def _trimmed(view: str, start: int, end: int) -> tuple[int, int]:
    """The match without the signs around it that only say where a sentence or a quotation begins or ends."""
    while start < end - 1 and view[start] in _LEADING:
        start += 1
    while end > start + 1 and view[end - 1] in _TRAILING:
        end -= 1
    return start, end


def _code_points(data: bytes, edges: Iterable[int], length: int) -> dict[int, int]:
    """Code point of each byte offset; an offset inside a character (a gap may end there) belongs to that character."""
    if len(data) == length:
        return {edge: edge for edge in edges}
    places: dict[int, int] = {}
    last_byte = last_point = 0
    for edge in sorted(edges):
        aligned = edge
        while aligned > last_byte and aligned < len(data) and data[aligned] & 0xC0 == 0x80:
            aligned -= 1
        last_point += len(data[last_byte:aligned].decode("utf-8", "surrogatepass"))
        last_byte = aligned
        places[edge] = last_point
    return places
