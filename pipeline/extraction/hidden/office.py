"""Parts of Office Open XML files, read with the standard library's expat.

Expat loads nothing external and refuses entity bombs by itself; memory and time are bounded by the sandbox.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SLIDE = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"

_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(wordprocessingml|drawingml|presentationml|spreadsheetml)/main")
_STRICT_RELATION = b"http://purl.oclc.org/ooxml/officeDocument/relationships"

Element = ElementTree.Element


class Parts:
    """The XML parts of one file."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self._names = self._archive.namelist()

    def matching(self, pattern: str) -> Iterator[tuple[str, Element]]:
        """Parts whose whole name matches, in the order of their numbers."""
        names = [name for name in self._names if re.fullmatch(pattern, name)]
        for name in sorted(names, key=lambda name: (len(name), name)):
            if (root := self.root(name)) is not None:
                yield name, root

    def root(self, name: str) -> Element | None:
        """The root of a part; None when there is no such part."""
        if name not in self._names:
            return None
        content = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/main", self._archive.read(name))
        return ElementTree.fromstring(content.replace(_STRICT_RELATION, RELATION[1:-1].encode()))  # noqa: S314


def text_of(element: Element, tag: str) -> str:
    """All text in elements of one tag below `element`."""
    return "".join(part.text or "" for part in element.iter(tag)).strip()


def on(element: Element | None, value: str = "val") -> bool:
    """Whether a switch such as `<w:vanish/>` is there and not switched off."""
    return element is not None and element.get(WORD + value, "true") not in ("0", "false", "off")
