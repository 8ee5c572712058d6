"""Numbers and marks of lists and notes in OpenDocument files."""

from collections.abc import Callable

from pipeline.extraction.office.odf_styles import STYLE, TEXT
from pipeline.extraction.office.parts import Element, integer
from pipeline.extraction.office.word_lists import letters, roman

_FORMS: dict[str, Callable[[int], str]] = {
    "i": roman,
    "I": lambda count: roman(count).upper(),
    "a": letters,
    "A": lambda count: letters(count).upper(),
}

_LEVELS = 10


class OdfLists:
    """The list styles of a file; counts while items are read in order."""

    def __init__(self, *roots: Element | None) -> None:
        self._levels: dict[tuple[str, int], Element] = {}
        self._counts: dict[str, list[int]] = {}
        for root in roots:
            for style in root.iter(TEXT + "list-style") if root is not None else ():
                for level in style:
                    key = style.get(STYLE + "name", ""), integer(level.get(TEXT + "level"), 1) - 1
                    self._levels[key] = level

    def begin(self, style: str, *, continues: bool) -> None:
        """Start a list that is in no other list; one that `continues` counts on from the last of its style."""
        if not continues:
            self._counts.pop(style, None)

    def mark(self, style: str, level: int, start: int | None) -> str:
        """The number or mark of an item, with a blank behind it; counts it.

        Args:
            style: Of its list.
            level: How many lists are around its list.
            start: The number that the item itself asks for.

        """
        level = min(level, _LEVELS - 1)
        counts = self._counts.setdefault(style, [0] * _LEVELS)
        counts[level] = (
            start if start is not None else counts[level] + 1 if counts[level] else self._first(style, level)
        )
        counts[level + 1 :] = [0] * (_LEVELS - level - 1)
        indent = "  " * level
        one = self._levels.get((style, level))
        if one is None or one.tag != TEXT + "list-level-style-number":
            return f"{indent}- "
        if not one.get(STYLE + "num-format"):
            return indent
        first = max(0, level + 1 - max(1, integer(one.get(TEXT + "display-levels"), 1)))
        numbers = ".".join(self._number(style, at, counts[at]) for at in range(first, level + 1))
        return f"{indent}{one.get(STYLE + 'num-prefix', '')}{numbers}{one.get(STYLE + 'num-suffix', '')} "

    def _first(self, style: str, level: int) -> int:
        one = self._levels.get((style, level))
        return integer(one.get(TEXT + "start-value"), 1) if one is not None else 1

    def _number(self, style: str, level: int, count: int) -> str:
        one = self._levels.get((style, level))
        write: Callable[[int], str] = _FORMS.get(one.get(STYLE + "num-format", "") if one is not None else "", str)
        return write(count or self._first(style, level))


def note_mark(kind: str, number: int) -> str:
    """The mark of a note, as Markdown writes it."""
    return f"[^{number}]" if kind == "footnote" else f"[^{roman(number)}]"
