"""Numbers and marks of lists in Word files, which are not written in their paragraphs."""

from collections.abc import Callable

from pipeline.extraction.office.parts import WORD, Element, integer

_LEVELS = 9
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
_ROMAN += ((9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # type: ignore[assignment]  # one list in two lines
_MOST_ROMAN = 5000
_MOST_LETTERS = 780
"""Thirty rounds of the alphabet; Word repeats the letter (`aa`, `bb`)."""


class Lists:
    """The lists of a document; counts while paragraphs are read in order."""

    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, Element]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[str, list[int]] = {}
        for one in root.iter(WORD + "abstractNum") if root is not None else ():
            name = one.get(WORD + "abstractNumId", "")
            self._levels[name] = {integer(level.get(WORD + "ilvl")): level for level in one.iter(WORD + "lvl")}
        for number in root.iter(WORD + "num") if root is not None else ():
            reference = number.find(WORD + "abstractNumId")
            self._abstract[number.get(WORD + "numId", "")] = (
                reference.get(WORD + "val", "") if reference is not None else ""
            )

    def mark(self, properties: Element | None) -> str:
        """The number or mark before a paragraph with these `w:numPr`, with a blank behind it; counts it."""
        if properties is None:
            return ""
        held = {name: properties.find(WORD + name) for name in ("numId", "ilvl")}
        number, depth = (one.get(WORD + "val", "") if one is not None else "" for one in held.values())
        list_name, at = self._abstract.get(number, ""), min(integer(depth), _LEVELS - 1)
        level = self._levels.get(list_name, {}).get(at)
        if level is None or at < 0:
            return ""
        counts = self._counts.setdefault(list_name, [0] * _LEVELS)
        counts[at] = counts[at] + 1 if counts[at] else self._start(list_name, at)
        counts[at + 1 :] = [0] * (_LEVELS - at - 1)
        kind = _value(level, "numFmt", "decimal")
        if kind == "bullet":
            return "  " * at + "- "
        written = _value(level, "lvlText")
        for other in range(_LEVELS):
            if f"%{other + 1}" in written:
                count = counts[other] or self._start(list_name, other)
                form = _value(self._levels[list_name].get(other, level), "numFmt", "decimal")
                written = written.replace(f"%{other + 1}", _FORMS.get(form, str)(count))
        return f"{'  ' * at}{written} " if written.strip() else ""

    def _start(self, list_name: str, at: int) -> int:
        level = self._levels[list_name].get(at)
        return integer(_value(level, "start", "1"), 1) if level is not None else 1


def _value(level: Element, name: str, default: str = "") -> str:
    one = level.find(WORD + name)
    return one.get(WORD + "val", default) if one is not None else default


def roman(count: int) -> str:
    """A number in small Roman digits."""
    if not 0 < count < _MOST_ROMAN:
        return str(count)
    digits = ""
    for value, written in _ROMAN:
        digits += written * (count // value)
        count %= value
    return digits


def letters(count: int) -> str:
    """`a` to `z`, then `aa`, `bb` and so on."""
    if not 0 < count <= _MOST_LETTERS:
        return str(count)
    return chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)


_FORMS: dict[str, Callable[[int], str]] = {
    "lowerRoman": roman,
    "upperRoman": lambda count: roman(count).upper(),
    "lowerLetter": letters,
    "upperLetter": lambda count: letters(count).upper(),
    "decimalZero": lambda count: f"{count:02}",
    "none": lambda _: "",
}
"""Forms of ST_NumberFormat, ECMA-376 17.18.59; all others are written in decimal digits."""

NUMBERS: dict[str, Callable[[int], str]] = {
    "romanLc": roman,
    "romanUc": lambda count: roman(count).upper(),
    "alphaLc": letters,
    "alphaUc": lambda count: letters(count).upper(),
}
"""Forms of ST_TextAutonumberScheme, ECMA-376 20.1.10.61, by the beginning of their names."""
