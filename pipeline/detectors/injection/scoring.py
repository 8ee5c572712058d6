"""From matches of rules to passages with a confidence.

Invariants: pure. Matches close together make one passage; evidence of different families adds up as independent
evidence would, further evidence of the same family counts half.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from pipeline.detectors.injection.addressee import speaks_to_people
from pipeline.detectors.injection.mention import lowering_of, mention_factor
from pipeline.detectors.injection.rules import InjectionRule, RuleMatch
from pipeline.domain.findings.findings import Lowering

_GAP = 400
"""Code points between two matches of one passage, at most."""
_CALIBRATION = 0.82
"""Exponent from combined weight to confidence: 0.43, where attacks begin to outnumber ordinary text, becomes 0.5."""
_SAID_TO_PEOPLE = 0.3
"""The share of its weight that an override said to people keeps."""
_SENTENCE = 200
"""A passage grows to the sentence around it, by at most this much on each side."""


@dataclass(frozen=True, slots=True)
class InstructionPassage:
    """A place in a view that reads like an instruction to a machine, with how likely it is one."""

    start: int
    end: int
    confidence: float
    undoubted: float
    """Confidence without the surroundings that speak for a mention."""
    leading: InjectionRule
    """The rule that says most."""
    families: frozenset[str]
    lowering: Lowering = Lowering.MENTION
    """Why it counts for less, if it does."""


def passages(view: str, matches: Sequence[RuleMatch]) -> Iterator[InstructionPassage]:
    """Passages of `view`, in order; `matches` are sorted by place."""
    for group in _grouped(matches):
        leading = max((match.rule for match in group), key=lambda rule: (rule.weight, rule.name))
        combined = _combined(group)
        people = speaks_to_people(view, group)
        factor = mention_factor(view, group) * (_SAID_TO_PEOPLE if people else 1.0)
        confidence = (combined * factor) ** _CALIBRATION
        undoubted = round(combined**_CALIBRATION, 4)
        start, end = _sentence(view, group[0].start, max(match.end for match in group))
        families = frozenset(match.rule.family for match in group)
        lowering = Lowering.PEOPLE if people else lowering_of(view, group)
        yield InstructionPassage(start, end, round(confidence, 4), undoubted, leading, families, lowering)


def _grouped(matches: Sequence[RuleMatch]) -> Iterator[list[RuleMatch]]:
    group: list[RuleMatch] = []
    reach = 0
    for match in matches:
        if group and match.start - reach > _GAP:
            yield group
            group = []
        reach = max(reach, match.end) if group else match.end
        group.append(match)
    if group:
        yield group


def _combined(group: Sequence[RuleMatch]) -> float:
    weights: dict[str, dict[tuple[str, str], float]] = {}
    for match in group:
        weights.setdefault(match.rule.family, {})[match.rule.name, match.pattern] = match.rule.weight
    doubt = 1.0
    for signals in weights.values():
        strongest, *others = sorted(signals.values(), reverse=True)
        doubt *= (1 - strongest) * prod(1 - weight / 2 for weight in others)
    return 1 - doubt


def _sentence(view: str, start: int, end: int) -> tuple[int, int]:
    left = view[max(0, start - _SENTENCE) : start]
    cut = max(left.rfind(mark) for mark in (". ", "! ", "? ", "\n", ": "))
    start -= len(left) - cut - 1 if cut >= 0 else 0
    while start < end and view[start].isspace():
        start += 1
    right = view[end : end + _SENTENCE]
    cuts = [place for place in (right.find(mark) for mark in (".", "!", "?", "\n")) if place >= 0]
    if cuts and view[end - 1 : end] not in (".", "!", "?", "\n"):
        end += min(cuts) + (right[min(cuts)] != "\n")
    return start, end
