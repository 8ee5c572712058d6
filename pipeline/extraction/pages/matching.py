"""Matching of selectors with the elements of a page, step by step, within a budget."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

import cssselect2

from pipeline.extraction.containers import Refused

_MAX_STEPS = 2_000_000
"""Tests of one selector on one element, and looks at an ancestor, sibling or child during them."""


class Budget:
    """Steps that matching may still take in a page."""

    def __init__(self, steps: int = _MAX_STEPS) -> None:
        self._left = steps

    def take(self, steps: int = 1) -> None:
        """Count steps. Raises `Refused` if there are none left."""
        self._left -= steps
        if self._left < 0:
            raise Refused("styles")


class CountedElement(cssselect2.ElementWrapper):  # type: ignore[misc]  # it has no types
    """An element whose relatives are looked at one by one, each for a step of the budget."""

    budget = Budget()

    @classmethod
    def top(cls, root: Element, budget: Budget) -> "CountedElement":
        """The root element of a page."""
        element: CountedElement = cls.from_html_root(root)
        element.budget = budget
        return element

    @property
    def ancestors(self) -> Iterator["CountedElement"]:
        return self._chain("parent")

    @property
    def previous_siblings(self) -> Iterator["CountedElement"]:
        return self._chain("previous")

    def iter_children(self) -> Iterator["CountedElement"]:
        for child in super().iter_children():
            self.budget.take()
            child.budget = self.budget
            yield child

    def _chain(self, relation: str) -> Iterator["CountedElement"]:
        element = getattr(self, relation)
        while element is not None:
            self.budget.take()
            yield element
            element = getattr(element, relation)


class CountedMatcher(cssselect2.Matcher):  # type: ignore[misc]  # it has no types
    """A matcher that counts its tests, each for a step of the budget."""

    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def add_relevant_selectors(self, element: Any, selectors: list[Any], relevant_selectors: list[Any]) -> None:
        self._budget.take(len(selectors))
        for test, specificity, order, pseudo, payload in selectors:
            if test(element):
                relevant_selectors.append((specificity, order, pseudo, payload))
