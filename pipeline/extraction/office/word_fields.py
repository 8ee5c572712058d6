"""Fields of Word files: their codes are not shown, their results are."""

import re
from dataclasses import dataclass, field

from pipeline.extraction.office.parts import WORD, Element, integer, on

_RUNS_PROGRAMS = frozenset({"DDE", "DDEAUTO"})
_FETCHES = frozenset({"INCLUDETEXT", "INCLUDEPICTURE", "LINK", "IMPORT", "RD"})
_WORD = re.compile(r"\s*([A-Za-z]+)")
_BOXES = ("\u2610", "\u2611")
_MOST_CODE = 4000


def active(code: str, kind: str) -> str | None:
    """The technique of a field whose code starts a program or fetches something; None for any other."""
    match = _WORD.match(code)
    name = match[1].upper() if match else ""
    if name in _RUNS_PROGRAMS:
        return f"{kind}-dde"
    return f"{kind}-external-link" if name in _FETCHES else None


@dataclass(slots=True)
class _Field:
    code: list[str] = field(default_factory=list)
    shows: bool = False


class Fields:
    """The open fields at one place of a text, from outside to inside."""

    def __init__(self) -> None:
        self._open: list[_Field] = []

    @property
    def in_code(self) -> bool:
        """Whether text here belongs to a code."""
        return any(not one.shows for one in self._open)

    def character(self, one: Element) -> str:
        """Follow a `w:fldChar`; the code of a field whose code ends here, else nothing."""
        kind = one.get(WORD + "fldCharType")
        if kind == "begin":
            self._open.append(_Field())
            return ""
        if not self._open:
            return ""
        current = self._open[-1]
        code = "" if current.shows else "".join(current.code)[:_MOST_CODE]
        current.shows = True
        if kind == "end":
            self._open.pop()
        return code

    def instruction(self, text: str) -> None:
        """Follow text of a code."""
        if self._open:
            self._open[-1].code.append(text)


def form_value(one: Element) -> str:
    """The shown value of a check box or a list of the old form fields, which have no result."""
    data = one.find(WORD + "ffData")
    if data is None:
        return ""
    if (box := data.find(WORD + "checkBox")) is not None:
        state = box.find(WORD + "checked")
        return _BOXES[on(state if state is not None else box.find(WORD + "default"), "val")]
    if (choice := data.find(WORD + "ddList")) is not None:
        entries = [entry.get(WORD + "val", "") for entry in choice.iter(WORD + "listEntry")]
        picked = choice.find(WORD + "result")
        at = integer(picked.get(WORD + "val")) if picked is not None else 0
        return entries[at] if 0 <= at < len(entries) else ""
    return ""
