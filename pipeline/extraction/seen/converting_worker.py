"""LibreOffice, inside the child process: an Office file → a PDF.

A document's files are removed before its answer leaves. An error of the program could hold document text, so none is
passed on.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.extraction.seen.engine import OfficeKit


def create(folder: str, library: str) -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """A handler for `{"suffix"}` and the bytes of a document: `{"done"}` and the PDF."""
    scratch = Path(tempfile.gettempdir())
    os.environ["HOME"] = str(scratch)
    office = OfficeKit(folder, library, scratch / "profile")

    def handle(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        with tempfile.TemporaryDirectory(dir=scratch) as place:
            source, target = Path(place) / f"document.{header['suffix']}", Path(place) / "document.pdf"
            source.write_bytes(payload)
            if not office.convert(source, target) or not target.is_file():
                return {"done": False}, b""
            return {"done": True}, target.read_bytes()

    return handle
