"""Shapes of drawings cover the rectangle that they certainly fill, and no other one."""

from xml.etree.ElementTree import Element

import pytest

from pipeline.extraction.pages.drawn_shapes import FilledArea, rectangle


@pytest.mark.parametrize(
    ("tag", "attributes", "area"),
    [
        ("rect", {"x": "1", "y": "2", "width": "30", "height": "50%"}, (1, 2, 30, 100)),
        ("rect", {"width": "100%", "height": "4"}, (0, 0, 400, 4)),
        ("circle", {"cx": "10", "cy": "20", "r": "10"}, (3, 13, 14, 14)),
        ("circle", {"r": "10"}, (-7, -7, 14, 14)),
        ("ellipse", {"cx": "10", "cy": "20", "rx": "10", "ry": "20"}, (3, 6, 14, 28)),
        ("polygon", {"points": "0,0 9,0 9,5 0,5"}, (0, 0, 9, 5)),
        ("polygon", {"points": "0,0 9,0 9,5"}, None),
        ("polygon", {"points": "0,0 9,1 8,5 0,5"}, None),
        ("polygon", {"points": "0,0 9,0 9,5 0,5 4,2"}, None),
        ("polyline", {"points": "0 0 9 0 9 5 0 5"}, (0, 0, 9, 5)),
        ("line", {"x1": "9", "y1": "5", "x2": "1", "y2": "5", "stroke": "red", "stroke-width": "4"}, (1, 3, 8, 4)),
        ("line", {"x1": "9", "y1": "5", "x2": "1", "y2": "5", "stroke-width": "4"}, None),
        ("line", {"x1": "9", "y1": "5", "x2": "1", "y2": "6", "stroke": "red"}, None),
        ("path", {"d": "M1 2H9V7H1Z"}, (1, 2, 8, 5)),
        ("path", {"d": "M1 2L9 2 9 7 1 7Z"}, (1, 2, 8, 5)),
        ("path", {"d": "m1 2 8 0 0 5 -8 0z"}, (1, 2, 8, 5)),
        ("path", {"d": "m1 2l8 0h0v5h-8z"}, (1, 2, 8, 5)),
        ("path", {"d": "M1 2C9 2 9 7 1 7Z"}, None),
        ("path", {"d": "M1 5H9", "fill": "none", "stroke": "red", "stroke-width": "4"}, (1, 3, 8, 4)),
        ("path", {"d": "M1 5H9", "stroke": "red"}, None),
        ("image", {"width": "9", "height": "9"}, None),
    ],
)
def test_area(tag: str, attributes: dict[str, str], area: FilledArea | None) -> None:
    found = rectangle(Element(tag, attributes), 400, 200)
    assert found == (None if area is None else pytest.approx(area))
