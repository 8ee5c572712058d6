"""Slots of shadow roots: which children of a host a browser shows (https://dom.spec.whatwg.org/#shadow-tree-slots)."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element


class Slots:
    """The hosts of a page and the slots of their shadow roots."""

    def __init__(self, shadows: Sequence[tuple[Element, Element]]) -> None:
        self._hidden: set[int] = set()
        self._unused: set[int] = set()
        self._without_words: set[int] = set()
        for host, root in shadows:
            slots = {slot.get("name", ""): slot for slot in reversed(list(root.iter("slot")))}
            filled = {child.get("slot", "") for child in host if child is not root}
            words = "".join([host.text or "", *(child.tail or "" for child in host)]).strip()
            if words:
                filled.add("")
            self._hidden |= {id(child) for child in host if child is not root and child.get("slot", "") not in slots}
            self._unused |= {id(slot) for name, slot in slots.items() if name in filled}
            if "" not in slots:
                self._without_words.add(id(host))

    def hides(self, element: Element) -> bool:
        """Whether an element is the child of a host and no slot shows it."""
        return id(element) in self._hidden

    def is_unused(self, element: Element) -> bool:
        """Whether an element is a slot whose own content something else takes the place of."""
        return id(element) in self._unused

    def hides_words(self, element: Element) -> bool:
        """Whether no slot shows the text that stands in a host itself."""
        return id(element) in self._without_words
