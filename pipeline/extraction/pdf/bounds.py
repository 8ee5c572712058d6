"""Bounds of the objects of a page."""

from typing import Any

Box = tuple[float, float, float, float]
"""Left, bottom, right, top on the page, in points."""


def bounds(item: Any) -> Box:
    """The bounds of an object: those of an object inside a form are the form's own until its matrix is applied.

    Raises what the library raises, for an object without bounds.
    """
    left, bottom, right, top = item.get_bounds()
    form = item.container
    while form is not None:
        left, bottom, right, top = form.get_matrix().on_rect(left, bottom, right, top)
        form = form.container
    return left, bottom, right, top
