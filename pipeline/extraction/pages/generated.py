"""Content that style sheets write before and after elements: strings, attributes and counters."""

from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element

from pipeline.extraction.pages.numbering import numbered

_PRIVATE = (range(0xE000, 0xF900), range(0xF0000, 0x110000))
"""Characters whose sign only the font of an icon knows."""
_QUOTES = {"open-quote": "\u201c", "close-quote": "\u201d"}


class Counters:
    """Counters of style sheets, in the order of the page. A counter is one for the whole page."""

    def __init__(self) -> None:
        self._values: dict[str, int] = {}

    def count(self, declared: Iterable[tuple[str, list[Any]]]) -> None:
        """Apply `counter-reset`, `counter-set` and `counter-increment`, in this order."""
        for wanted in ("counter-reset", "counter-set", "counter-increment"):
            for name, tokens in declared:
                if name == wanted:
                    self._apply(tokens, is_increment=wanted == "counter-increment")

    def value(self, name: str) -> int:
        """The value of a counter."""
        return self._values.get(name, 0)

    def _apply(self, tokens: list[Any], *, is_increment: bool) -> None:
        for at, token in enumerate(tokens):
            if token.type != "ident" or token.lower_value == "none":
                continue
            after = tokens[at + 1] if at + 1 < len(tokens) else None
            number = after.int_value if after is not None and after.type == "number" else None
            amount = number if number is not None else int(is_increment)
            self._values[token.value] = amount + (self.value(token.value) if is_increment else 0)


def text(tokens: list[Any], element: Element, counters: Counters) -> str:
    """The characters of a value of `content`."""
    pieces: list[str] = []
    for token in tokens:
        if token.type == "literal" and token.value == "/":
            break  # what follows is for programs that read aloud
        if token.type == "string":
            pieces.append(token.value)
        elif token.type == "ident":
            pieces.append(_QUOTES.get(token.lower_value, ""))
        elif token.type == "function":
            pieces.append(_of_function(token, element, counters))
    return "".join(one for one in "".join(pieces) if not any(ord(one) in private for private in _PRIVATE))


def _of_function(token: Any, element: Element, counters: Counters) -> str:
    names = [part.value for part in token.arguments if part.type == "ident"]
    if not names:
        return ""
    if token.lower_name == "attr":
        return element.get(names[0].lower(), "")
    if token.lower_name in ("counter", "counters"):
        return numbered(counters.value(names[0]), names[1] if len(names) > 1 else "decimal")
    return ""
