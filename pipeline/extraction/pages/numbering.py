"""Marks and numbers of lists, as browsers write them."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
    (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_LARGEST_ROMAN = 3999
_LETTERS = 26
_LONGEST_NUMBER = 9
_BULLETS = frozenset(("disc", "circle", "square", "disclosure-open", "disclosure-closed"))


@dataclass(slots=True)
class _List:
    number: int
    step: int


class PageLists:
    """The lists around the place that is written."""

    def __init__(self) -> None:
        self._open: list[_List] = []

    def open(self, element: Element) -> None:
        """Enter a list."""
        is_reversed = element.tag == "ol" and "reversed" in element.attrib
        start = _whole(element.get("start", ""))
        if start is None:
            start = len(element.findall("li")) if is_reversed else 1
        step = -1 if is_reversed else 1
        self._open.append(_List(start - step, step))

    def close(self) -> None:
        """Leave a list."""
        self._open.pop()

    def mark(self, element: Element, style: str) -> str:
        """The mark of the next item, with the blanks before and after it."""
        indent = "  " * (len(self._open) - 1)
        if not self._open:
            return "- " if style in _BULLETS else ""
        current = self._open[-1]
        value = _whole(element.get("value", "")) if element.tag == "li" else None
        current.number = current.number + current.step if value is None else value
        if style == "none":
            return indent
        if style.startswith('"'):
            return indent + style[1:]
        return f"{indent}- " if style in _BULLETS else f"{indent}{numbered(current.number, style)}. "


def numbered(number: int, style: str) -> str:
    """A number in a style of CSS; in digits if the style is unknown."""
    if style.endswith("-roman") and 0 < number <= _LARGEST_ROMAN:
        text = ""
        for value, letters in _ROMAN:
            text += letters * (number // value)
            number %= value
        return text.lower() if style.startswith("lower") else text
    if style.endswith(("-alpha", "-latin")) and number > 0:
        text = ""
        while number:
            number, digit = divmod(number - 1, _LETTERS)
            text = chr(ord("A") + digit) + text
        return text.lower() if style.startswith("lower") else text
    if style == "decimal-leading-zero":
        return f"{number:02}"
    return str(number)


def _whole(value: str) -> int | None:
    value = value.strip()
    digits = value.removeprefix("-").removeprefix("+")
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER else None
