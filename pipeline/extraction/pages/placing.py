"""The place of an element among others: its declared position, layer and size, and whether it hides those behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.pages import web_colours
from pipeline.extraction.pages.lengths import pixels, split
from pipeline.extraction.pages.web_colours import FAINT

FAR = 1e9
"""Pixels of all of the box around, however large."""
_WHOLE_PERCENT = 100
_NEARLY_ALL = 0.99
_SHARE = 0.001
"""A length from this part of the box around on is a share of it."""
_OPAQUE = 0.9
_FLAT = 2.0
"""Pixels of a box of which only the border or the shadow is seen."""
_PICTURES = frozenset(("img", "iframe"))
_STACKING = (
    "transform",
    "translate",
    "scale",
    "rotate",
    "perspective",
    "mix-blend-mode",
    "clip-path",
    "filter",
    "mask",
)
_NOTHING = frozenset(("none", "normal", "initial"))
_CONTAINING = frozenset(("paint", "layout", "strict", "content"))
_BORDERS = ("border", "border-top", "border-bottom", "border-left", "border-right")
_UNREADABLE_BLUR = 12.0
_NAMES = frozenset(
    [
        *("position", "z-index", "isolation", "contain", "float", "grid-area", "grid-row", "grid-column", "opacity"),
        *(
            "left",
            "right",
            "top",
            "bottom",
            "inset",
            "width",
            "height",
            "max-height",
            "overflow",
            "overflow-y",
            "margin",
            "margin-top",
            "box-shadow",
        ),
        *("background", "background-color", "background-image", "backdrop-filter"),
        *_STACKING,
        *_BORDERS,
    ]
)


@dataclass(frozen=True, slots=True)
class BoxPlace:
    """The layer, place and size of an element; lengths are pixels."""

    position: str = "static"
    layer: int | None = None
    stacks: bool = False
    """Whether it paints all that is in it at once, whatever its position."""
    floats: bool = False
    cell: str = ""
    """Its place in the grid around it, if it has one of its own."""
    opaque: bool = False
    left: float | None = None
    right: float | None = None
    top: float | None = None
    bottom: float | None = None
    width: float | None = None
    height: float | None = None
    margin: float = 0.0
    """The margin above it."""
    has_margin: bool = False
    raised: float = 0.0
    """How far it is moved up from where it would stand."""
    border: float = 0.0
    """Width of the widest opaque border."""
    shadow: float = 0.0
    """How far an opaque shadow reaches to every side."""

    @property
    def may_cover(self) -> bool:
        """Whether it may lie over other elements."""
        is_moved = self.position != "static" or bool(self.cell) or self.raised > 0 or self.margin < 0
        return (self.opaque or bool(self.border or self.shadow)) and (is_moved or self.stacks)

    @property
    def is_frame(self) -> bool:
        """Whether places of elements in it count from it."""
        return self.position != "static" or self.stacks

    @property
    def is_elsewhere(self) -> bool:
        """Whether it stands outside of the elements around it."""
        return self.position == "fixed" or (self.position == "absolute" and FAR in (self.left, self.top, self.bottom))

    @property
    def fills(self) -> bool:
        """Whether it takes all of the box that its place counts from."""
        across = _side(self.left, self.right, self.width, 0.0)
        return across == (-FAR, FAR) == _side(self.top, self.bottom, self.height, 0.0)

    def extent(self, left: float, top: float) -> tuple[float, float, float, float] | None:
        """Left, top, right and bottom of the element in a box that begins at a place; None if they are unknown."""
        if not self.opaque and (
            _is_open(self.top, self.bottom, self.height) or (self.shadow and (self.width or 0) > _FLAT)
        ):
            return None
        edge = self.border or (_FLAT if self.shadow else 0.0)
        across = _side(self.left, self.right, self.width, edge)
        down = _side(self.top, self.bottom, self.height, edge)
        if across is None or down is None:
            return None
        grown = self.shadow
        return left + across[0] - grown, top + down[0] - grown, left + across[1] + grown, top + down[1] + grown


PLAIN = BoxPlace()


def _is_open(start: float | None, end: float | None, size: float | None) -> bool:
    """Whether there is room between the borders of a box."""
    return (size or 0.0) > _FLAT or (size is None and start is not None and end is not None)


def _side(start: float | None, end: float | None, size: float | None, border: float) -> tuple[float, float] | None:
    if start is not None and start >= FAR:
        return None
    if start is not None and end is not None and size is None:
        return (start, FAR) if start > 0 else (-FAR, FAR if end <= 0 else start)
    if size is None:
        size = 0.0
        if not border:
            return None
    if start is None and end is not None and end <= 0 and size >= FAR:
        return -FAR, FAR
    if start is None and end is not None:
        return None
    begins = start or 0.0
    return (-FAR if begins <= 0 and size >= FAR else begins), begins + size + border


def placed(tag: str, own: Mapping[str, list[Any]], font: float, opacity: float) -> BoxPlace:
    """The place of an element.

    Args:
        tag: Its name.
        own: Its declarations, with variables resolved.
        font: Size of its font in pixels.
        opacity: Opacity of the element and of those around it, from 0 to 1.

    """
    if not own.keys() & _NAMES and tag not in _PICTURES:
        return PLAIN
    words = {name: value[0].lower_value for name, value in own.items() if value and value[0].type == "ident"}
    sizes = {name: _length(own.get(name), font) for name in ("left", "right", "top", "bottom", "width", "height")}
    inset = [_length([token], font) for token in own.get("inset", ())]
    if inset:
        second = inset[1] if len(inset) > 1 else inset[0]
        sizes |= {"top": inset[0], "right": second, "bottom": inset[2] if len(inset) > 2 else inset[0]}
        sizes["left"] = inset[3] if len(inset) > 3 else second
    for name, sides in (("inset-block", ("top", "bottom")), ("inset-inline", ("left", "right"))):
        tokens = own.get(name, [])
        if tokens:
            sizes |= {sides[0]: _length(tokens[:1], font), sides[1]: _length(tokens[-1:], font)}
    for name in ("width", "height"):
        most = _length(own.get(f"max-{name}"), font)
        if most is not None and most < FAR:
            sizes[name] = most if sizes[name] is None else min(most, sizes[name] or 0.0)
    position = words.get("position", "static")
    margin = _length(own.get("margin-top", own.get("margin")), font)
    is_seen = opacity >= _OPAQUE and words.get("visibility") not in ("hidden", "collapse")
    raised = _raised(own, font, sizes["height"])
    if position == "relative":
        raised += (sizes["bottom"] or 0.0) if sizes["top"] is None else -sizes["top"]
    return BoxPlace(
        position,
        next((int(token.value) for token in own.get("z-index", ()) if token.type == "number"), None),
        stacks=stacks(own, words),
        floats=words.get("float", "none") != "none",
        cell=_cell(own),
        opaque=is_seen
        and words.get("mix-blend-mode", "normal") == "normal"
        and (tag in _PICTURES or _is_opaque(own) or _blurs(own)),
        margin=margin or 0.0,
        has_margin="margin" in own or "margin-top" in own,
        raised=raised,
        border=max((_cast(own.get(name, []), font) for name in _BORDERS), default=0.0) if is_seen else 0.0,
        shadow=max(_cast(own.get(name, []), font) for name in ("box-shadow", "outline")) if is_seen else 0.0,
        left=sizes["left"],
        right=sizes["right"],
        top=sizes["top"],
        bottom=sizes["bottom"],
        width=sizes["width"],
        height=sizes["height"],
    )


def stacks(own: Mapping[str, list[Any]], words: Mapping[str, str]) -> bool:
    """Whether a box paints all that is in it at once, and blends it only with what is painted there."""
    share = pixels(own["opacity"][0], 1.0, 1.0) if own.get("opacity") else None
    return (
        (share is not None and share < 1)
        or words.get("isolation") == "isolate"
        or any(getattr(token, "value", "") in _CONTAINING for token in own.get("contain", ()))
        or words.get("position") in ("fixed", "sticky")
        or any(own.get(name) and words.get(name) not in _NOTHING for name in _STACKING)
    )


def _length(value: list[Any] | None, font: float) -> float | None:
    """Pixels of a length; `FAR` for all of the box around; None for `auto` and for a part of the box around."""
    if not value:
        return None
    token = value[0]
    if token.type == "dimension" and token.value >= _WHOLE_PERCENT and token.lower_unit.endswith(("vw", "vh")):
        return FAR
    length = pixels(token, font, FAR)
    if length is None or abs(length) < _SHARE * FAR:
        return length
    return FAR if length >= FAR * _NEARLY_ALL else None


def _raised(own: Mapping[str, list[Any]], font: float, height: float | None) -> float:
    """How far a transformation moves a box up."""
    moves = [own["translate"][1]] if len(own.get("translate", ())) > 1 else []
    for token in own.get("transform", ()):
        if token.type == "function" and token.lower_name in ("translatey", "translate"):
            parts = split(token.arguments, ",")
            moves += parts[-1][:1] if token.lower_name == "translatey" or len(parts) > 1 else []
    return -sum(pixels(token, font, height) or 0.0 for token in moves)


def _is_opaque(own: Mapping[str, list[Any]]) -> bool:
    for name in ("background", "background-color", "background-image"):
        for token in own.get(name, ()):
            colour, stops = web_colours.colour(token), web_colours.stops(token)
            if (colour and colour[1] > 1 - FAINT) or (stops and all(stop[1] > 1 - FAINT for stop in stops)):
                return True
    return False


def _blurs(own: Mapping[str, list[Any]]) -> bool:
    """Whether nothing can be made out through an element."""
    for token in own.get("backdrop-filter", ()):
        if token.type == "function" and token.arguments:
            amount = pixels(token.arguments[0], 1.0, 1.0)
            if token.lower_name == "blur" and amount is not None and amount >= _UNREADABLE_BLUR:
                return True
            if token.lower_name in ("brightness", "opacity", "contrast") and amount == 0:
                return True
    return False


def _cell(own: Mapping[str, list[Any]]) -> str:
    return " ".join(
        f"{name}:{'/'.join(str(getattr(token, 'value', '')) for token in own[name])}"
        for name in ("grid-area", "grid-row", "grid-column")
        if own.get(name)
    )


def _cast(tokens: list[Any], font: float) -> float:
    """How far a border or a shadow of an opaque colour reaches."""
    colours = [one for one in map(web_colours.colour, tokens) if one is not None]
    if not colours or colours[0][1] < 1 or any(getattr(token, "lower_value", "") == "inset" for token in tokens):
        return 0.0
    lengths = [pixels(token, font) or 0.0 for token in tokens if token.type in ("dimension", "number")]
    return max(lengths, default=0.0)
