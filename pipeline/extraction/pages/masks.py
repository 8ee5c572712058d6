"""Masks, clips and filters that style sheets name by address, and masks without size (CSS Masking 1).

A mask at an address that is not at hand is a doubt: what it shows cannot be known.
"""

from typing import Any
from xml.etree.ElementTree import Element

from pipeline.extraction.pages import addresses, web_colours
from pipeline.extraction.pages.cascade import Declarations
from pipeline.extraction.pages.drawn_references import References
from pipeline.extraction.pages.drawn_shapes import SHAPES, number, rectangle
from pipeline.extraction.pages.lengths import pixels, split
from pipeline.extraction.pages.page_tree import parsed

UNKNOWN = "mask"
"""The technique of a mask that is not at hand."""
_EMPTY = "zero-opacity"
_WHOLE = 600.0
"""Pixels that 100 percent of a box stand for."""
_MOSTLY = 0.5
"""Part of its picture that a shape fills, from which on a mask shows what is behind it."""


class Masks:
    """The masks, clips and filters of a page."""

    def __init__(self, root: Element) -> None:
        self._references = References(root, None)
        self._pictures: dict[str, str | None] = {}

    def hiding(self, own: Declarations) -> str | None:
        """The technique by which what these declarations name hides a box; None if it does not.

        Args:
            own: The declarations of the box, without prefixes and with variables resolved.

        """
        for name in ("clip-path", "filter"):
            for token in own.get(name, ()):
                address = _address(token)
                if address and (technique := self._references.named(name, address)):
                    return technique
        layers = split(own.get("mask-image") or own.get("mask", []), ",")
        images = [image for layer in layers for image in layer if _is_image(image)]
        if not images:
            return None
        if _has_no_size(own):
            return _EMPTY
        shown = [self._shown(image) for image in images]
        if _EMPTY not in shown and _is_moved(own, len(images)):
            return UNKNOWN
        return None if None in shown else UNKNOWN if UNKNOWN in shown else _EMPTY

    def _shown(self, image: Any) -> str | None:
        """How a layer hides a box; None if it shows it."""
        address = _address(image)
        if address is None:
            stops = web_colours.stops(image)
            return _EMPTY if stops and all(stop[1] < web_colours.FAINT for stop in stops) else None
        if address.startswith("#"):
            return self._references.named("mask", address)
        if address not in self._pictures:
            self._pictures[address] = _of_picture(address)
        return self._pictures[address]


def _has_no_size(own: Declarations) -> bool:
    slash = own.get("mask", []).index("/") if "/" in own.get("mask", []) else None
    tokens = own.get("mask-size") or ([] if slash is None else own["mask"][slash + 1 : slash + 3])
    sizes = [pixels(token, 1.0, _WHOLE) for token in tokens]
    return any(size is not None and size <= 1 for size in sizes)


def _is_moved(own: Declarations, layers: int) -> bool:
    """Whether a mask is placed, combined or read in a way that is not computed here."""
    place = [pixels(token, 1.0, 0.0) for token in own.get("mask-position", ())]
    mode = [*own.get("mask-mode", ()), *own.get("mask-type", ())]
    is_taken_out = any(_word(token) not in ("", "add") for token in own.get("mask-composite", ())) and layers > 1
    return any(place) or is_taken_out or any(_word(token) == "luminance" for token in mode)


def _word(token: Any) -> str:
    return str(token.lower_value) if token.type == "ident" else ""


def _of_picture(address: str) -> str | None:
    """How a drawing that stands in its own address hides what it masks."""
    text = addresses.held(address, "svg")
    if text is None:
        return UNKNOWN
    root = parsed(text, is_xml=True).root
    drawing = root if root.tag == "svg" else root.find(".//svg")
    shapes = [shape for shape in root.iter() if shape.tag in SHAPES or shape.tag == "text"]
    if drawing is None or not shapes:
        return _EMPTY
    width, height = number(drawing.get("width")) or 0.0, number(drawing.get("height")) or 0.0
    for shape in shapes:
        box = rectangle(shape, width, height)
        if box is not None and box[2] * box[3] >= _MOSTLY * width * height and shape.get("fill", "") != "none":
            return None
    return UNKNOWN


def _is_image(token: Any) -> bool:
    return _address(token) is not None or web_colours.stops(token) is not None or _is_gradient(token)


def _is_gradient(token: Any) -> bool:
    return bool(token.type == "function" and token.lower_name.endswith(("gradient", "image", "image-set")))


def _address(token: Any) -> str | None:
    """The address that a token names; None if it is another one."""
    if token.type == "url":
        return str(token.value).strip()
    if token.type == "function" and token.lower_name == "url":
        return next((str(part.value).strip() for part in token.arguments if part.type == "string"), None)
    return None
