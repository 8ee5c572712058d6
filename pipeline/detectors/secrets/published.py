"""Certificates and public keys in PEM armour: random characters that are meant to be published.

Invariants: pure and linear. The armour alone does not count, for an author can write it around anything: its content
must be one DER structure whose length is the one that its own header gives (X.690, 8.1.3).
"""

import base64
import re
from collections.abc import Iterator

_ARMOUR = re.compile(
    r"-----BEGIN (?P<kind>(?:TRUSTED |X509 |NEW )?CERTIFICATE(?: REQUEST)?|X509 CRL|PKCS7|CMS|DH PARAMETERS"
    r"|(?:RSA |DSA |EC )?PUBLIC KEY)-----(?P<content>[A-Za-z0-9+/=\s\\]{40,40000}?)-----END (?P=kind)-----"
)
_BLANK = re.compile(r"(?:\\[nr]|\s)+")
_SEQUENCE = 0x30
_LONG_FORM = 0x80


def published(text: str) -> Iterator[tuple[int, int]]:
    """The spans of all certificates and public keys in `text`, in order of place."""
    if "-----BEGIN " not in text:
        return
    for armour in _ARMOUR.finditer(text):
        try:
            content = base64.b64decode(_BLANK.sub("", armour["content"]), validate=True)
        except ValueError:
            continue
        if _is_whole(content):
            yield armour.span()


def _is_whole(content: bytes) -> bool:
    """Whether the bytes are one sequence in DER, with nothing behind it."""
    if len(content) < 2 or content[0] != _SEQUENCE:
        return False
    first = content[1]
    if first < _LONG_FORM:
        return len(content) == 2 + first
    size = first - _LONG_FORM
    return 0 < size <= 4 and len(content) == 2 + size + int.from_bytes(content[2 : 2 + size])
