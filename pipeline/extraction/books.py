"""EPUB: the chapters of a book in the order of its spine, each read as a page with the style sheets of the book."""

import io
import posixpath
import zipfile
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree import ElementTree

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction import decoding
from pipeline.extraction.containers import Refused
from pipeline.extraction.pages import reading as pages

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_PAGES = frozenset({"application/xhtml+xml", "text/html", "image/svg+xml", "application/x-dtbook+xml"})
_PAGE_ENDINGS = (".xhtml", ".html", ".htm", ".svg", ".xml", ".txt")
_MOST_SHEET = 4 << 20


@dataclass(slots=True)
class BookText:
    """The text of a book and its hidden runs."""

    text: str
    hidden: list[HiddenRun] = field(default_factory=list)


def read(data: bytes) -> BookText:
    """Read a book. Raises `Refused`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _Book(archive).read()
    except (MemoryError, Refused):
        raise
    except Exception:  # a parser's doubt, and its message may quote the document
        raise Refused("corrupt") from None


class _Book:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = set(archive.namelist())
        container = self._xml(_CONTAINER)
        roots = [one.get("full-path", "") for one in container.iter() if _local(one) == "rootfile"]
        self._package_name = next(name for name in roots if name in self._names)
        self._encrypted = self._encrypted_names()

    def read(self) -> BookText:
        package = self._xml(self._package_name)
        manifest = {one.get("id", ""): one for one in package.iter() if _local(one) == "item"}
        spine = [one.get("idref", "") for one in package.iter() if _local(one) == "itemref"]
        texts, hidden, read = [], [], set()
        for number, identity in enumerate(spine, start=1):
            item = manifest.get(identity)
            name = "" if item is None else self._path(self._package_name, item.get("href", ""))
            if name not in self._names:
                continue
            if name in self._encrypted:
                raise Refused("encrypted")
            if item is None or item.get("media-type") not in _PAGES or name in read:
                continue
            read.add(name)
            page = self._page(name)
            texts.append(page.text)
            hidden += [run.model_copy(update={"place": f"chapter {number}, {run.place}"}) for run in page.hidden]
        shown = {self._path(self._package_name, one.get("href", "")) for one in manifest.values() if _is_contents(one)}
        for name in sorted(self._names - read - shown):
            if name.lower().endswith(_PAGE_ENDINGS) and not name.startswith("META-INF/"):
                hidden += self._unused(name)
        return BookText("\n\n".join(text for text in texts if text.strip()), hidden)

    def _page(self, name: str) -> pages.PageText:
        text = decoding.decode(self._archive.read(name))
        if text is None:
            raise Refused("encoding-doubtful")
        return pages.read(text, is_xml=True, linked=lambda address: self._sheet(name, address), with_title=False)

    def _sheet(self, page: str, address: str) -> str | None:
        name = self._path(page, address)
        if name not in self._names or self._archive.getinfo(name).file_size > _MOST_SHEET:
            return None
        return decoding.decode(self._archive.read(name))

    def _unused(self, name: str) -> list[HiddenRun]:
        """The text of a page of the file that no reader of the book comes to."""
        if name in self._encrypted:
            return []
        text = self._page(name).text
        return (
            [HiddenRun(technique="epub-unused-part", text=text, place="outside of the spine")] if text.strip() else []
        )

    def _encrypted_names(self) -> frozenset[str]:
        if _ENCRYPTION not in self._names:
            return frozenset()
        root = self._xml(_ENCRYPTION)
        return frozenset(unquote(one.get("URI", "")) for one in root.iter() if _local(one) == "CipherReference")

    def _xml(self, name: str) -> ElementTree.Element:
        content = self._archive.read(name)
        if b"<!ENTITY" in content:
            raise Refused("corrupt")
        return ElementTree.fromstring(content)  # noqa: S314

    @staticmethod
    def _path(base: str, address: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(address.partition("#")[0])))


def _local(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_contents(item: ElementTree.Element) -> bool:
    """Whether an item is the table of contents, which programs show next to the chapters."""
    return "nav" in item.get("properties", "").split() or item.get("media-type") == "application/x-dtbncx+xml"
