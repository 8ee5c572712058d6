"""Colours of CSS as a screen shows them: red, green, blue from 0 to 255, and opacity from 0 to 1.

Conversions: CSS Color Module Level 4, sections 10 to 12 and "Sample code for Color Conversions".
"""

import colorsys
import re
from typing import Any

import tinycss2
from tinycss2 import color4

from pipeline.extraction.pages.lengths import pixels, split

Rgb = tuple[float, float, float]
WHITE: Rgb = (255.0, 255.0, 255.0)
BLACK: Rgb = (0.0, 0.0, 0.0)
NEAR = 16
"""Colours that differ less in every channel cannot be told apart by eye."""
_MIDDLE = 127.5
_CHANNEL = re.compile(r"(?<![\w.-])[a-z]+(?![\w(-])", re.IGNORECASE)
FAINT = 0.05
"""Text of less opacity than this cannot be seen."""

_SYSTEM = {
    "canvas": WHITE,
    "canvastext": BLACK,
    "linktext": (0.0, 0.0, 238.0),
    "buttonface": (240.0, 240.0, 240.0),
    "buttontext": BLACK,
    "field": WHITE,
    "fieldtext": BLACK,
    "highlighttext": WHITE,
    "graytext": (128.0, 128.0, 128.0),
}
_CHANNELS = {"rgb": "rgb", "hsl": "hsl", "hwb": "hwb", "lab": "lab", "lch": "lch", "oklab": "lab", "oklch": "lch"}
"""Names of the channels by the function that takes them from another colour."""
_XYZ_TO_LINEAR = (
    (3.2409699419, -1.5373831776, -0.4986107603),
    (-0.9692436363, 1.8759675015, 0.0415550574),
    (0.0556300797, -0.2039769589, 1.0569715142),
)
_D50_TO_D65 = (0.9504559 / 0.9642956, 1.0, 1.0890578 / 0.8251046)


def colour(value: str | Any) -> tuple[Rgb, float] | None:
    """The colour and its opacity, or None if the value is none or cannot be computed."""
    word = value if isinstance(value, str) else value.lower_value if value.type == "ident" else ""
    if word in _SYSTEM:
        return _SYSTEM[word], 1.0
    if not isinstance(value, str) and value.type == "function" and (computed := _computed(value)) is not None:
        return computed
    try:
        parsed = color4.parse_color(value)
    except (ValueError, TypeError, ArithmeticError):
        return None
    if parsed is None or isinstance(parsed, str):
        return None
    try:
        rgb = _rgb(parsed)
    except (NotImplementedError, ArithmeticError):
        return None
    return rgb, min(1.0, max(0.0, float(parsed.alpha or 0)))


def stops(token: Any) -> list[tuple[Rgb, float]] | None:
    """The colours of a gradient with their opacity; None for other tokens and unknown colours."""
    if token.type != "function" or not token.lower_name.endswith("-gradient"):
        return None
    found: list[tuple[Rgb, float]] = []
    for at, part in enumerate(split(token.arguments, ",")):
        colours = [one for one in (colour(inner) for inner in part if inner.type != "dimension") if one is not None]
        if not colours and at > 0 and any(inner.type in ("ident", "function", "hash") for inner in part):
            return None
        found += colours
    return found or None


def _computed(token: Any) -> tuple[Rgb, float] | None:
    """The colour of a function that takes other colours (CSS Color 5), mixed in sRGB."""
    parts = split(token.arguments, ",")
    if token.lower_name == "light-dark" and parts[0]:
        return colour(parts[0][0])
    if token.lower_name == "color-mix" and len(parts) == 3:
        mixed = [next((one for one in map(colour, part) if one is not None), None) for part in parts[1:]]
        shares = [next((inner.value / 100 for inner in part if inner.type == "percentage"), None) for part in parts[1:]]
        if mixed[0] is None or mixed[1] is None:
            return None
        first = shares[0] if shares[0] is not None else 1 - shares[1] if shares[1] is not None else 0.5
        return over(mixed[0][0], first, mixed[1][0]), mixed[0][1] * first + mixed[1][1] * (1 - first)
    if token.lower_name == "contrast-color" and parts[0]:
        against = colour(parts[0][0])
        return None if against is None else (BLACK if _luminance(against[0]) > _MIDDLE else WHITE, 1.0)
    tokens = [one for one in token.arguments if one.type != "whitespace"]
    first = tokens[0].lower_value if tokens and tokens[0].type == "ident" else ""
    if len(tokens) > 4 and first == "from" and token.lower_name in _CHANNELS:
        origin = colour(tokens[1])
        return None if origin is None else _relative(token.lower_name, tokens[2:], *origin)
    if token.lower_name == "color" and first == "display-p3":
        shares = [pixels(one, 1.0, 1.0) for one in tokens[1:4]]  # so near to sRGB that no eye needs the difference
        if len(shares) == 3 and None not in shares:
            return tuple(255 * min(1.0, max(0.0, share or 0.0)) for share in shares), 1.0  # type: ignore[return-value]
    return None


def _relative(name: str, tokens: list[Any], origin: Rgb, opacity: float) -> tuple[Rgb, float] | None:
    """A colour by the channels of another one; for `rgb()` and `hsl()`, or if it takes them as they are."""
    known = dict(zip("rgb", origin, strict=True))
    if name == "hsl":
        hue, light, full = colorsys.rgb_to_hls(*(channel / 255 for channel in origin))
        known = {"h": hue * 360, "s": full * 100, "l": light * 100}
    words = [one.lower_value if one.type == "ident" else "" for one in tokens]
    takes_all = words[:3] == list(_CHANNELS[name])
    known["alpha"] = opacity
    written = _CHANNEL.sub(lambda word: str(known.get(word[0].lower(), word[0])), tinycss2.serialize(tokens))
    values = [one for one in tinycss2.parse_component_value_list(written) if one.type not in ("whitespace", "comment")]
    slash = values.index("/") if "/" in values else len(values)
    alpha = pixels(values[slash + 1], 1.0, 1.0) if slash + 1 < len(values) else opacity
    alpha = opacity if alpha is None else min(1.0, max(0.0, alpha))
    if takes_all:
        return origin, alpha
    channels = [pixels(one, 1.0, 255.0 if name == "rgb" else 100.0) for one in values[:3]]
    if name not in ("rgb", "hsl") or len(channels) != 3 or None in channels:
        return None
    one, two, three = (channel or 0.0 for channel in channels)
    if name == "rgb":
        return (_byte(one), _byte(two), _byte(three)), alpha
    red, green, blue = colorsys.hls_to_rgb(one / 360 % 1, min(1.0, three / 100), min(1.0, two / 100))
    return (255 * red, 255 * green, 255 * blue), alpha


def _byte(channel: float) -> float:
    return min(255.0, max(0.0, channel))


def _luminance(rgb: Rgb) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def over(front: Rgb, opacity: float, back: Rgb) -> Rgb:
    """A colour that lets another one through."""
    red, green, blue = (f * opacity + b * (1 - opacity) for f, b in zip(front, back, strict=True))
    return red, green, blue


def alike(one: Rgb, other: Rgb) -> bool:
    """Whether two colours cannot be told apart."""
    return all(abs(a - b) < NEAR for a, b in zip(one, other, strict=True))


def middle(stops: list[tuple[Rgb, float]]) -> Rgb | None:
    """The colour between those of a gradient; None if some of them can be told apart from it."""
    ends = [(min(channel), max(channel)) for channel in zip(*(stop[0] for stop in stops), strict=True)]
    red, green, blue = ((low + high) / 2 for low, high in ends)
    return (red, green, blue) if all(alike((red, green, blue), stop[0]) for stop in stops) else None


def _rgb(parsed: color4.Color) -> Rgb:
    if parsed.space in ("srgb", "hsl", "hwb"):
        channels = [float(channel or 0) for channel in parsed.to("srgb").coordinates]
    else:
        xyz = [float(c or 0) for c in _xyz(parsed)]
        channels = [_gamma(sum(m * c for m, c in zip(row, xyz, strict=True))) for row in _XYZ_TO_LINEAR]
    red, green, blue = (255 * min(1.0, max(0.0, channel)) for channel in channels)
    return red, green, blue


def _xyz(parsed: color4.Color) -> list[float]:
    if parsed.space in ("lab", "lch", "xyz-d50"):
        warm = parsed.to("xyz-d50").coordinates
        return [c * k for c, k in zip(warm, _D50_TO_D65, strict=True)]
    return list(parsed.to("xyz-d65").coordinates)


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
