"""Clips, masks, filters, gradients and paths that a drawing refers to, and that leave nothing of a text."""

import math
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from pipeline.extraction.pages import web_colours
from pipeline.extraction.pages.drawn_shapes import SHAPES, FilledArea, number, numbers, points, rectangle

_REFERENCE = re.compile(r"\s*url\(\s*['\"]?#([^'\")]*)['\"]?\s*\)\s*(.*)", re.DOTALL)
_FAR = 1000.0
_LETTER = 0.3
"""Width of the narrowest letters in sizes of their font."""
_FONT = 16.0
_NOTHING = frozenset(("0", "0%", "none", "hidden", "collapse"))
_PAINTED = SHAPES | {"text"}
_SHOWING = frozenset(("opacity", "fill-opacity", "visibility", "display"))


class References:
    """The elements of a drawing by their names."""

    def __init__(self, drawing: Element, bottom: float | None) -> None:
        """Collect the names.

        Args:
            drawing: The drawing.
            bottom: Its lower edge in its own units, if it says so.

        """
        self._bottom = bottom
        self._named = {element.get("id", ""): element for element in drawing.iter() if "id" in element.attrib}

    def hiding(self, element: Element) -> str | None:
        """The technique by which something that an element refers to hides the text in it."""
        for name in ("clip-path", "mask", "filter"):
            match = _REFERENCE.fullmatch(element.get(name, ""))
            if match and match[1] in self._named and (technique := self.named(name, match[1])):
                return technique
        if any(one.tag in ("set", "animate") and _ends_hidden(one) for one in element):
            return "zero-opacity"
        return self._path_hiding(element) if element.tag == "textpath" else None

    def used(self, element: Element) -> Element:
        """The shape that a `use` shows where it stands; other elements themselves."""
        if element.tag != "use" or {"x", "y"} & element.attrib.keys():
            return element
        address = element.get("href") or element.get("xlink:href") or ""
        return self._named.get(address.removeprefix("#"), element)

    def fill(self, element: Element) -> str | None:
        """The colour that a text is filled with in place of a gradient; None if it is not a plain one."""
        match = _REFERENCE.fullmatch(element.get("fill", ""))
        if match is None:
            return None
        gradient = self._named.get(match[1])
        if gradient is None:
            return match[2].strip() or "none"
        stops = list(gradient.iter("stop"))
        if stops and all(number(stop.get("stop-opacity")) == 0 for stop in stops):
            return "none"
        colours = {stop.get("stop-color", "black") for stop in stops}
        return colours.pop() if len(colours) == 1 else None

    def named(self, name: str, address: str) -> str | None:
        """The technique by which a clip, a mask or a filter hides what refers to it.

        Args:
            name: The property that refers to it: `clip-path`, `mask` or `filter`.
            address: Its name, with or without a `#`.

        """
        target = self._named.get(address.removeprefix("#"))
        if name == "mask":  # browsers show nothing behind a mask that is missing
            return "zero-opacity" if target is None or all(map(_is_dark, _leaves(target))) else None
        if target is None:
            return None
        if name == "clip-path":
            return None if any(map(_has_area, target)) else "zero-size"
        return "zero-opacity" if any(map(_drops, target)) else None

    def clip(self, element: Element) -> FilledArea | None:
        """The rectangle that a clip shows of an element; None if it is another shape, or there is no clip."""
        match = _REFERENCE.fullmatch(element.get("clip-path", ""))
        target = self._named.get(match[1]) if match else None
        if target is None or len(target) != 1 or target[0].tag != "rect":
            return None
        is_moved = "clippathunits" in target.attrib or "transform" in {*target.attrib, *target[0].attrib}
        has_shares = any(value.strip().endswith("%") for value in target[0].attrib.values())
        return None if is_moved or has_shares else rectangle(target[0], 0.0, 0.0)

    def uses(self, drawing: Element) -> dict[int, Element]:
        """The `use` of each element that one alone shows, by the identity of the element."""
        shown: dict[int, list[Element]] = {}
        for use in drawing.iter("use"):
            address = use.get("href") or use.get("xlink:href") or ""
            if (target := self._named.get(address.removeprefix("#"))) is not None:
                shown.setdefault(id(target), []).append(use)
        return {key: uses[0] for key, uses in shown.items() if len(uses) == 1}

    def _path_hiding(self, element: Element) -> str | None:
        """How the path of a text hides it: there is none, it is elsewhere, or it is shorter than the text."""
        address = element.get("href") or element.get("xlink:href") or ""
        path = self._named.get(address.removeprefix("#"))
        if path is None:
            return "display-none"
        offset = element.get("startoffset", "").strip()
        if offset.endswith("%") and (number(offset) or 0.0) >= 100:
            return "display-none"
        found = numbers(path.get("d", "")[:2000])
        words = "".join(element.itertext()).strip()
        if found and (max(found) < -_FAR / 2 or min(found) > 5 * _FAR):
            return "off-screen"
        if found and found[0] <= -_FAR:
            return "off-screen"
        ends = points(path.get("d", ""))
        if ends and self._bottom is not None and min(down for _, down in ends) > self._bottom + _FONT:
            return "off-screen"
        length = sum(map(math.dist, ends, ends[1:])) if ends else 10 * _FAR
        if not offset.endswith("%") and (number(offset) or 0.0) >= length:
            return "display-none"
        return "display-none" if length < _LETTER * _FONT and len(words) > 2 else None


def _has_area(shape: Element) -> bool:
    width, height = shape.get("width"), shape.get("height")
    if shape.tag == "rect":
        left, top = number(shape.get("x")) or 0.0, number(shape.get("y")) or 0.0
        wide, high = number(width) or 0.0, number(height) or 0.0
        return wide > 1 and high > 1 and left + wide > 0 and top + high > 0
    if shape.tag == "circle":
        return (number(shape.get("r")) or 0.0) > 1
    return True


def _leaves(mask: Element) -> Iterator[Element]:
    return (part for part in mask.iter() if part.tag in _PAINTED)


def _is_dark(shape: Element) -> bool:
    """Whether a part of a mask shows nothing."""
    if shape.get("fill") == "none" or _NOTHING & {shape.get("opacity", ""), shape.get("fill-opacity", "")}:
        return "stroke" not in shape.attrib
    colour = web_colours.colour(shape.get("fill", "black"))
    is_plain = not {"style", "class"} & shape.attrib.keys() and shape.tag in ("rect", "circle", "ellipse", "path")
    return is_plain and colour is not None and web_colours.alike(colour[0], web_colours.BLACK)


def _drops(primitive: Element) -> bool:
    """Whether a step of a filter leaves nothing of a picture."""
    if primitive.tag == "feoffset":
        return any(abs(number(primitive.get(name)) or 0.0) >= _FAR for name in ("dx", "dy"))
    if primitive.tag == "fecolormatrix":
        values = numbers(primitive.get("values"))
        return len(values) == 20 and not any(values[15:])
    return primitive.tag == "feflood"


def _ends_hidden(animation: Element) -> bool:
    stays = animation.tag == "set" or animation.get("fill") == "freeze"
    end = (animation.get("to") or animation.get("values", "").split(";")[-1]).strip()
    return stays and animation.get("attributename", "").lower() in _SHOWING and end in _NOTHING
