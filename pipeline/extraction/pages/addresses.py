"""Files that stand in the address itself (`data:`, RFC 2397)."""

from base64 import b64decode
from binascii import Error as NotBase64
from urllib.parse import unquote_to_bytes

from pipeline.extraction import decoding


def held(address: str, kind: str) -> str | None:
    """The text that an address holds, if it is one of `data:` whose media type names the kind."""
    scheme, _, rest = address.strip().partition(":")
    head, comma, content = rest.partition(",")
    if scheme.lower() != "data" or not comma or kind not in head.lower():
        return None
    data = unquote_to_bytes(content)
    if head.lower().endswith(";base64"):
        try:
            data = b64decode(b"".join(data.split()), validate=False)
        except NotBase64:
            return None
    return decoding.decode(data)
