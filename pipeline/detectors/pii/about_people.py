"""A document about people: many of them, each with facts about a life.

A name alone is weak evidence, and so is a date. Many persons with their birth dates, salaries or diagnoses are personal
data as a whole, also where a redaction would leave the names next to each other. A list says the same of everybody;
prose, such as minutes or a ward round, says another thing of each.

Invariants: pure; time is linear in the matches, apart from one sort. The finding has no span and holds no text.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

from pipeline.detectors.pii.facts import Fact, Facts
from pipeline.detectors.pii.spans import PiiMatch
from pipeline.domain.findings.findings import Detection, FindingKind, Severity
from pipeline.domain.findings.stretches import Stretches

ENTITY = "PEOPLE_RECORDS"

_LEAST_PEOPLE = 5
_LEAST_TOLD = 3
"""Persons that are enough if a text says two things or more of each."""
_LEAST_IN_PROSE = 2
"""Persons of whom a sentence must say something: else the text is a list, and the columns decide."""
_REACH = 160
"""Characters between a name and what is said of its bearer: one row, one record."""
_SPREAD = 2000
"""Characters a person in the mean, from which on a document only mentions people."""
_SPREAD_IN_PROSE = 800
"""The same for prose, whose phrases are weaker evidence than the columns of a list."""
_SURE = 0.5
_WEAK, _STRONG = 1, 2
"""Points of a fact. A person is told of from the points of a strong one on."""
_MOSTLY = 0.6
"""Share of the persons in a text that are told of if it is about them."""
_AGE = re.compile(r"(?:,| \()? ?(?P<age>(?<=[ (])\d{1,2})(?:[,;:)]| ?[yJ]\b)")
_LONG_AGO = re.compile(r"(?<!\d)1[0-8]\d\d(?!\d)")
"""A year of birth of no living person."""
_CONTACT = "a way to reach them"
_ADDRESS = "an address"
_GROUPS = {
    "DATE_OF_BIRTH": "a birth date",
    "STREET_ADDRESS": _ADDRESS,
    "SALARY": "pay",
    "DIAGNOSIS": "health",
    "MEDICAL_RECORD_NUMBER": "health",
    "BANK_ACCOUNT": "an account",
    "IBAN_CODE": "an account",
    "CREDIT_CARD": "an account",
    "PHONE_NUMBER": _CONTACT,
    "EMAIL_ADDRESS": _CONTACT,
}
_IDENTITY = "an identity number"
"""The group of every other identifier of high severity."""


def about_people(text: str, matches: Iterable[PiiMatch], facts: Facts) -> Detection | None:
    """The finding that `text` keeps records of people; None if it does not."""
    counted = [match for match in matches if match.lowered is None and match.confidence >= _SURE]
    names = sorted((match.start, match.end) for match in counted if match.entity == "PERSON")
    if len({text[start:end].casefold() for start, end in names}) < _LEAST_TOLD:
        return None
    told = _Told(text, names)
    for match in counted:
        if match.entity == "DATE_OF_BIRTH" and _LONG_AGO.search(text, match.start, match.end):
            continue
        group = _GROUPS.get(match.entity) or (_IDENTITY if match.severity.rank >= Severity.HIGH.rank else None)
        if group:
            told.add(match.start, match.end, group)
    groups = told.listed()
    if not groups:
        spots = Stretches((match.start, match.end) for match in counted)
        said = facts.find(text, told.around_names())
        groups = told.listed_in_prose(fact for fact in said if spots.first(fact.start, fact.end) is None)
    if not groups:
        return None
    reason = f"It keeps records of people: several of them with {', '.join(groups)}."
    return Detection(
        FindingKind.PII, "pii.people-records", ENTITY, 0, 0, Severity.MEDIUM, 0.9, reason, ", ".join(groups)
    )


class _Told:
    """The groups of facts of each person in a text."""

    def __init__(self, text: str, names: list[tuple[int, int]]) -> None:
        self._text = text
        self._names = names
        self._starts = [start for start, _ in names]
        self._people = len({text[start:end].casefold() for start, end in names})
        self._persons: defaultdict[str, set[str]] = defaultdict(set)
        """The persons of each group."""
        self._places: list[int] = []

    def add(self, start: int, end: int, group: str, *, of_its_line: bool = False) -> str | None:
        """Note that text[start:end] says something of the person next to it. Returns that person, if there is one."""
        bearer = self._bearer(start, end, of_its_line=of_its_line)
        if bearer:
            self._persons[group].add(bearer)
            self._places.append(start)
        return bearer

    def listed(self) -> list[str]:
        """The groups that enough persons have, as in a list; none if they are harmless."""
        groups = sorted(group for group, persons in self._persons.items() if len(persons) >= _LEAST_PEOPLE)
        telling = set(groups) - {_CONTACT}
        if not telling or groups == [_ADDRESS]:
            return []
        people = max(len(self._persons[group]) for group in telling)
        return groups if max(self._places) - min(self._places) <= _SPREAD * people else []

    def listed_in_prose(self, facts: Iterable[Fact]) -> list[str]:
        """The groups of a text that says of one person after the other this and that; none if it does not."""
        weights: defaultdict[str, int] = defaultdict(lambda: _STRONG)
        weights |= {_CONTACT: 0, _ADDRESS: _WEAK}
        in_prose: set[str] = set()
        for fact in [*facts, *self._ages()]:
            in_prose |= {self.add(fact.start, fact.end, fact.says, of_its_line=True) or ""}
            if fact.weak:
                weights[fact.says] = _WEAK
        groups: defaultdict[str, set[str]] = defaultdict(set)
        for group, persons in self._persons.items():
            for person in persons:
                groups[person].add(group)
        worth = {person: sum(weights[group] for group in of) for person, of in groups.items()}
        told = {person for person, points in worth.items() if points >= _STRONG}
        closely = sum(points > _STRONG for points in worth.values())
        mostly = len(told) >= max(_LEAST_TOLD, _MOSTLY * self._people)
        if len(in_prose & told) < _LEAST_IN_PROSE or not (
            len(told) >= _LEAST_PEOPLE or closely >= _LEAST_TOLD or mostly
        ):
            return []
        if max(self._places) - min(self._places) > _SPREAD_IN_PROSE * len(told):
            return []
        return sorted({group for person in told for group in groups[person]})

    def around_names(self) -> Iterator[tuple[int, int]]:
        """The stretches of the text in which something may be said of somebody; they do not overlap."""
        left = right = 0
        for start, end in self._names:
            if start - _REACH > right:
                if right:
                    yield left, right
                left = max(0, start - _REACH)
            right = end + _REACH
        yield left, min(right, len(self._text))

    def _ages(self) -> Iterator[Fact]:
        """The ages that stand right behind a name: `Helen Marsh, 59, …`."""
        for _, end in self._names:
            if found := _AGE.match(self._text, end):
                yield Fact(*found.span("age"), "age", weak=True)

    def _bearer(self, start: int, end: int, *, of_its_line: bool) -> str | None:
        """The name next to a value: of its own line if there is one, and rather one before it than after."""
        after = bisect_left(self._starts, start)
        near: list[tuple[bool, bool, str]] = []
        for later, place in ((False, after - 1), (True, after)):
            if 0 <= place < len(self._names):
                left, right = self._names[place]
                gap = self._text[end:left] if later else self._text[right:start]
                if len(gap) <= _REACH and not (of_its_line and "\n" in gap):
                    near.append(("\n" in gap, later, self._text[left:right].casefold()))
        return min(near)[2] if near else None
