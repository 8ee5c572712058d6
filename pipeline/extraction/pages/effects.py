"""What blending and filters make of a colour: Compositing and Blending 1, section 9.1; Filter Effects, section 7."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipeline.extraction.pages.lengths import pixels
from pipeline.extraction.pages.web_colours import Rgb

_BLENDS: dict[str, Callable[[float, float], float]] = {
    "multiply": lambda front, back: front * back,
    "screen": lambda front, back: front + back - front * back,
    "overlay": lambda front, back: 2 * front * back if back < 0.5 else 1 - 2 * (1 - front) * (1 - back),
    "hard-light": lambda front, back: 2 * front * back if front < 0.5 else 1 - 2 * (1 - front) * (1 - back),
    "lighten": max,
    "darken": min,
    "color-dodge": lambda front, back: 0.0 if back == 0 else min(1.0, back / (1 - front)) if front < 1 else 1.0,
    "color-burn": lambda front, back: 1.0 if back == 1 else 1 - min(1.0, (1 - back) / front) if front > 0 else 0.0,
    "difference": lambda front, back: abs(front - back),
    "exclusion": lambda front, back: front + back - 2 * front * back,
    "plus-lighter": lambda front, back: min(1.0, front + back),
}
_CHANNEL = 255.0


@dataclass(frozen=True, slots=True)
class Effect:
    """A blend mode or a filter of an element, and the colour behind that element."""

    kind: str
    amount: float
    backdrop: Rgb | None

    def seen(self, colour: Rgb) -> Rgb:
        """The colour that a reader sees in place of one inside of the element."""
        backdrop = self.backdrop
        red, green, blue = (
            _CHANNEL * min(1.0, max(0.0, self._channel(front / _CHANNEL, behind / _CHANNEL)))
            for front, behind in zip(colour, backdrop or colour, strict=True)
        )
        return red, green, blue

    def _channel(self, front: float, behind: float) -> float:
        if self.kind in _BLENDS:
            return front if self.backdrop is None else _BLENDS[self.kind](front, behind)
        if self.kind == "brightness":
            return front * self.amount
        if self.kind == "contrast":
            return (front - 0.5) * self.amount + 0.5
        return front * (1 - self.amount) + (1 - front) * self.amount  # invert


def of(blend: str, filters: list[Any], backdrop: Rgb | None) -> list[Effect]:
    """The effects of an element.

    Args:
        blend: Its `mix-blend-mode`.
        filters: The tokens of its `filter`.
        backdrop: The colour behind it; None if that is unknown.

    """
    effects: list[Effect] = []
    for token in filters:
        if token.type == "function" and token.lower_name in ("brightness", "contrast", "invert"):
            amount = pixels(token.arguments[0], 1.0, 1.0) if token.arguments else 1.0
            effects.append(Effect(token.lower_name, 1.0 if amount is None else amount, backdrop))
    return [*effects, Effect(blend, 1.0, backdrop)] if blend in _BLENDS else effects


def blur_pixels(filters: list[Any]) -> float:
    """The standard deviation of the blur of an element."""
    for token in filters:
        if token.type == "function" and token.lower_name == "blur" and token.arguments:
            return pixels(token.arguments[0]) or 0.0
    return 0.0
