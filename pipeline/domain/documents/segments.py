"""Fields of HL7 version 2 messages, with the meaning that their place in the segment gives them.

`PID|1||4711^^^WARD^MR||STONE^ADA||19840312|F|||12 Mill Lane^^Leeds` has no labels: the standard numbers the fields (HL7
2.5, chapters 3 and 6). Parts of a field have `^` between them, repetitions `~`.

Invariants: pure; a segment is one line. Time is linear in the text.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

_SEGMENT = re.compile(r"(?:^|(?<=[\r\n]))[\x0b ]?(?P<name>PID|NK1|GT1|IN1|STF)\|(?P<fields>[^\r\n]{1,4000})")
_RECORD, _BIRTH, _ADDRESS, _PHONE, _NATIONAL, _NAME = (
    "MRN",
    "date of birth",
    "home address",
    "phone number",
    "national id number",
    "last name",
)
_LICENCE, _ACCOUNT, _INSURANCE = "driver license number", "account number", "insurance number"
_MEANING: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "PID": {
            2: _RECORD,
            3: _RECORD,
            4: _RECORD,
            5: _NAME,
            6: _NAME,
            7: _BIRTH,
            9: _NAME,
            11: _ADDRESS,
            13: _PHONE,
            14: _PHONE,
            18: _ACCOUNT,
            19: _NATIONAL,
            20: _LICENCE,
        },
        "NK1": {2: _NAME, 4: _ADDRESS, 5: _PHONE, 6: _PHONE, 16: _BIRTH, 30: _NAME, 31: _PHONE, 37: _NATIONAL},
        "GT1": {3: _NAME, 5: _ADDRESS, 6: _PHONE, 7: _PHONE, 8: _BIRTH, 12: _NATIONAL},
        "IN1": {16: _NAME, 18: _BIRTH, 19: _ADDRESS, 36: _INSURANCE, 49: _INSURANCE},
        "STF": {3: _NAME, 6: _BIRTH, 10: _PHONE, 11: _ADDRESS},
    }
)
"""Label of each field by its number."""
_WHOLE = frozenset({_ADDRESS})
_NUMBER_PARTS = (1, 12)
"""Components of a telephone number that hold all of it."""
_AREA, _LOCAL = 6, 7
"""Components of a telephone number that hold its parts."""

Labelled = tuple[str, int, int]


def fields_of_segments(text: str) -> Iterator[Labelled]:
    """Meaning and place of each personal value in the messages in `text`, in order of place."""
    if "PID|" not in text and "STF|" not in text and "GT1|" not in text:
        return
    for segment in _SEGMENT.finditer(text):
        meaning = _MEANING[segment["name"]]
        start = segment.start("fields")
        for number, field in enumerate(segment["fields"].split("|"), 1):
            label = meaning.get(number)
            begin = start
            start += len(field) + 1
            if label is None:
                continue
            for value in field.split("~"):
                yield from _values(label, value, begin)
                begin += len(value) + 1


def _values(label: str, value: str, start: int) -> Iterator[Labelled]:
    spans: list[tuple[int, int]] = []
    for part in value.split("^"):
        spans.append((start, start + len(part)))
        start += len(part) + 1
    if not value:
        return
    if label in _WHOLE:
        yield label, spans[0][0], spans[0][0] + len(value.rstrip("^"))
    elif label == _NAME:
        for name, span in zip((_NAME, "first name"), spans, strict=False):
            if span[0] < span[1]:
                yield name, *span
    elif label == _PHONE:
        yield from _numbers(spans)
    elif spans[0][0] < spans[0][1]:
        yield label, *spans[0]


def _numbers(spans: list[tuple[int, int]]) -> Iterator[Labelled]:
    for number in _NUMBER_PARTS:
        if number <= len(spans) and spans[number - 1][0] < spans[number - 1][1]:
            yield _PHONE, *spans[number - 1]
    if len(spans) >= _LOCAL and spans[_LOCAL - 1][0] < spans[_LOCAL - 1][1]:
        area, local = spans[_AREA - 1], spans[_LOCAL - 1]
        yield _PHONE, area[0] if area[0] < area[1] else local[0], local[1]
