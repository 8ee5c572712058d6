"""Formatting of RTF: what a group inherits, and how text of it is hidden."""

from dataclasses import dataclass, field

from pipeline.extraction.hidden.styles import WHITE, alike
from pipeline.extraction.office.colours import RGB

_TINY_HALF_POINTS = 4
_NARROW_PERCENT = 5
_OVERLAP = 0.45
"""Letters that stand closer than this share of their size lie on each other."""
_TWIPS_PER_HALF_POINT = 10
_FAR_HALF_POINTS = 1000
_FAR_TWIPS = 15_000
_TINY_LINE_TWIPS = 40
_USUAL_SIZE = 24

CHARACTER = {"v": 0, "webhidden": 0, "deleted": 0, "cf": 0, "highlight": 0, "chcbpat": 0, "cb": 0, "fs": _USUAL_SIZE}
CHARACTER |= {"charscalex": 100, "expndtw": 0, "up": 0, "dn": 0, "f": -1}
"""Properties that `\\plain` resets, with their values."""
PARAGRAPH = {"cbpat": 0, "li": 0, "fi": 0, "posx": 0, "posnegx": 0, "sl": 0, "intbl": 0, "outlinelevel": 9}
"""Properties that `\\pard` resets, with their values."""
_SWITCHES = frozenset({"v", "webhidden", "deleted", "intbl"})


@dataclass(slots=True)
class Formatting:
    """The state of one group."""

    kind: str = "text"
    """Where its text goes: `text`, `skip`, or the table or code that it belongs to."""
    skip_after_unicode: int = 1
    values: dict[str, int] = field(default_factory=lambda: CHARACTER | PARAGRAPH)

    def inner(self) -> "Formatting":
        """The state with which a group inside starts."""
        return Formatting(self.kind, self.skip_after_unicode, dict(self.values))

    def set(self, word: str, number: int | None) -> bool:
        """Follow a control word; whether it is one of formatting."""
        if word == "plain":
            self.values |= CHARACTER
        elif word == "pard":
            self.values |= PARAGRAPH
        elif word in self.values:
            self.values[word] = number if number is not None else 1 if word in _SWITCHES else 0
        else:
            return False
        return True

    def technique(self, colours: list[RGB | None], cell: int) -> str | None:
        """How text of this state is hidden.

        Args:
            colours: The table of colours, None for automatic ones.
            cell: The colour of the cell around it by its number.

        """
        look = self.values
        if look["deleted"]:
            return "rtf-deleted"
        if look["v"]:
            return "rtf-vanish"
        if look["fs"] <= _TINY_HALF_POINTS:
            return "rtf-tiny-font"
        squeeze = -look["expndtw"] > _OVERLAP * look["fs"] * _TWIPS_PER_HALF_POINT
        if squeeze or look["charscalex"] <= _NARROW_PERCENT:
            return "rtf-squeezed"
        if -_TINY_LINE_TWIPS <= look["sl"] < 0:  # negative is exact
            return "rtf-tiny-line"
        far = any(abs(look[name]) >= _FAR_TWIPS for name in ("li", "fi", "posx", "posnegx"))
        if far or max(look["up"], look["dn"]) >= _FAR_HALF_POINTS:
            return "rtf-off-page"
        own = next((look[name] for name in ("highlight", "chcbpat", "cb", "cbpat") if look[name]), cell)
        ink, behind = _colour(colours, look["cf"]), _colour(colours, own) or WHITE
        if ink is None or not alike(ink, behind):
            return None
        return "rtf-white-text" if alike(behind, WHITE) else "rtf-same-colour"


def _colour(colours: list[RGB | None], at: int) -> RGB | None:
    return colours[at] if 0 < at < len(colours) else None
