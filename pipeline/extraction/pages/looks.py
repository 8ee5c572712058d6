"""Visibility of the text of an element, from the CSS that applies to it and to the elements around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.extraction.pages import boxes, transforms, web_colours
from pipeline.extraction.pages.cascade import Declarations, resolved
from pipeline.extraction.pages.effects import Effect, blur_pixels, of
from pipeline.extraction.pages.extents import PLAIN, BoxSurroundings, height_is_known, in_line, of_line
from pipeline.extraction.pages.functions import family
from pipeline.extraction.pages.lengths import WORDS, pixels, split
from pipeline.extraction.pages.placing import stacks
from pipeline.extraction.pages.web_colours import FAINT, Rgb

TINY_PIXELS = 1.5
_OVERLAID = -0.7
"""Letter spacing in sizes of the font at which letters lie on top of each other."""
_UNREADABLE_BLUR = 0.6
"""Blur in sizes of the font from which on no letter can be made out."""
_THINNEST = 0.5
"""Pixels of the thinnest outline of letters that can be seen."""
_FAR_SHADOW = 1200.0
_WIDE_SHADOW = 50.0
"""Pixels from which on a shadow inside of a box fills it like a background."""
_INHERITING = frozenset(("inherit", "unset", "revert", "revert-layer"))


@dataclass(frozen=True, slots=True)
class TextLook:
    """How text at one place of a page looks; the default is that of an unstyled page."""

    boxed: str | None = None
    """Technique that hides the whole box, whatever is in it."""
    cut_off: bool = False
    """Whether that is a box without size which cuts off the rest."""
    holds_placed: bool = True
    """Whether that box, or one in it, is what the places of absolutely positioned boxes count from."""
    is_indented: bool = False
    """Whether the first line of the box begins far off, which a box in it can undo."""
    visible: bool = True
    font: float = 16.0
    """Size in pixels."""
    root: float = 16.0
    """Size of the font of the page itself."""
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
    effects: tuple[Effect, ...] = ()
    """Blending and filters of the elements around, the innermost first."""
    painted: bool = False
    """Whether the background belongs to the element of the first effect, which then changes it, too."""
    room: float | None = None
    """Pixels of height that a box around shows, if it cuts off the rest; 0 in a row of a grid without height."""
    clips: bool = False
    """Whether the box right around cuts off what is outside of it."""
    shadowed: bool = False
    """Whether the letters have a shadow, which shows them in place of their colour."""
    painted_around: bool = False
    """Whether something opaque lies behind, within the stacking context: colours are blended with nothing else."""
    height_known: bool = True
    """Whether the height of the box does not depend on what is in it."""
    perspective: float | None = None
    """Pixels between the eye and the plane in which the boxes right in here are moved."""
    line: float = 1.12
    """Height of a line in sizes of the font, rather too little than too much."""
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
            return self.quiet if self.shadowed else "transparent"
        if self.background is not None:
            shown = web_colours.over(front, opacity * self.opacity, self.background)
            behind = self.background
            for effect in self.effects:
                shown, behind = effect.seen(shown), effect.seen(behind) if self.painted else behind
            if web_colours.alike(shown, behind):
                return self.quiet if self.shadowed else "same-colour"
        return self.quiet

    def inside(self, declared: Declarations, around: BoxSurroundings = PLAIN) -> "TextLook":
        """The look of an element in here.

        Args:
            declared: Its declarations.
            around: What its size depends on.

        """
        variables = {name: value for name, value in declared.items() if name.startswith("--")}
        look = replace(self, variables={**self.variables, **variables}) if variables else self
        own = {
            name.removeprefix("-webkit-").removeprefix("-moz-").removeprefix("-ms-"): resolved(value, look.variables)
            for name, value in declared.items()
            if not name.startswith("--")
        }
        if not own:
            is_plain = not look.clips and not look.height_known and look.perspective is None
            return look if is_plain else replace(look, clips=False, height_known=False, perspective=None)
        words = {name: _word(value) for name, value in own.items()}
        look = _with_font(look, own)
        if around.tag == "html":
            look = replace(look, root=look.font)
        if in_line(words, around):
            own = of_line(own)
        backdrop = look.background if look.painted_around else None
        if effects := of(words.get("mix-blend-mode", ""), own.get("filter", []), backdrop):
            look = replace(look, effects=(*effects, *look.effects), painted=False)
        look = _with_colours(look, own)
        clips = boxes.clips(words)
        position = words.get("position", "static")
        if look.cut_off and (position == "fixed" or (position == "absolute" and not look.holds_placed)):
            look = replace(look, boxed=None, cut_off=False)
        if look.is_indented and own.get("text-indent") and not boxes.is_indented_away(own, words, look.font):
            look = replace(look, boxed=None, is_indented=False)
        technique = look.boxed or boxes.hiding(
            own, words, look.font, look.room, clipped_around=self.clips, around=around
        )
        if technique is None and (_is_struck(own, look.font) or _is_framed(own, look.font)):
            technique = "covered"
        if technique is None and any(_is_picture(token) for token in own.get("content", ())):
            technique = "fallback"
        if technique is None and transforms.is_behind_the_eye(own, self.perspective):
            technique = "zero-size"
        is_cut = technique == "zero-size" and not look.boxed and boxes.only_cuts(own, words, look.font)
        is_frame = position not in ("static", *_INHERITING) or stacks(own, words)
        visibility = words.get("visibility", "")
        return replace(
            look,
            boxed=technique,
            cut_off=look.cut_off or is_cut,
            holds_placed=is_frame or (not is_cut and look.holds_placed),
            is_indented=look.is_indented or (technique == "off-screen" and boxes.only_indents(own, words, look.font)),
            masked=words["text-security"] != "none"
            if "text-security" in words
            else look.masked or _is_blurred(look, own),
            shadowed=_casts_shadow(own["text-shadow"], look)
            if "text-shadow" in own
            else look.shadowed or _is_outlined(own, look),
            clips=clips,
            room=boxes.room(own, words, look.font, look.room if look.room or not clips else None),
            visible=look.visible if visibility in ("", *_INHERITING) else visibility not in ("hidden", "collapse"),
            opacity=look.opacity * _opacity(own),
            zoom=look.zoom
            * _share(own.get("zoom"), 1.0)
            * transforms.scale(own)
            * transforms.distance(own, self.perspective),
            painted_around=_is_painted(own) or (look.painted_around and not stacks(own, words)),
            height_known=height_is_known(own, words, around),
            perspective=transforms.perspective(own, words, self.perspective),
            line=_line(own, look),
        )


def _with_font(look: TextLook, own: Declarations) -> TextLook:
    size = look.font
    for name, value in own.items():
        if name == "font-size":
            size = _font_size(value[:1], look, size)
        elif name == "font":
            before = [
                token for token in value if token.type in ("dimension", "percentage", "function", "number", "ident")
            ]
            sizes = [token for token in before if _is_size(token)]
            size = _font_size(sizes[:1], look, size)
    adjusted = look.variables.get(family(own["font-family"])) if own.get("font-family") else None
    if adjusted and (share := pixels(adjusted[0], 1.0, 1.0)) is not None:
        size *= share
    if own.get("font-size-adjust") and pixels(own["font-size-adjust"][0]) == 0:
        size = 0.0
    spacing = look.spacing
    if own.get("letter-spacing"):
        spacing = pixels(own["letter-spacing"][0], size, size) or 0.0
    return replace(look, font=size, spacing=spacing)


def _is_size(token: Any) -> bool:
    if token.type == "number":
        return bool(token.value < 1)  # from 1 on it is a weight
    return token.type != "ident" or token.lower_value in WORDS


def _font_size(tokens: list[Any], around: TextLook, otherwise: float) -> float:
    outer = around.font
    if not tokens:
        return otherwise
    if tokens[0].type == "ident":
        return WORDS.get(tokens[0].lower_value, outer)
    if tokens[0].type == "dimension" and tokens[0].lower_unit == "rem":
        return float(tokens[0].value * around.root)
    size = pixels(tokens[0], outer, outer)
    return otherwise if size is None else size


def _with_colours(look: TextLook, own: Declarations) -> TextLook:
    colour, opacity, fill, background = look.colour, look.opacity_of_colour, look.fill, look.background
    painted = look.painted
    is_own_colour = False
    for name, value in own.items():
        if not value or _word(value) in _INHERITING:
            continue
        if name == "color" and _word(value) == "initial":
            colour, opacity = web_colours.BLACK, 1.0
        elif name == "color" and (found := web_colours.colour(value[0])):
            colour, opacity = found
        elif name == "text-fill-color":
            fill = web_colours.colour(value[0]) or fill
        elif name == "box-shadow":
            background = _filled(value) or background
        elif name in ("background", "background-color", "background-image"):
            if _word(value) == "currentcolor":
                is_own_colour = True
                continue
            background = _background(value, look.background, background)
            painted = painted or background != look.background or _is_opaque(value[0])
    if is_own_colour:
        background = colour
    if any(_word([token]) == "text" for name in ("background-clip", "background") for token in own.get(name, ())):
        ink = fill or (colour, opacity)
        if ink[1] < FAINT:  # the background is painted in the shape of the letters
            fill = (background, 1.0) if background else (colour, 1.0)
            background = look.background if background else None
        else:
            background = look.background
    return replace(look, colour=colour, opacity_of_colour=opacity, fill=fill, background=background, painted=painted)


def _filled(shadow: list[Any]) -> Rgb | None:
    """The colour of a shadow that fills the inside of a box; None if it does not."""
    wide = any((length := pixels(token)) is not None and length >= _WIDE_SHADOW for token in shadow)
    if not wide or "inset" not in (_word([token]) for token in shadow):
        return None
    return next((one[0] for one in map(web_colours.colour, shadow) if one is not None and one[1] == 1), None)


def _is_picture(token: Any) -> bool:
    return bool(token.type == "url" or (token.type == "function" and token.lower_name == "url"))


def _is_opaque(token: Any) -> bool:
    colour = web_colours.colour(token)
    return colour is not None and colour[1] == 1


def _casts_shadow(shadows: list[Any], look: TextLook) -> bool:
    """Whether a shadow of the letters can be seen: not far off, and not in the colour behind it."""
    for shadow in split(shadows, ","):
        colours = [one for one in map(web_colours.colour, shadow) if one is not None]
        colour, opacity = colours[0] if colours else (look.colour, look.opacity_of_colour)
        away = [abs(length) for token in shadow if (length := pixels(token, look.font)) is not None][:2]
        is_plain = look.background is None or not web_colours.alike(colour, look.background)
        if away and max(away) < _FAR_SHADOW and opacity >= FAINT and is_plain:
            return True
    return False


def _is_struck(own: Declarations, font: float) -> bool:
    """Whether a line through the text is as thick as its letters."""
    tokens = [*own.get("text-decoration", ()), *own.get("text-decoration-line", ())]
    if "line-through" not in (_word([token]) for token in tokens):
        return False
    sizes = [*own.get("text-decoration", ()), *own.get("text-decoration-thickness", ())]
    thickness = [length for token in sizes if (length := pixels(token, font, font)) is not None]
    return bool(thickness) and max(thickness) >= font


def _is_outlined(own: Declarations, look: TextLook) -> bool:
    """Whether the outline of the letters can be seen."""
    width, tokens = 0.0, []
    for name in ("text-stroke", "text-stroke-width", "text-stroke-color"):
        tokens += own.get(name, [])
        width = next((length for token in own.get(name, ()) if (length := pixels(token, look.font)) is not None), width)
    colours = [one for one in map(web_colours.colour, tokens) if one is not None]
    colour, opacity = colours[-1] if colours else (look.colour, look.opacity_of_colour)
    is_plain = look.background is None or not web_colours.alike(colour, look.background)
    return width >= _THINNEST and opacity >= FAINT and is_plain


def _is_painted(own: Declarations) -> bool:
    """Whether a box has a background of its own."""
    names = ("background", "background-color", "background-image")
    return any(own.get(name) and _word(own[name]) not in ("none", "transparent", *_INHERITING) for name in names)


def _line(own: Declarations, look: TextLook) -> float:
    """The height of a line in sizes of the font."""
    if not own.get("line-height"):
        return look.line
    token = own["line-height"][0]
    if token.type == "number":
        return float(token.value)
    height = pixels(token, look.font, look.font)
    return look.line if height is None or not look.font else height / look.font


def _is_framed(own: Declarations, font: float) -> bool:
    """Whether an outline is drawn inwards over the text, thicker than two lines."""
    if not own.get("outline-offset"):
        return False
    offset = pixels(own["outline-offset"][0], font) or 0.0
    widths = [length for token in own.get("outline", ()) if (length := pixels(token, font)) is not None]
    return bool(widths) and max(widths) >= 2 * font and offset <= -max(widths) / 2


def _is_blurred(look: TextLook, own: Declarations) -> bool:
    return blur_pixels(own.get("filter", [])) > _UNREADABLE_BLUR * look.font


def _background(value: list[Any], behind: Rgb | None, otherwise: Rgb | None) -> Rgb | None:
    slash = value.index("/") if "/" in value else len(value)
    has_size = not any(pixels(token) == 0 for token in value[slash + 1 : slash + 3])
    for token in value if has_size else ():
        if token.type == "url" or (token.type == "function" and not web_colours.colour(token)):
            stops = web_colours.stops(token)
            # The middle of a gradient of near colours stands for it; a picture or any other gradient is unknown.
            return web_colours.middle(stops) if stops and all(stop[1] == 1 for stop in stops) else None
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
    return opacity


def _share(value: list[Any] | None, otherwise: float) -> float:
    number = pixels(value[0], 1.0, 1.0) if value else None
    return otherwise if number is None else max(0.0, number)


def _word(value: list[Any]) -> str:
    return value[0].lower_value if value and value[0].type == "ident" else ""
