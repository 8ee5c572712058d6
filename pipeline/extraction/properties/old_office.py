"""Properties of the binary formats of Office before 2007 and of Outlook, as far as bytes show them.

Names and values stand apart in these formats, so a name that classifies is reported without its value: what cannot be
read exactly is a problem.
"""

import re
from collections.abc import Iterator

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.domain.declarations.tag_keys import meant_key
from pipeline.domain.declarations.tag_values import level_like

_USER_DEFINED = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")
"""FMTID_UserDefinedProperties of [MS-OLEPS] 2.21, which stands before the properties that people named."""
_REACH = 16_384
_NARROW = re.compile(rb"[\x20-\x7e]{3,120}")
_WIDE = re.compile(rb"(?:[\x20-\x7e]\x00){3,120}")
_LABEL = re.compile(rb"(?:M\x00?S\x00?I\x00?P\x00?_\x00?L\x00?a\x00?b\x00?e\x00?l\x00?_)", re.IGNORECASE)
_HEADER = re.compile(r"^(?P<name>[A-Za-z][\w-]{2,60}):[ \t]*(?P<value>[^\r\n\x00]{1,400})", re.MULTILINE)
_HEADERS = ("Received:", "Message-ID:", "MIME-Version:")


def properties(data: bytes) -> Iterator[FileProperty]:
    """The properties of a file."""
    if _LABEL.search(data):
        yield FileProperty("MSIP_Label_unread_Name", "")
    at = data.find(_USER_DEFINED)
    while at >= 0:
        piece = data[at : at + _REACH]
        strings = [match[0].decode() for match in _NARROW.finditer(piece)]
        strings += [match[0].replace(b"\x00", b"").decode() for match in _WIDE.finditer(piece)]
        names = [text for text in strings if meant_key(text) == "classification" or text.casefold() == "sensitivity"]
        if names:
            yield FileProperty(
                "classification", " ".join(t for t in strings if level_like(t)) or "unread", is_custom=True
            )
        at = data.find(_USER_DEFINED, at + 1)
    for encoding in ("utf-16-le", "latin-1"):
        text = data.decode(encoding, "ignore")
        if any(header in text for header in _HEADERS):
            yield from (FileProperty(match["name"], match["value"], "the mail") for match in _HEADER.finditer(text))
