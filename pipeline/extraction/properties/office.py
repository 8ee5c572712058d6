"""Properties of office files and books that are ZIP archives: Office Open XML, OpenDocument, EPUB."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.extraction.properties.trees import properties_of

_WELL_KNOWN = re.compile(r"docprops/(?:core|app)\.xml|meta\.xml|.*\.opf", re.IGNORECASE)
_CUSTOM = re.compile(r"docprops/(?!core\.|app\.)[^/]+\.xml", re.IGNORECASE)
_FREE = re.compile(r"customxml/item\d*\.xml", re.IGNORECASE)
"""Data of other programs, such as libraries of documents and labelling tools."""
_SETTINGS = re.compile(r"word/settings\.xml", re.IGNORECASE)
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_LABELS = re.compile(r"docmetadata/labelinfo\.xml", re.IGNORECASE)
_LABEL = "{http://schemas.microsoft.com/office/2020/mipLabelMetadata}label"
"""A label that is known by a number alone: [MS-OFFCRYPTO] 2.6.4, LabelInfo."""
_EMBEDDED = re.compile(r".*\.(?:docx|docm|xlsx|xlsm|pptx|pptm|odt|ods|odp|pdf|rtf|eml|html?)", re.IGNORECASE)

_PICTURE = re.compile(r".*\.(?:png|jpe?g|jpe|tiff?|webp|gif)", re.IGNORECASE)
_LARGEST_PICTURE = 64 << 20
"""Bytes."""


def properties(data: bytes) -> Iterator[FileProperty]:
    """The properties of an archive. Raises what a parser raises."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        custom = _related(archive)
        for name in archive.namelist():
            if _LABELS.fullmatch(name):
                yield from _labels(archive.read(name))
            elif name in custom or _CUSTOM.fullmatch(name):
                yield from properties_of(archive.read(name), are_custom=True)
            elif _WELL_KNOWN.fullmatch(name):
                yield from properties_of(archive.read(name), are_custom=False)
                yield from _user_defined(archive.read(name))
            elif _SETTINGS.fullmatch(name):
                yield from _variables(archive.read(name))
            elif _FREE.fullmatch(name):
                try:
                    yield from properties_of(archive.read(name), are_custom=True)
                except ElementTree.ParseError:
                    continue  # it need not be XML that anybody reads


def embedded(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Documents and pictures inside an archive, with their names."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            is_picture = _PICTURE.fullmatch(name) and archive.getinfo(name).file_size <= _LARGEST_PICTURE
            if (_EMBEDDED.fullmatch(name) and "embeddings/" in name) or is_picture:
                yield name, archive.read(name)


def _related(archive: zipfile.ZipFile) -> frozenset[str]:
    """Custom properties under another name than the usual one, which programs find by a relation."""
    if "_rels/.rels" not in archive.namelist():
        return frozenset()
    relations = ElementTree.fromstring(archive.read("_rels/.rels")).iter(_RELATION)  # noqa: S314
    return frozenset(
        posixpath.normpath(relation.get("Target", "")).lstrip("/")
        for relation in relations
        if relation.get("Type", "").endswith("/custom-properties")
    )


def _user_defined(data: bytes) -> Iterator[FileProperty]:
    """Properties of OpenDocument whose names people give."""
    for element in ElementTree.fromstring(data).iter():  # noqa: S314
        if str(element.tag).endswith("}user-defined"):
            name = next((held for key, held in element.attrib.items() if key.endswith("}name")), "")
            yield FileProperty(name, "".join(element.itertext()), is_custom=True)


def _variables(data: bytes) -> Iterator[FileProperty]:
    """Variables of a Word document: [ISO 29500-1] 17.15.1.32."""
    for element in ElementTree.fromstring(data).iter():  # noqa: S314
        if str(element.tag).endswith("}docVar"):
            held = {str(key).rpartition("}")[2]: value for key, value in element.attrib.items()}
            yield FileProperty(held.get("name", ""), held.get("val", ""), is_custom=True)


def _labels(data: bytes) -> Iterator[FileProperty]:
    for element in ElementTree.fromstring(data).iter(_LABEL):  # noqa: S314
        on = element.get("enabled", "1") in ("1", "true") and element.get("removed", "0") not in ("1", "true")
        yield FileProperty(f"MSIP_Label_{element.get('id', '').strip('{}')}_Enabled", "true" if on else "false")
