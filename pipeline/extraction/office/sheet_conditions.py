"""Conditional formats of a sheet that would hide text, as far as their condition is about text or always holds.

Formulas are not evaluated: one that compares two cells, as in a list that writes each name once, is taken for honest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.extraction.office.parts import SHEET, Element, integer
from pipeline.extraction.office.sheet_styles import Overlay

_NUMBER = re.compile(r"[-+\s\d.,:%()€$£/]*|#[\w/!?]+|TRUE|FALSE")
"""Cells whose value is a number, a date, an error or a switch: conditions hide zeros and errors in honest files."""
_TWO_CELLS = re.compile(r"\$?[A-Z]{1,3}\$?\d+\s*(?:=|<>)\s*\$?[A-Z]{1,3}\$?\d+")
_ERROR_TESTS = re.compile(r"\bIS(?:ERROR|ERR|NA|BLANK|NUMBER)\s*\(", re.IGNORECASE)
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_MOST_RANGES = 1000


@dataclass(frozen=True, slots=True)
class HidingRule:
    """One condition and the look that it gives."""

    kind: str
    argument: str
    """The text that the condition looks for, in small letters."""
    overlay: Overlay
    ranges: tuple[tuple[int, int, int, int], ...]
    """First and last row, first and last column of each."""

    def holds(self, value: str) -> bool:
        """Whether the condition holds for the text of a cell, or may."""
        text = value.casefold()
        if _NUMBER.fullmatch(value.strip()):
            return False
        match self.kind:
            case "containsText":
                return self.argument in text
            case "notContainsText":
                return self.argument not in text
            case "beginsWith":
                return text.startswith(self.argument)
            case "endsWith":
                return text.endswith(self.argument)
        return True


def rules_of(element: Element, looks: list[Overlay]) -> Iterator[HidingRule]:
    """The rules of one `conditionalFormatting` that may hide text.

    Args:
        element: The element.
        looks: The looks of the workbook.

    """
    ranges = tuple(
        (int(top), int(bottom or top), _column(left), _column(right or left))
        for left, top, right, bottom in _REFERENCE.findall(element.get("sqref", "")[:20_000])
    )[:_MOST_RANGES]
    for rule in element.iterfind(SHEET + "cfRule"):
        at, kind = integer(rule.get("dxfId"), -1), rule.get("type", "")
        if not 0 <= at < len(looks) or not _is_about_text(kind, rule.findtext(SHEET + "formula") or ""):
            continue
        yield HidingRule(kind, rule.get("text", "").casefold(), looks[at], ranges)


def _is_about_text(kind: str, formula: str) -> bool:
    if kind == "expression":
        return not _TWO_CELLS.fullmatch(formula.strip()) and not _ERROR_TESTS.search(formula)
    if kind == "cellIs":
        return formula.strip().startswith('"')
    return kind in (
        *("notContainsBlanks", "notContainsErrors", "containsText", "notContainsText", "beginsWith", "endsWith"),
        "uniqueValues",
    )


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
