"""Numbers of workbooks as their formats show them: ECMA-376 18.8.30 and 18.8.31.

Dates in the form of a reader's own country are written as in ISO 8601. A format that is not understood gives the
number as it is stored.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from pipeline.extraction.office import fraction_formats

GENERAL = "General"
BUILT_IN = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??",
    14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
    **dict.fromkeys((*range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd"),
}  # fmt: skip
"""Formats that a workbook refers to by number alone."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<blank>.)|\*.|\[\$(?P<currency>[^\]-]*)[^\]]*\]|'
    r"\[(?P<elapsed>h+|m+|s+)\]|"
    r"\[(?P<colour>black|white|red|green|blue|yellow|magenta|cyan|color\s*\d{1,2})\]|\[(?P<condition>[<>=]+-?[\d.]+)\]|\[[^\]]*\]|(?P<half>AM/PM|A/P)|"
    r"(?P<exponent>E[+-])|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|e+|b+)|(?P<digit>[0#?])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_SIGNIFICANT = 15
"""Digits that a workbook keeps."""
_PLAIN_UP_TO = 21
"""Whole numbers with more digits are written with an exponent."""
_SHORT_MONTH = 3
_MOST_DAYS = 2_958_465
"""The last day of the year 9999."""
_LOTUS_DAY = 60
"""Day numbers up to here are one too small: the calendar of workbooks has a 29 February 1900."""
_MOST_CODE = 500


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def shown(value: str, code: str, *, from_1904: bool = False) -> str:
    """A stored number as its format shows it.

    Args:
        value: The number as it is stored.
        code: The format.
        from_1904: Whether days are counted from 1904.

    """
    try:
        number = Decimal(value)
        if not number.is_finite():
            return value
        return _shown(number, code[:_MOST_CODE], from_1904)
    except (InvalidOperation, ValueError, OverflowError):
        return value


def text_shown(value: str, code: str) -> str:
    """A text as its format shows it, which can be nothing."""
    sections = _sections(code[:_MOST_CODE])
    if len(sections) < 4 and not any(token.text == "@" for token in sections[-1]):
        return value
    return "".join(value if token.kind == "other" and token.text == "@" else _literal(token) for token in sections[-1])


def ink(value: str, code: str, *, is_text: bool) -> str | None:
    """The name of the colour in which a format shows a value, in small letters; None if it leaves that to the font.

    Args:
        value: The value as it is stored.
        code: The format.
        is_text: Whether it is text, which has a section of its own.

    """
    if "[" not in code:
        return None
    sections = _sections(code[:_MOST_CODE])
    if is_text:
        section = sections[-1] if len(sections) > 3 or any(token.text == "@" for token in sections[-1]) else []
    else:
        try:
            section = _section(sections, Decimal(value))[0]
        except (InvalidOperation, ValueError):
            return None
    return next((token.text.casefold().replace(" ", "") for token in section if token.kind == "colour"), None)


def general(number: Decimal) -> str:
    """A number without a format, with all its digits."""
    rounded = Decimal(f"{number:.{_SIGNIFICANT}g}") if number != number.to_integral_value() else number
    if rounded == rounded.to_integral_value() and abs(rounded) < Decimal(10) ** _PLAIN_UP_TO:
        return f"{rounded.to_integral_value():f}"
    if Decimal("1e-9") < abs(rounded) < Decimal(10) ** _PLAIN_UP_TO:
        return f"{rounded.normalize():f}"
    return f"{rounded.normalize():E}"


def _shown(number: Decimal, code: str, from_1904: bool) -> str:
    if code.casefold() in ("general", "@", ""):
        return general(number)
    sections = _sections(code)
    tokens, own_sign = _section(sections, number)
    if any(token.kind in ("date", "elapsed", "half") for token in tokens):
        return _date(float(number), tokens, from_1904)
    if any(token.text.casefold() == "general" for token in tokens):
        tokens = [token for token in tokens if token.text.casefold() != "general"]
        return "".join(map(_literal, tokens)) + general(abs(number) if own_sign else number)
    if not any(token.kind == "digit" for token in tokens):
        sign = "-" if number < 0 and not own_sign and tokens else ""
        return sign + "".join(map(_literal, tokens)).replace("@", general(abs(number)))
    body = _number(abs(number), tokens)
    return f"-{body}" if number < 0 and not own_sign and re.search(r"[1-9]", body) else body


@lru_cache(maxsize=512)
def _sections(code: str) -> list[list[_Token]]:
    sections: list[list[_Token]] = [[]]
    word = re.compile("general", re.IGNORECASE)
    at = 0
    while at < len(code):
        if match := word.match(code, at):
            sections[-1].append(_Token("other", "General"))
        elif match := _TOKEN.match(code, at):
            kind = match.lastgroup or ""
            if kind == "other" and match[0] == ";":
                sections.append([])
            elif kind:
                text = match[kind]
                sections[-1].append(_Token(kind, text if kind in ("quoted", "escaped") else text or ""))
        else:
            break
        at = match.end()
    return sections


def _section(sections: list[list[_Token]], number: Decimal) -> tuple[list[_Token], bool]:
    """The section of a format for a number, and whether it writes the sign itself."""
    for section in sections[:2]:
        condition = next((token.text for token in section if token.kind == "condition"), None)
        if condition and (match := re.fullmatch(r"([<>=]+)(-?[\d.]+)", condition)):
            limit = Decimal(match[2])
            holds = ("<" in match[1] and number < limit) or (">" in match[1] and number > limit)
            if holds or ("=" in match[1] and number == limit):
                return section, False
    conditional = any(token.kind == "condition" for section in sections for token in section)
    if conditional:
        return sections[min(len(sections), 3) - 1], False
    if number < 0 and len(sections) > 1:
        return sections[1], True
    return (sections[2], True) if number == 0 and len(sections) > 2 else (sections[0], False)


def _literal(token: _Token) -> str:
    if token.kind == "blank":
        return " "
    return token.text if token.kind in ("quoted", "escaped", "currency", "other") else ""


def _scientific(number: Decimal, before: int, places: int) -> tuple[str, str]:
    """Mantissa and power of ten. With several digits before the point, the power is a multiple of their number."""
    aligned = number.adjusted() // before * before if number else 0
    scaled = number.scaleb(-aligned).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if scaled >= Decimal(10) ** before:
        scaled, aligned = scaled.scaleb(-before).quantize(Decimal(1).scaleb(-places)), aligned + before
    return f"{scaled:.{places}f}", f"{aligned:+d}"


def _written(token: _Token) -> str:
    return token.text if token.kind == "digit" else _literal(token)


def _number(number: Decimal, tokens: list[_Token]) -> str:
    digits = [at for at, token in enumerate(tokens) if token.kind == "digit"]
    exponent = next((at for at, token in enumerate(tokens) if token.kind == "exponent"), None)
    if exponent is not None:
        places = sum(1 for at in digits if _after_point(tokens, at) and at < exponent)
        before = max(1, sum(1 for at in digits if at < exponent) - places)
        mantissa, power = _scientific(number, before, places)
        width = sum(1 for at in digits if at > exponent)
        sign = power[0] if power[0] == "-" or tokens[exponent].text.endswith("+") else ""
        return f"{mantissa}E{sign}{power[1:].zfill(width)}"
    if any(token.text == "/" for token in tokens if token.kind == "other"):
        return fraction_formats.shown(number, [("digit" if t.kind == "digit" else "", _written(t)) for t in tokens])
    percents = sum(1 for token in tokens if token.kind == "other" and token.text == "%")
    number = number.scaleb(2 * percents)
    tail = digits[-1] + 1
    while tail < len(tokens) and tokens[tail].text == "," and tokens[tail].kind == "other":
        number = number.scaleb(-3)
        tail += 1
    grouped = any(tokens[at].text == "," and tokens[at].kind == "other" for at in range(digits[0], digits[-1]))
    tokens = [t for at, t in enumerate(tokens) if not (t.kind == "other" and t.text == "," and digits[0] < at < tail)]
    point = next((at for at, token in enumerate(tokens) if token.kind == "other" and token.text == "."), len(tokens))
    decimals = [token.text for token in tokens[point:] if token.kind == "digit"]
    rounded = number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:f}".partition(".")
    while fraction and decimals[len(fraction) - 1] != "0" and fraction.endswith("0"):
        fraction = fraction[:-1]
    return _whole(whole, tokens[:point], grouped) + _fraction(fraction, tokens[point:])


def _whole(whole: str, tokens: list[_Token], grouped: bool) -> str:
    """The digits before the point put into their places, from the right."""
    least = sum(1 for token in tokens if token.kind == "digit" and token.text == "0")
    left = list((whole if whole != "0" else "").zfill(least))
    places = sum(1 for token in tokens if token.kind == "digit")
    written: list[str] = []
    count = 0
    for token in reversed(tokens):
        if token.kind != "digit":
            written.append(_literal(token)[::-1])
            continue
        places -= 1
        while left:
            if grouped and count and count % 3 == 0:
                written.append(",")
            written.append(left.pop())
            count += 1
            if places:
                break
    return "".join(written)[::-1]


def _fraction(fraction: str, tokens: list[_Token]) -> str:
    written = []
    for token in tokens:
        if token.kind == "digit":
            written.append(fraction[:1])
            fraction = fraction[1:]
        else:
            written.append(_literal(token))
    return "".join(written)


def _after_point(tokens: list[_Token], at: int) -> bool:
    return any(token.kind == "other" and token.text == "." for token in tokens[:at])


def _date(days: float, tokens: list[_Token], from_1904: bool) -> str:
    if not 0 <= days <= _MOST_DAYS:
        return general(Decimal(repr(days)))
    finest = max((len(token.text.partition(".")[2]) for token in tokens if token.kind == "date"), default=0)
    seconds = round(days * 86_400, min(finest, 3))
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001  a workbook has no zone
    if not from_1904 and days < _LOTUS_DAY:
        start += timedelta(days=1)
    moment = start + timedelta(seconds=seconds)
    half = any(token.kind == "half" for token in tokens)
    written = []
    for at, token in enumerate(tokens):
        if token.kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[token.text[0].lower()]
            written.append(str(int(seconds // unit)).zfill(len(token.text)))
        elif token.kind == "half":
            written.append(("AM" if moment.hour < 12 else "PM")[: 1 if len(token.text) < 4 else 2])
        elif token.kind == "date":
            written.append(_part(moment, token.text.lower(), _is_minute(tokens, at), half))
        else:
            written.append(token.text if token.kind == "digit" else _literal(token))
    return "".join(written)


def _is_minute(tokens: list[_Token], at: int) -> bool:
    """Whether an `m` stands behind hours or before seconds."""
    times = [i for i, token in enumerate(tokens) if token.kind in ("date", "elapsed")]
    place = times.index(at)
    before = tokens[times[place - 1]].text.lower() if place else ""
    behind = tokens[times[place + 1]].text.lower() if place + 1 < len(times) else ""
    return before.startswith("h") or behind.startswith("s")


def _part(moment: datetime, text: str, minute: bool, half: bool) -> str:
    letter, width = text[0], len(text.partition(".")[0])
    if letter in "ye":
        return f"{moment.year % 100:02}" if width < _SHORT_MONTH and letter == "y" else f"{moment.year:04}"
    if letter == "m" and minute and width < _SHORT_MONTH:
        return f"{moment.minute:0{width}}"
    if letter == "m":
        names = {3: moment.strftime("%b"), 4: moment.strftime("%B"), 5: moment.strftime("%B")[0]}
        return names.get(width, f"{moment.month:0{min(width, 2)}}")
    if letter == "d":
        names = {3: moment.strftime("%a"), 4: moment.strftime("%A")}
        return names.get(width, f"{moment.day:0{min(width, 2)}}")
    if letter == "h":
        return f"{(moment.hour % 12 or 12) if half else moment.hour:0{min(width, 2)}}"
    if letter == "s":
        places = len(text.partition(".")[2])
        parts = f"{moment.microsecond:06}"[:places]
        return f"{moment.second:0{min(width, 2)}}" + (f".{parts}" if places else "")
    return ""
