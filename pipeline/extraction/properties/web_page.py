"""Properties of web pages: elements `<meta>`."""

from collections.abc import Iterator
from html.parser import HTMLParser

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.extraction import decoding

_NAMING = ("name", "property", "itemprop", "http-equiv")


def properties(data: bytes) -> Iterator[FileProperty]:
    """The properties of a page."""
    page = _MetaElements()
    page.feed(decoding.decode(data) or "")
    yield from page.found


class _MetaElements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[FileProperty] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "meta" and (naming := next((attributes[key] for key in _NAMING if key in attributes), "")):
            self.found.append(FileProperty(naming.rpartition(":")[2].rpartition(".")[2], attributes.get("content", "")))
