"""Hidden text in XLSX: hidden sheets, rows and columns, white text, comments."""

import posixpath
from collections.abc import Iterator

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.hidden.styles import WHITE, alike, colour
from pipeline.extraction.office.parts import RELATION, SHEET, Element, Parts, text_of

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """The hidden runs of a workbook, in order."""
    parts = Parts(data)
    shared = _shared_strings(parts.root("xl/sharedStrings.xml"))
    white = _white_formats(parts.root("xl/styles.xml"))
    for number, (path, hidden) in enumerate(_sheets(parts), start=1):
        sheet = parts.root(path)
        if sheet is None:
            continue
        if hidden:
            cells = (_value(cell, shared) for cell in sheet.iter(SHEET + "c"))
            text = " ".join(value for value in cells if value)
            yield HiddenRun(technique="xlsx-hidden-sheet", text=text, place=f"sheet {number}")
        else:
            yield from _in_sheet(sheet, shared, white, number)
    for _, comments in parts.matching(r"xl/comments(?:\d*|/[^/]+)\.xml"):
        for comment in comments.iter(SHEET + "comment"):
            yield HiddenRun(technique="xlsx-comment", text=text_of(comment, SHEET + "t"), place=comment.get("ref", ""))


def _in_sheet(sheet: Element, shared: list[str], white: frozenset[int], number: int) -> Iterator[HiddenRun]:
    columns = [column for column in sheet.iter(SHEET + "col") if column.get("hidden") in ("1", "true")]
    ranges = [(_integer(column.get("min")), _integer(column.get("max"))) for column in columns]
    for row in sheet.iter(SHEET + "row"):
        place = f"sheet {number}, row {_integer(row.get('r'))}"
        by_technique: dict[str, list[str]] = {}
        for cell in row.iter(SHEET + "c"):
            column = _column(cell.get("r", ""))
            technique = None
            if row.get("hidden") in ("1", "true"):
                technique = "xlsx-hidden-row"
            elif any(low <= column <= high for low, high in ranges):
                technique = "xlsx-hidden-column"
            elif _integer(cell.get("s")) in white:
                technique = "xlsx-white-text"
            if technique and (value := _value(cell, shared)):
                by_technique.setdefault(technique, []).append(value)
        for technique, values in by_technique.items():
            yield HiddenRun(technique=technique, text=" ".join(values), place=place)


def _sheets(parts: Parts) -> Iterator[tuple[str, bool]]:
    """Path and hiddenness of every sheet, in the order of the workbook."""
    book, relations = parts.root("xl/workbook.xml"), parts.root("xl/_rels/workbook.xml.rels")
    if book is None or relations is None:
        return
    targets = {one.get("Id"): one.get("Target", "") for one in relations.iter(_RELATIONSHIP)}
    for sheet in book.iter(SHEET + "sheet"):
        path = posixpath.normpath(posixpath.join("/xl", targets.get(sheet.get(RELATION + "id"), "")))
        yield path.lstrip("/"), sheet.get("state", "visible") != "visible"


def _shared_strings(root: Element | None) -> list[str]:
    return [text_of(one, SHEET + "t") for one in root.iter(SHEET + "si")] if root is not None else []


def _value(cell: Element, shared: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return text_of(cell, SHEET + "t")
    value = cell.findtext(SHEET + "v", "").strip()
    if cell.get("t") == "s":
        at = _integer(value)
        return shared[at] if 0 <= at < len(shared) else ""
    return value


def _white_formats(root: Element | None) -> frozenset[int]:
    """Numbers of the cell formats with white text on no fill."""
    if root is None:
        return frozenset()
    fonts = [font.find(SHEET + "color") for font in root.iterfind(f"{SHEET}fonts/{SHEET}font")]
    fills = [fill.find(SHEET + "patternFill") for fill in root.iterfind(f"{SHEET}fills/{SHEET}fill")]
    white = {at for at, tint in enumerate(fonts) if tint is not None and _is_white(tint.get("rgb"))}
    plain = {at for at, fill in enumerate(fills) if fill is not None and fill.get("patternType", "none") == "none"}
    formats = root.iterfind(f"{SHEET}cellXfs/{SHEET}xf")
    return frozenset(
        at
        for at, one in enumerate(formats)
        if _integer(one.get("fontId")) in white and _integer(one.get("fillId")) in plain
    )


def _is_white(argb: str | None) -> bool:
    known = colour("#" + argb[-6:].lower()) if argb else None
    return known is not None and alike(known, WHITE)


def _column(reference: str) -> int:
    """`AB12` → 28."""
    number = 0
    for letter in reference.upper():
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    return number


def _integer(value: str | None) -> int:
    try:
        return int(value or "")
    except ValueError:
        return 0
