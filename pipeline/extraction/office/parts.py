"""Parts of office files that are ZIP archives, read with the standard library's expat.

A part with a document type is refused: office programs write none, and entities need one. Memory and time are bounded
by the sandbox.
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from pipeline.domain.digests import digest_bytes
from pipeline.extraction import media_types as kinds
from pipeline.extraction.containers import Refused

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SLIDE = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
XML = "{http://www.w3.org/XML/1998/namespace}"

MAX_NESTING = 200
"""Levels of elements that a reader descends. Word itself stops at far fewer."""

_PNG_START = 4096
"""Bytes of a PNG in which its header and its transparent colour stand."""
_PNG_COLOUR = 25
"""Place of the colour type: W3C PNG 11.2.2."""
_READ_TWICE = frozenset({"content.xml", "styles.xml"})
"""Parts of OpenDocument that are read for their text and for what they link to."""

_RELATIONSHIP = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_STRICT = re.compile(
    rb"http://purl\.oclc\.org/ooxml/(wordprocessingml|drawingml|presentationml|spreadsheetml|drawingml/chart)/main"
)
_STRICT_CHART = b"http://purl.oclc.org/ooxml/drawingml/chart"
_STRICT_RELATION = b"http://purl.oclc.org/ooxml/officeDocument/relationships"
_MEDIA = re.compile(r"(?:(?:word|ppt|xl)/media|Pictures)/", re.IGNORECASE)
_TYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
"""A document type in every encoding that expat reads."""

Element = ElementTree.Element


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of a part to another part, or to something outside the file."""

    kind: str
    """Last word of its type, such as `image` or `attachedTemplate`."""
    target: str
    """Name of a part, or an address."""
    external: bool


class Parts:
    """The XML parts of one file."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self.names = self._archive.namelist()
        self._known = frozenset(self.names)
        self._kept: dict[str, Element] = {}

    def matching(self, pattern: str) -> Iterator[tuple[str, Element]]:
        """Parts whose whole name matches, in the order of their numbers."""
        names = [name for name in self.names if re.fullmatch(pattern, name)]
        for name in sorted(names, key=lambda name: (len(name), name)):
            if (root := self.root(name)) is not None:
                yield name, root

    def root(self, name: str) -> Element | None:
        """The root of a part; None when there is no such part. Raises `Refused` for a document type."""
        if name not in self._known:
            return None
        if name in self._kept:
            return self._kept[name]
        root = ElementTree.fromstring(self._checked(name))  # noqa: S314
        if name in _READ_TWICE:
            self._kept[name] = root
        return root

    def stream(self, name: str, *tags: str) -> Iterator[Element]:
        """The elements of some tags in a part, each emptied once the next is asked for; none without the part."""
        if name not in self._known:
            return
        for _, element in ElementTree.iterparse(io.BytesIO(self._checked(name))):  # noqa: S314
            if element.tag in tags:
                yield element
                element.clear()

    def _checked(self, name: str) -> bytes:
        content = self._archive.read(name)
        if any(mark in content for mark in _TYPES):
            raise Refused("corrupt")
        content = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/main", content)
        content = content.replace(_STRICT_CHART, CHART[1:-1].encode())
        return content.replace(_STRICT_RELATION, RELATION[1:-1].encode())

    def bytes_of(self, name: str) -> bytes:
        """The content of a part, which must be there."""
        return self._archive.read(name)

    def is_opaque_picture(self, name: str) -> bool:
        """Whether a part is a picture of a kind, or with a header, that leaves no room for transparency."""
        if name not in self._known:
            return False
        with self._archive.open(name) as picture:
            start = picture.read(_PNG_START)
        if start.startswith(b"\x89PNG"):
            # Colour types 0 (grey) and 2 (colour) have no alpha; a transparent colour is a chunk before the pixels.
            return len(start) > _PNG_COLOUR and start[_PNG_COLOUR] in (0, 2) and b"tRNS" not in start
        return start.startswith((b"\xff\xd8", b"BM"))

    def pictures(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of the pictures, each content once; unpacked when they are asked for."""
        seen: set[str] = set()
        for name in self.names:
            if not _MEDIA.match(name):
                continue
            content = self._archive.read(name)
            digest = digest_bytes(content)
            if digest not in seen and kinds.sniff(content, name) in kinds.PICTURES:
                seen.add(digest)
                yield name, content

    def relations(self, name: str) -> dict[str, Relation]:
        """The relations of a part by their ids; of the whole file for an empty name."""
        folder, _, file = name.rpartition("/")
        root = self.root(posixpath.join(folder, "_rels", f"{file}.rels"))
        found: dict[str, Relation] = {}
        for relation in root.iter(_RELATIONSHIP) if root is not None else ():
            external = relation.get("TargetMode") == "External"
            target = relation.get("Target", "")
            if not external:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = relation.get("Type", "").rpartition("/")[2]
            found[relation.get("Id", "")] = Relation(kind, target, external)
        return found


def text_of(element: Element, tag: str) -> str:
    """All text in elements of one tag below `element`."""
    return "".join(part.text or "" for part in element.iter(tag)).strip()


def on(element: Element | None, value: str = "val") -> bool:
    """Whether a switch such as `<w:vanish/>` is there and not switched off."""
    return element is not None and element.get(WORD + value, "true") not in ("0", "false", "off")


def integer(value: str | None, default: int = 0) -> int:
    """A whole number, or `default`."""
    try:
        return int(value or "")
    except ValueError:
        return default


def chosen(alternatives: Element) -> Element | None:
    """The branch of `mc:AlternateContent` that a current program shows."""
    choices = [one for one in alternatives if one.tag == COMPATIBILITY + "Choice"]
    shown = next((one for one in choices if _READ_BY_PROGRAMS.fullmatch(one.get("Requires", ""))), None)
    return shown if shown is not None else alternatives.find(COMPATIBILITY + "Fallback")


_PREFIX = (
    r"(?:wp[sgci]?|w|wp|a|p|x|xr|c|v|cx|aink|am3d|asvg|ma|oel|adec|iact|pvml|sle|dgm|cp|le|tx|a16svg)\d*(?:se|cid)?"
)
_READ_BY_PROGRAMS = re.compile(rf"{_PREFIX}(?:\s+{_PREFIX})*")
"""Prefixes under which office programs write their own extensions, such as `wps`, `w14` and `cx1`."""
