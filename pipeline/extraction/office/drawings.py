"""Text of drawings: charts, diagrams and formulas, which office files of all programs share."""

from collections.abc import Iterator

from pipeline.extraction.office.parts import CHART, DRAWING, MAX_NESTING, Element
from pipeline.extraction.office.writing import markdown_table

MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"

_BETWEEN_PARTS = {"num": "", "den": "/", "sup": "^", "sub": "_", "deg": "\u221a", "lim": " "}
_MOST_POINTS = 5000


def chart_text(root: Element) -> list[str]:
    """Titles of a chart, then its values as a table: a row for each category, a column for each series."""
    titles = ["".join(t.text or "" for t in p.iter(DRAWING + "t")) for p in root.iter(DRAWING + "p")]
    series = list(root.iter(CHART + "ser"))
    names = ["".join(_points(one.find(CHART + "tx")).values()) for one in series]
    labels: dict[int, str] = {}
    for one in series:
        for kind in ("cat", "xVal"):
            labels |= {at: text for at, text in _points(one.find(CHART + kind)).items() if at not in labels}
    columns = [_points(one.find(CHART + "val")) or _points(one.find(CHART + "yVal")) for one in series]
    places = sorted({*labels, *(at for column in columns for at in column)})[:_MOST_POINTS]
    rows = [["", *names], *([labels.get(at, ""), *(column.get(at, "") for column in columns)] for at in places)]
    table = [markdown_table(rows)] if series and (places or any(names)) else []
    return [title for title in titles if title.strip()] + table


def _points(holder: Element | None) -> dict[int, str]:
    """The kept values below a reference, by their numbers."""
    found: dict[int, str] = {}
    for point in holder.iter(CHART + "pt") if holder is not None else ():
        at = point.get("idx", "")
        if at.isdecimal() and len(found) < _MOST_POINTS:
            found[int(at)] = point.findtext(CHART + "v", "")
    if not found and holder is not None and (written := holder.findtext(CHART + "v")):
        found[0] = written
    return found


def diagram_text(root: Element) -> list[str]:
    """The paragraphs of a SmartArt diagram."""
    paragraphs = ("".join(t.text or "" for t in p.iter(DRAWING + "t")) for p in root.iter(DRAWING + "p"))
    return [text for text in paragraphs if text.strip()]


def formula_text(element: Element, depth: int = 0) -> str:
    """A formula in one line: `a/b`, `x^2`, `x_i`."""
    return "".join(_formula(element, depth))


def _formula(element: Element, depth: int) -> Iterator[str]:
    if depth > MAX_NESTING:
        return
    for child in element:
        name = str(child.tag).removeprefix(MATH)
        if name == "t" or str(child.tag).endswith("}t"):
            yield child.text or ""
        elif name in _BETWEEN_PARTS:
            if inner := formula_text(child, depth + 1):
                yield _BETWEEN_PARTS[name] + inner
        elif name == "d":
            yield f"({formula_text(child, depth + 1)})"
        elif name == "nary" or not name.endswith("Pr"):
            yield from _formula(child, depth + 1)
