"""A document about people: many of them, each with facts about a life.

A name alone is weak evidence, and so is a date. Many persons with their birth dates, salaries or diagnoses are personal
data as a whole, also where a redaction would leave the names next to each other.

Invariants: pure; time is linear in the matches, apart from one sort. The finding has no span and holds no text.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from pipeline.detectors.pii.spans import PiiMatch
from pipeline.domain.findings.findings import Detection, FindingKind, Severity

ENTITY = "PEOPLE_RECORDS"

_LEAST_PEOPLE = 5
_REACH = 160
"""Characters between a name and what is said of its bearer: one row, one record."""
_SPREAD = 2000
"""Characters a person in the mean, from which on a document only mentions people."""
_SURE = 0.5
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


def about_people(text: str, matches: Iterable[PiiMatch]) -> Detection | None:
    """The finding that `text` keeps records of people; None if it does not."""
    counted = [match for match in matches if match.lowered is None and match.confidence >= _SURE]
    names = sorted((match.start, match.end) for match in counted if match.entity == "PERSON")
    if len(names) < _LEAST_PEOPLE:
        return None
    starts = [start for start, _ in names]
    told: defaultdict[str, set[str]] = defaultdict(set)
    places: list[int] = []
    for match in counted:
        group = _GROUPS.get(match.entity) or (_IDENTITY if match.severity.rank >= Severity.HIGH.rank else None)
        bearer = _bearer(text, names, starts, match) if group else None
        if group and bearer:
            told[group].add(bearer)
            places.append(match.start)
    groups = sorted(group for group, persons in told.items() if len(persons) >= _LEAST_PEOPLE)
    telling = set(groups) - {_CONTACT}
    if not telling or groups == [_ADDRESS]:
        return None
    people = max(len(told[group]) for group in telling)
    if max(places) - min(places) > _SPREAD * people:
        return None
    reason = f"It keeps records of people: at least {_LEAST_PEOPLE} of them with {', '.join(groups)}."
    return Detection(
        FindingKind.PII, "pii.people-records", ENTITY, 0, 0, Severity.MEDIUM, 0.9, reason, ", ".join(groups)
    )


def _bearer(text: str, names: list[tuple[int, int]], starts: list[int], match: PiiMatch) -> str | None:
    """The name that a value stands next to: of its own line if there is one, and rather one before it than after."""
    after = bisect_left(starts, match.start)
    near: list[tuple[bool, bool, str]] = []
    for later, place in ((False, after - 1), (True, after)):
        if 0 <= place < len(names):
            start, end = names[place]
            gap = text[match.end : start] if later else text[end : match.start]
            if len(gap) <= _REACH:
                near.append(("\n" in gap, later, text[start:end].casefold()))
    return min(near)[2] if near else None
