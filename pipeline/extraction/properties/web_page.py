"""Properties of web pages: elements `<meta>`, and the properties of a document that Office saved as a page."""

import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.extraction import decoding

_OFFICE = re.compile(
    r"<o:(?P<kind>Custom)?DocumentProperties\b[^<>]{0,400}>(?P<inside>.{0,65536}?)</o:(?:Custom)?DocumentProperties",
    re.I | re.DOTALL,
)
_PROPERTY = re.compile(r"<o:(?P<name>[\w.-]{1,120})\b[^<>]{0,400}>(?P<value>[^<>]{0,400})<", re.I)
_NAMING = ("name", "property", "itemprop", "http-equiv")


def properties(data: bytes) -> Iterator[FileProperty]:
    """The properties of a page."""
    page, text = _MetaElements(), decoding.decode(data) or ""
    page.feed(text)
    yield from page.found
    for block in _OFFICE.finditer(text):
        for one in _PROPERTY.finditer(block["inside"]):
            yield FileProperty(one["name"], unescape(one["value"]), is_custom=block["kind"].lower() == "custom")


class _MetaElements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[FileProperty] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "meta" and (naming := next((attributes[key] for key in _NAMING if key in attributes), "")):
            self.found.append(FileProperty(naming.rpartition(":")[2].rpartition(".")[2], attributes.get("content", "")))
