"""Visibility of the text of an element, from the CSS that applies to it and to the elements around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import tinycss2

from pipeline.extraction.pages import boxes, web_colours
from pipeline.extraction.pages.cascade import Declarations, resolved
from pipeline.extraction.pages.lengths import WORDS, pixels
from pipeline.extraction.pages.web_colours import FAINT, Rgb

TINY_PIXELS = 1.5
_OVERLAID = -0.7
"""Letter spacing in sizes of the font at which letters lie on top of each other."""
_INHERITING = frozenset(("inherit", "unset", "revert", "revert-layer"))


@dataclass(frozen=True, slots=True)
class TextLook:
    """How text at one place of a page looks; the default is that of an unstyled page."""

    boxed: str | None = None
    """Technique that hides the whole box, whatever is in it."""
    visible: bool = True
    font: float = 16.0
    """Size in pixels."""
    spacing: float = 0.0
    """Letter spacing in pixels."""
    colour: Rgb = web_colours.BLACK
    opacity_of_colour: float = 1.0
    fill: tuple[Rgb, float] | None = None
    """`-webkit-text-fill-color`, which wins over `color`."""
    background: Rgb | None = web_colours.WHITE
    """None when it cannot be known: a picture, or a style sheet that is not here."""
    opacity: float = 1.0
    zoom: float = 1.0
    variables: Mapping[str, list[Any]] = field(default_factory=dict)
    masked: bool = False
    """Every character is shown as a dot."""
    quiet: str | None = None
    """A technique that ordinary pages use: `aria-hidden`."""

    @property
    def technique(self) -> str | None:
        """How text here is hidden; None if a reader sees it."""
        if self.boxed:
            return self.boxed
        if not self.visible:
            return "visibility-hidden"
        if self.opacity < FAINT:
            return "zero-opacity"
        if self.masked:
            return "masked"
        if self.font * self.zoom <= TINY_PIXELS or self.spacing < _OVERLAID * self.font:
            return "tiny-font"
        front, opacity = self.fill or (self.colour, self.opacity_of_colour)
        if opacity < FAINT:
            return "transparent"
        if self.background is not None:
            shown = web_colours.over(front, opacity * self.opacity, self.background)
            if web_colours.alike(shown, self.background):
                return "same-colour"
        return self.quiet

    def inside(self, declared: Declarations) -> "TextLook":
        """The look of an element in here with these declarations."""
        variables = {name: value for name, value in declared.items() if name.startswith("--")}
        look = replace(self, variables={**self.variables, **variables}) if variables else self
        own = {
            name.removeprefix("-webkit-").removeprefix("-moz-").removeprefix("-ms-"): resolved(value, look.variables)
            for name, value in declared.items()
            if not name.startswith("--")
        }
        if not own:
            return look
        look = _with_font(look, own)
        look = _with_colours(look, own)
        words = {name: _word(value) for name, value in own.items()}
        visibility = words.get("visibility", "")
        return replace(
            look,
            boxed=look.boxed or boxes.hiding(own, words, look.font),
            masked=words.get("text-security", "none") != "none" if "text-security" in words else look.masked,
            visible=look.visible if visibility in ("", *_INHERITING) else visibility not in ("hidden", "collapse"),
            opacity=look.opacity * _opacity(own),
            zoom=look.zoom * _share(own.get("zoom"), 1.0),
        )


def _with_font(look: TextLook, own: Declarations) -> TextLook:
    size = look.font
    for name, value in own.items():
        if name == "font-size":
            size = _font_size(value[:1], look.font, size)
        elif name == "font":
            before = [
                token for token in value if token.type in ("dimension", "percentage", "function", "number", "ident")
            ]
            sizes = [token for token in before if _is_size(token)]
            size = _font_size(sizes[:1], look.font, size)
    spacing = look.spacing
    if own.get("letter-spacing"):
        spacing = pixels(own["letter-spacing"][0], size, size) or 0.0
    return replace(look, font=size, spacing=spacing)


def _is_size(token: Any) -> bool:
    if token.type == "number":
        return bool(token.value < 1)  # from 1 on it is a weight
    return token.type != "ident" or token.lower_value in WORDS


def _font_size(tokens: list[Any], outer: float, otherwise: float) -> float:
    if not tokens:
        return otherwise
    if tokens[0].type == "ident":
        return WORDS.get(tokens[0].lower_value, outer)
    size = pixels(tokens[0], outer, outer)
    return otherwise if size is None else size


def _with_colours(look: TextLook, own: Declarations) -> TextLook:
    colour, opacity, fill, background = look.colour, look.opacity_of_colour, look.fill, look.background
    for name, value in own.items():
        if not value or _word(value) in _INHERITING:
            continue
        if name == "color" and (found := web_colours.colour(value[0])):
            colour, opacity = found
        elif name == "text-fill-color":
            fill = web_colours.colour(value[0]) or fill
        elif name in ("background", "background-color", "background-image"):
            background = _background(value, look.background, background)
    return replace(look, colour=colour, opacity_of_colour=opacity, fill=fill, background=background)


def _background(value: list[Any], behind: Rgb | None, otherwise: Rgb | None) -> Rgb | None:
    if any(token.type == "url" or (token.type == "function" and not web_colours.colour(token)) for token in value):
        return None  # a picture or a gradient
    for token in value:
        if (found := web_colours.colour(token)) is not None:
            colour, opacity = found
            if opacity < 1 and behind is None:
                return None
            return web_colours.over(colour, opacity, behind or colour)
    return behind if _word(value) in ("none", "initial") else otherwise


def _opacity(own: Declarations) -> float:
    opacity = _share(own.get("opacity"), 1.0)
    for token in own.get("filter", ()):
        if token.type == "function" and token.lower_name == "opacity" and token.arguments:
            opacity *= _share(token.arguments, 1.0)
    for name in ("mask", "mask-image"):
        text = tinycss2.serialize(own.get(name, []))
        if "gradient(" in text and "transparent" in text and not any(word in text for word in ("black", "#", "rgb")):
            opacity = 0.0
    return opacity


def _share(value: list[Any] | None, otherwise: float) -> float:
    number = pixels(value[0], 1.0, 1.0) if value else None
    return otherwise if number is None else max(0.0, number)


def _word(value: list[Any]) -> str:
    return value[0].lower_value if value and value[0].type == "ident" else ""
