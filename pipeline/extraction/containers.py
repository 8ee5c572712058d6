"""Contents of a ZIP or OLE container, from its directory, before a parser of the format sees it."""

import io
import re
import zipfile

from pipeline.extraction import media_types as kinds

MAX_ENTRIES = 10_000
MAX_UNPACKED_BYTES = 1 << 30

REFINED = frozenset({kinds.DOCX, kinds.XLSX, kinds.PPTX, kinds.EPUB, kinds.DOC, kinds.XLS, kinds.PPT, kinds.MSG}) | {
    kinds.OPEN_DOCUMENT + name for name in ("text", "spreadsheet", "presentation")
}
"""Kinds only a look into a container can tell."""

_OFFICE_PARTS = (("word/", kinds.DOCX), ("xl/", kinds.XLSX), ("ppt/", kinds.PPTX))
_OLE_STREAMS = (
    ("EncryptedPackage", kinds.ENCRYPTED),
    ("WordDocument", kinds.DOC),
    ("Workbook", kinds.XLS),
    ("PowerPoint Document", kinds.PPT),
    ("__substg1.0_", kinds.MSG),
)
_MESSAGE_START = re.compile(rb"(?m)^From [^\r\n]*\r?\n")


class Refused(Exception):
    """There is no text; `word` is one of `extractor.FAILURES`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def refine(media_type: str, data: bytes) -> str:
    """The kind of document in a container; archives of arbitrary files stay archives. Raises `Refused`."""
    if media_type == kinds.OLE:
        # Directory entries are UTF-16. Looking for them anywhere needs no parser; the real one decides anyway.
        return next((kind for name, kind in _OLE_STREAMS if name.encode("utf-16-le") in data), kinds.OLE)
    return _refine_zip(data) if media_type == kinds.ZIP else media_type


def _refine_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
                return kinds.ZIP
            names = [entry.filename for entry in entries]
            declared = _declared_kind(archive, names)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        raise Refused("corrupt") from None
    if declared is not None:
        return declared
    if "[Content_Types].xml" in names:
        return next((kind for part, kind in _OFFICE_PARTS if any(name.startswith(part) for name in names)), kinds.ZIP)
    return kinds.ZIP


def _declared_kind(archive: zipfile.ZipFile, names: list[str]) -> str | None:
    """OpenDocument and EPUB say what they are in a member named `mimetype`."""
    if "mimetype" not in names or archive.getinfo("mimetype").file_size > 200:
        return None
    declared = archive.read("mimetype").decode("ascii", "replace").strip()
    if declared not in REFINED:
        return None
    manifest = "META-INF/manifest.xml"
    if (
        manifest in names
        and archive.getinfo(manifest).file_size < 1 << 20
        and b"encryption-data" in archive.read(manifest)
    ):
        return kinds.ENCRYPTED
    return declared


def mailbox_messages(data: bytes) -> list[bytes]:
    """The messages of an mbox file."""
    return [message for message in _MESSAGE_START.split(data) if message.strip()]
