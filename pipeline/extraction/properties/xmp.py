"""Properties in packets of XMP (ISO 16684-1), wherever they stand in a file."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.extraction.properties.trees import properties_of

_XMP = re.compile(rb"<(?P<prefix>[\w]{1,20}):RDF[\s>].{0,2000000}?</(?P=prefix):RDF>", re.DOTALL)


def properties(data: bytes) -> Iterator[FileProperty]:
    """The properties of every packet in some bytes."""
    for packet in _XMP.finditer(data):
        yield from _in_packet(packet[0], packet["prefix"])


def _in_packet(packet: bytes, prefix: bytes) -> Iterator[FileProperty]:
    """The properties of XMP; of a packet whose names of spaces stand outside it, names are bound to nothing."""
    used = set(re.findall(rb"[<\s]/?([A-Za-z][\w.-]{0,40}):[A-Za-z]", packet)) - {b"xmlns", b"xml"}
    bound = set(re.findall(rb"xmlns:([\w.-]{1,40})\s*=", packet))
    missing = b"".join(b' xmlns:%s="%s"' % (name, _SPACES.get(name, b"urn:" + name)) for name in sorted(used - bound))
    opening = b"<" + prefix + b":RDF"
    try:
        yield from properties_of(packet.replace(opening, opening + missing, 1), are_custom=False)
    except ElementTree.ParseError:
        text = re.sub(rb"<[^<>]{0,2000}>", b"\n", packet).decode("utf-8", "replace")
        yield FileProperty("metadata", text)


_SPACES = {b"rdf": b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"}
