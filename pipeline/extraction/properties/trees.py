"""Properties in XML, whatever the vocabulary: an element or attribute has a name and a value.

Expat loads nothing external and refuses entity bombs by itself; memory and time are bounded by the sandbox.
"""

from collections.abc import Iterator
from xml.etree import ElementTree

from pipeline.domain.declarations.file_properties import FileProperty

_INNER = (
    "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}",
    "{http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes}",
)
"""Lists of RDF and typed values of Office, which are values of the element around them."""
_NAMING = ("name", "property", "key", "refines")
_VALUES = ("content", "value", "val")
_MOST = 20_000


def properties_of(data: bytes, *, are_custom: bool) -> Iterator[FileProperty]:
    """Names and values in a document. Raises `ParseError`."""
    waiting = [("", ElementTree.fromstring(data))]  # noqa: S314
    seen = 0
    while waiting and seen < _MOST:
        around, element = waiting.pop()
        seen += 1
        attributes = {_local(name): value for name, value in element.attrib.items()}
        name = around if element.tag.startswith(_INNER) and around else _local(element.tag)
        naming = next((attributes[word] for word in _NAMING if word in attributes), "")
        value = next((attributes[word] for word in _VALUES if word in attributes), "")
        text = "".join(element.itertext()) if naming else element.text or ""
        for one in (value, text):
            if one.strip():
                yield FileProperty(naming or name, one, is_custom=are_custom)
        for attribute, held in attributes.items():
            yield FileProperty(attribute, held, is_custom=are_custom)
        waiting.extend((naming or name, child) for child in element)


def _local(tag: str) -> str:
    return str(tag).rpartition("}")[2].rpartition(":")[2]
