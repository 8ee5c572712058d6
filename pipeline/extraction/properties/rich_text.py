"""Properties of RTF: the information group and the properties that people named."""

import re
from collections.abc import Iterator

from pipeline.domain.declarations.file_properties import FileProperty

_INFORMATION = re.compile(
    rb"\{\\(?P<name>title|subject|keywords|doccomm|comment|category|company|manager)\b ?(?P<value>[^{}]{0,4000})\}"
)
_CUSTOM = re.compile(
    rb"\{\\propname\s?(?P<name>[^{}]{1,200})\}.{0,100}?\{\\staticval\s?(?P<value>[^{}]{0,4000})\}", re.DOTALL
)
_VARIABLE = re.compile(rb"\{\\\*?\\?docvar\s*\{(?P<name>[^{}]{1,200})\}\s*\{(?P<value>[^{}]{0,4000})\}", re.DOTALL)
_CHARACTER = re.compile(rb"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6})(?:\\'[0-9a-fA-F]{2}|[^\\]| )?|\\[a-z]+-?\d* ?")


def properties(data: bytes) -> Iterator[FileProperty]:
    """The properties of a document."""
    for pattern, is_custom in ((_INFORMATION, False), (_CUSTOM, True), (_VARIABLE, True)):
        for match in pattern.finditer(data):
            yield FileProperty(_text(match["name"]), _text(match["value"]), is_custom=is_custom)


def _text(written: bytes) -> str:
    return _CHARACTER.sub(_character, written).decode("utf-8", "replace")


def _character(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 16)]).decode("cp1252", "replace").encode()
    if match[2]:
        return chr(int(match[2]) % 0x10000).encode("utf-8", "replace")
    return b""
