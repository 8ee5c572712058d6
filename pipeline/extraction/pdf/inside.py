"""Files inside a PDF, and what it does besides being read: scripts, programs, requests.

Invariants: looked for in a copy that the library writes, in which nothing is packed or encrypted, so neither object
streams nor an owner's password hide an action. Number and size of files are bounded; more of them is `Refused`.
"""

import ctypes
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.containers import Refused
from pipeline.extraction.pdfium import api, pdfium

_MOST_FILES = 500
_MOST_BYTES = 256 << 20
"""Of all files inside a document."""
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_ACTIONS = {
    "javascript": re.compile(rb"/S\s*/JavaScript\b|/JS\s*[(<\d]"),
    "launch": re.compile(rb"/S\s*/Launch\b"),
    "external-link": re.compile(
        rb"/S\s*/(?:GoToR|GoToE|SubmitForm|ImportData|Rendition|RichMediaExecute)\b"
        rb"|/(?:OpenAction|AA)\s*<<(?:(?!>>).){0,400}/S\s*/URI\b",
        re.DOTALL,
    ),
    "media": re.compile(rb"/Subtype\s*/(?:RichMedia|Movie|Sound|Screen|3D)\b"),
}
"""Actions by the technique they are reported as. A link that a reader must click is ordinary."""
_SAYS = {
    "javascript": "a script",
    "launch": "a program to start",
    "external-link": "a request or another file to open",
    "media": "a film, a sound or a model",
}


def plain_copy(document: Any) -> bytes:
    """The document as the library writes it: without encryption and object streams."""
    copy = io.BytesIO()
    document.save(copy, flags=api.FPDF_REMOVE_SECURITY)
    return copy.getvalue()


def actions(copy: bytes) -> Iterator[HiddenRun]:
    """A run for each kind of action in a plain copy."""
    objects = _STREAM.sub(b"", copy)
    objects = _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), objects)
    for technique, pattern in _ACTIONS.items():
        if pattern.search(objects):
            yield HiddenRun(technique=f"pdf-{technique}", text=_SAYS[technique], place="file")


def files(document: Any, annotated: Iterable[int]) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files of a document and of its annotations.

    Args:
        document: A document of pdfium.
        annotated: Indexes of the pages that have annotations.

    Raises:
        Refused: `nesting` or `output-size`.

    """
    left = _MOST_BYTES
    for number, raw in enumerate(_attachments(document, annotated)):
        if number >= _MOST_FILES:
            raise Refused("nesting")
        file = pdfium.PdfAttachment(raw, document)
        try:
            content = ctypes.string_at(buffer := file.get_data(), len(buffer))
        except pdfium.PdfiumError:
            content = b""  # an entry without a file is reported by its name
        left -= len(content)
        if left < 0:
            raise Refused("output-size")
        yield file.get_name(), content


def _attachments(document: Any, annotated: Iterable[int]) -> Iterator[Any]:
    for number in range(api.FPDFDoc_GetAttachmentCount(document)):
        yield api.FPDFDoc_GetAttachment(document, number)
    for number in annotated:
        page = document[number]
        for place in range(api.FPDFPage_GetAnnotCount(page)):
            annotation = api.FPDFPage_GetAnnot(page, place)
            if annotation and api.FPDFAnnot_GetSubtype(annotation) == api.FPDF_ANNOT_FILEATTACHMENT:
                raw = api.FPDFAnnot_GetFileAttachment(annotation)
                if raw:
                    yield raw
            api.FPDFPage_CloseAnnot(annotation)
        page.close()
