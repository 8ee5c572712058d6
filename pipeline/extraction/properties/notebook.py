"""Properties of notebooks: words and lists of words in the metadata of the whole notebook."""

import json
from collections.abc import Iterator

from pipeline.domain.declarations.file_properties import FileProperty
from pipeline.extraction import decoding


def properties(data: bytes) -> Iterator[FileProperty]:
    """The properties of a notebook; none if it cannot be read, which its reader reports."""
    try:
        metadata = json.loads(decoding.decode(data) or "")["metadata"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    for name, value in metadata.items() if isinstance(metadata, dict) else ():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                yield FileProperty(name, one, is_custom=True)
