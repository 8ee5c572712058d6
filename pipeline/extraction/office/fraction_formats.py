"""Numbers of workbooks as fractions: `# ?/?` shows 2.5 as `2 1/2` (ECMA-376 18.8.31)."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

_MOST_PLACES = 7
"""Digits of a denominator that office programs look for."""


def shown(number: Decimal, tokens: Sequence[tuple[str, str]]) -> str:
    """A number of at least 0 as the fraction that its format asks for, without the blanks that align it.

    Args:
        number: The number.
        tokens: The section of the format: `digit` and the mark of a place (`0`, `#`, `?`), or "" and a literal.

    """
    slash = next(at for at, (_, text) in enumerate(tokens) if text == "/")
    start = slash
    while start and tokens[start - 1][0]:
        start -= 1
    end = slash + 1
    while end < len(tokens) and (tokens[end][0] or tokens[end][1].isdigit()):
        end += 1
    before = [at for at in range(start) if tokens[at][0]]
    whole, rest = divmod(Fraction(number), 1) if before else (0, Fraction(number))
    above, below = _nearest(rest, "".join(text for _, text in tokens[slash + 1 : end]))
    if before and above == below:
        whole, above = whole + 1, 0
    part = f"{above}/{below}" if above or not before else ""
    kept = f"{whole}" if before and (whole or not part) else ""
    first = before[0] if before else start
    left = "".join(text for kind, text in tokens[:first] if not kind)
    right = "".join(text for kind, text in tokens[end:] if not kind)
    return f"{left}{' '.join(filter(None, (kept, part)))}{right}"


def _nearest(rest: Fraction, places: str) -> tuple[int, int]:
    """Numerator and denominator: of the denominator that a format fixes, or of the nearest with so many places."""
    if any(place in "123456789" for place in places):
        below = int(places.replace("#", "").replace("?", ""))
        return int(rest * below + Fraction(1, 2)), below
    found = rest.limit_denominator(10 ** min(max(1, len(places)), _MOST_PLACES) - 1)
    return found.numerator, found.denominator
