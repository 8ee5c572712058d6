"""How values are written: what a cell must look like to be what its header says.

Invariants: pure; a shape reads a bounded cell in linear time, and says nothing about whose value it is.
"""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from pipeline.detectors.pii.places import DATES, looks_postal

LONGEST_CELL = 200

_PHONE = re.compile(
    r"(?:tel:)?(?P<number>[+(]?\d[\d ().\-/]{5,24}\d)(?:\s?(?:x|ext\.?|ex\.?|#|-|Durchwahl|App\.?|int\.?)\s?\d{1,6})?",
    re.IGNORECASE,
)
_NO_PHONE = re.compile(
    r"\d+\.\d+|\d{1,3}(?:\.\d{1,3}){3}|(?:19|20)\d\d[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./](?:19|20)\d\d"
)
_DATE = re.compile(rf"(?:{'|'.join(DATES)}|\d{{4}} \d{{1,2}} ?\d{{1,2}})(?:[T ]\d\d:\d\d[\d:.Z+-]*)?", re.IGNORECASE)
_EMAIL = re.compile(
    r"[^\s@]{1,64}(?:@|\s?[\[(](?:at|@)[\])]\s?|%40)[^\s@]{2,}(?:\.|\s?[\[(](?:dot|\.)[\])]\s?)[^\W\d_]{2,}",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.\-,]|[ \u00a0]){0,58}[^\W\d_]\.?|[^\W\d_]")
_CODE = re.compile(r"(?:[A-Za-z]{1,4}[ ./#:-]{0,2})?[A-Za-z0-9](?:[ ./-]?[A-Za-z0-9]){3,34}")
_PLATE = re.compile(r"(?=[^\n]*\d)(?=[^\n]*[^\W\d_])[\w](?:[ ·•-]?\w){3,10}")
_CARD = re.compile(r"\d{4}(?:[ .-]?\d){8,15}")
_ACCOUNT = re.compile(r"(?:[A-Za-z]{2}\d{2}(?:[ .-]?[A-Za-z0-9]){8,32}|\d(?:[ ./-]?\d){5,29})")
_CURRENCY = r"(?:[^\W\d_]{1,4}\.?|[$€£¥₩₹฿])?"
_MONEY = re.compile(
    rf"{_CURRENCY}\s?\d{{1,3}}(?:[ .,'’]?\d{{3}})*(?:[.,]\d{{1,2}})?(?!\d)\s?{_CURRENCY}(?:\s?/\s?\w+)?"
)
_DECIMAL = re.compile(r"-?\d+[.,]\d+|0x.*")
_LAYS_OPEN = re.compile(r"[^\W\d_]{3}|[A-TV-Z]\d\d")
"""A word, or a code of the International Classification of Diseases."""
_ADDRESS_IN_SCRIPT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]{3}")


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _phone(cell: str) -> int:
    found = _PHONE.match(cell)
    if found is None or not 7 <= _digits(found["number"]) <= 15 or _NO_PHONE.fullmatch(found[0]):
        return 0
    return 0 if cell[found.end() : found.end() + 1].isalnum() else found.end()


def _whole(
    pattern: re.Pattern[str], least_digits: int = 0, most_digits: int = 99, *, decimals: bool = False
) -> Callable[[str], int]:
    def shape(cell: str) -> int:
        found = pattern.match(cell)
        if found is None or not least_digits <= _digits(found[0]) <= most_digits:
            return 0
        if not decimals and _DECIMAL.fullmatch(found[0]):
            return 0
        return 0 if cell[found.end() : found.end() + 1].isalnum() else found.end()

    return shape


def _address(cell: str) -> int:
    postal = looks_postal(cell) or (_ADDRESS_IN_SCRIPT.search(cell) and "@" not in cell)
    return len(cell) if postal and cell[:1].isalnum() and not cell.startswith("0x") else 0


def _name(cell: str) -> int:
    found = _NAME.fullmatch(cell)
    return len(cell) if found and len(cell.split()) <= 6 else 0


def _words(cell: str) -> int:
    return len(cell) if cell[:1].isalnum() and _LAYS_OPEN.search(cell) else 0


SHAPES: Mapping[str, Callable[[str], int]] = MappingProxyType(
    {
        "email": _whole(_EMAIL),
        "phone": _phone,
        "date": _whole(_DATE, 5),
        "address": _address,
        "name": _name,
        "account": _whole(_ACCOUNT, 6),
        "card": _whole(_CARD, 12, 19),
        "code": _whole(_CODE, 4),
        "long_code": _whole(_CODE, 5),
        "plate": _whole(_PLATE, 1, 8),
        "money": _whole(_MONEY, 2, decimals=True),
        "words": _words,
    }
)
"""How many characters at the beginning of a cell are the value; 0 if it is not one."""


def starts_a_name(cell: str, given: frozenset[str]) -> bool:
    """Whether one of the first words of a cell is a given name, written as names are."""
    pieces = re.findall(r"[^\W\d_]+", cell)[:3]
    return any(piece.lower() in given and piece[0].isupper() for piece in pieces) or (
        bool(pieces) and _ADDRESS_IN_SCRIPT.match(cell) is not None and len(cell) <= 5
    )
