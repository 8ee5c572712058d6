"""Colours of office files: theme, tint, shade and the colours that have a name."""

import colorsys

from pipeline.extraction.hidden.styles import colour
from pipeline.extraction.office.parts import DRAWING, Element, integer

RGB = tuple[int, int, int]

_SCHEME = ("dk1", "lt1", "dk2", "lt2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6")
_OFFICE_THEME: dict[str, RGB] = {"dk1": (0, 0, 0), "lt1": (255, 255, 255), "dk2": (68, 84, 106), "lt2": (231, 230, 230)}
"""Colours of a file without a theme."""
_ALIASES = {"tx1": "dk1", "bg1": "lt1", "tx2": "dk2", "bg2": "lt2"}
_ALIASES |= {"text1": "dk1", "background1": "lt1", "text2": "dk2", "background2": "lt2"}
_ALIASES |= {"dark1": "dk1", "light1": "lt1", "dark2": "dk2", "light2": "lt2", "hyperlink": "hlink"}
_WHOLE = 100_000
"""Hundred per cent in DrawingML."""
_OPAQUE_FROM = 5_000
"""Alpha below five per cent cannot be seen."""

Theme = dict[str, RGB]


def theme_of(root: Element | None) -> Theme:
    """The colours of a theme part by their names, aliases included."""
    theme = dict(_OFFICE_THEME)
    scheme = root.find(f".//{DRAWING}clrScheme") if root is not None else None
    for entry in scheme if scheme is not None else ():
        name = str(entry.tag).rpartition("}")[2]
        written = next(
            (child.get("val") if "lastClr" not in child.attrib else child.get("lastClr") for child in entry), ""
        )
        if (known := hexadecimal(written)) is not None:
            theme[name] = known
    return theme | {alias: theme[name] for alias, name in _ALIASES.items() if name in theme}


def mapped(theme: Theme, mapping: Element | None) -> Theme:
    """`theme` under a colour map such as `p:clrMap`, which says what `bg1` and `tx1` stand for."""
    if mapping is None:
        return theme
    return theme | {name: theme[target] for name, target in mapping.attrib.items() if target in theme}


def hexadecimal(value: str | None) -> RGB | None:
    """`FFAA00`, with or without alpha before it, as a colour."""
    return colour("#" + value[-6:].lower()) if value and len(value) >= 6 else None


def by_index(theme: Theme, index: int) -> RGB | None:
    """A colour of the theme by its number in a workbook, where light and dark change places."""
    order = ("lt1", "dk1", "lt2", "dk2", *_SCHEME[4:])
    return theme.get(order[index]) if 0 <= index < len(order) else None


def tinted(known: RGB, tint: float) -> RGB:
    """`known` lighter (0 to 1) or darker (-1 to 0): ECMA-376 18.8.19."""
    hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in known))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    red, green, blue = colorsys.hls_to_rgb(hue, min(1.0, max(0.0, light)), saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def of_drawing(holder: Element | None, theme: Theme) -> tuple[RGB | None, bool]:
    """The colour in a fill of DrawingML, and whether it lets everything shine through."""
    for one in holder if holder is not None else ():
        name = str(one.tag).rpartition("}")[2]
        known: RGB | None = None
        if name == "srgbClr":
            known = hexadecimal(one.get("val"))
        elif name == "schemeClr":
            known = theme.get(one.get("val", ""))
        elif name == "sysClr":
            known = hexadecimal(one.get("lastClr"))
        elif name == "prstClr":
            known = colour(one.get("val", "").lower())
        elif name == "scrgbClr":
            known = _linear([integer(one.get(channel, "").rstrip("%")) / _WHOLE for channel in "rgb"])
        alpha = one.find(DRAWING + "alpha")
        clear = alpha is not None and integer(alpha.get("val"), _WHOLE) < _OPAQUE_FROM
        return (_modified(known, one) if known is not None else None), clear
    return None, False


def _linear(channels: list[float]) -> RGB:
    """Linear light (0 to 1) as sRGB, IEC 61966-2-1."""
    curved = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in channels]
    red, green, blue = (round(255 * min(1.0, max(0.0, c))) for c in curved)
    return red, green, blue


def _modified(known: RGB, one: Element) -> RGB:
    hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in known))
    for change in one:
        share = integer(change.get("val"), _WHOLE) / _WHOLE
        match str(change.tag).rpartition("}")[2]:
            case "lumMod" | "shade":
                light *= share
            case "lumOff":
                light += share
            case "tint":
                light = light * share + 1 - share
            case "satMod":
                saturation *= share
    red, green, blue = colorsys.hls_to_rgb(hue, min(1.0, max(0.0, light)), min(1.0, max(0.0, saturation)))
    return round(red * 255), round(green * 255), round(blue * 255)
