"""Whom an override speaks to: the model that reads the text, or people who work with papers, goods and machines.

Invariants: pure. One mark of a model (its prompt, its output, a second kind of evidence) outweighs all marks of people,
so words about people do not protect an order to a model (law 5). It takes two points of people to lower a passage.
"""

import re
from collections.abc import Sequence

from pipeline.detectors.injection import people as marks
from pipeline.detectors.injection.rules import RuleMatch

_BEFORE = 90
"""Code points before an override that can hold its subject, its condition or its negation."""
_AFTER = 110
"""Code points after an override that can hold the next order."""
_SUBSTANTIVE = 0.3
"""Rules of less weight than this say little by themselves."""
_ENOUGH = 2
_OVERRIDE = "override"
_TO_MODELS = frozenset({"dismissal_yours", "dismissal_then_order", "dismissal_content", "order_user_skipped"})
"""Rules whose object only a model has."""
_OBJECT = 16
"""Code points at the end of a match that hold its object."""
_EDGE = 30
"""Code points on each side of a match that a mark may reach into."""


def speaks_to_people(view: str, passage: Sequence[RuleMatch]) -> bool:
    """Whether every override of `passage` is said to people, and nothing in it is meant for a model."""
    telling = [match for match in passage if match.rule.weight >= _SUBSTANTIVE]
    if not telling or any(match.rule.family != _OVERRIDE or match.rule.name in _TO_MODELS for match in telling):
        return False
    return all(_to_people(view, match) for match in telling)


def _to_people(view: str, match: RuleMatch) -> bool:
    left, right = view[max(0, match.start - _BEFORE) : match.start], view[match.end : match.end + _AFTER]
    sentence = re.split(r"[.!?\n](?=\s|$)", left)[-1]
    body = view[match.start : match.end]
    rest = re.split(r"[.!?\n](?=\s|$)", right)[0]
    if (
        marks.MACHINE.search(sentence)
        or marks.MACHINE.search(body)
        or marks.MACHINE.search(right)
        or marks.OUTPUT.search(right)
    ):
        return False
    return _points(sentence, body, rest) >= _ENOUGH


def _points(before: str, body: str, after: str) -> int:
    # A verb can be negated, and a matter named, at the edge of the match.
    places = {
        "before": before,
        "body": body,
        "reach": body + after[:_EDGE],
        "after": after,
        "around": before[-_EDGE:] + body + after[:_EDGE],
    }
    points = sum(weight for weight, place, mark in marks.SAYS_PEOPLE if mark.search(places[place]))
    points += 2 * bool(marks.NEGATED_AFTER.search(body[-6:]))
    if marks.ABOUT.search(after) and marks.INSTRUCTION.search(body[-_OBJECT:]):
        points += 2
    if marks.MODAL.search(before) and not marks.SECOND_PERSON.search(marks.MODAL.sub(" ", before)):
        points += 2
    if marks.PAPERS.search(body) and not marks.INSTRUCTION.search(body):
        points += 2
    if marks.DECLARES.search(body) and (marks.REPORTS.search(before) or marks.REPORTS.search(before + body[:_EDGE])):
        points += 2
    return points
