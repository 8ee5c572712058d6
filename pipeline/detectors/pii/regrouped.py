"""Groups of figures with unusual characters between them, read with the usual ones.

People write `4111  1111  1111  1111`, `DE89.3704.0044`, `943<br>476<br>5919`; exports put each group into a cell. Every
run of groups between the same joints is read with blanks, with hyphens, and with nothing in between.

Invariants: `Regrouped.span` gives a span of the text itself, and only for a whole run. A run is bounded, so time and
memory are linear in the text.
"""

import re
from bisect import bisect_right
from collections.abc import Callable

_LEAST_DIGITS, _MOST_DIGITS = 5, 30
_RUN = re.compile(
    r"(?<![A-Za-z0-9])(?<![A-Za-z0-9][./-])\+?\(?[A-Z0-9]{1,8}\)?"
    r"(?P<joint>[ ]{2,4}|[ ]?\t[ ]?|[./·•∙-]|[ ]?\|[ ]?|[ ]?<br[ ]?/?>[ ]?)"
    r"[A-Z0-9]{1,8}(?:(?P=joint)[A-Z0-9]{1,8}){0,9}(?![A-Za-z0-9])(?![./-][A-Za-z0-9])"
)
_USUAL = (" ", "-", "")
_BETWEEN = "\n\n"


_DATE_OR_ADDRESS = re.compile(
    r"(?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d"
    r"|(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}"
)


class Regrouped:
    """The runs of text[start:end] that `wanted` says yes to, given their places; written in the usual ways."""

    def __init__(self, text: str, start: int, end: int, wanted: Callable[[int, int], bool]) -> None:
        self._starts: list[int] = []
        self._runs: list[tuple[int, int, int]] = []
        pieces: list[str] = []
        length = 0
        for run in _RUN.finditer(text, start, end):
            digits = sum(map(str.isdigit, run[0]))
            if not _LEAST_DIGITS <= digits <= _MOST_DIGITS or _DATE_OR_ADDRESS.fullmatch(run[0]):
                continue
            if not wanted(*run.span()):
                continue
            for usual in _USUAL:
                if usual == run["joint"]:
                    continue
                piece = run[0].replace(run["joint"], usual)
                self._starts.append(length)
                self._runs.append((len(piece), *run.span()))
                pieces.append(piece + _BETWEEN)
                length += len(pieces[-1])
        self.text = "".join(pieces)

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where self.text[start:end] stands in the text; None if it is not a whole run."""
        index = bisect_right(self._starts, start) - 1
        size, run_start, run_end = self._runs[index]
        if start > self._starts[index] + 1 or end < self._starts[index] + size:
            return None  # one character before the match may be the + or ( of a telephone number
        return run_start, run_end
