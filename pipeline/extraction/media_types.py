"""The kind of a file, from its bytes.

Invariant: a name or a declared type only separates kinds of text. The content decides about parsed formats (a PDF, an
archive, an HTML page), so a `.md` that is a PDF is treated as a PDF.
"""

import re
from pathlib import PurePosixPath

PDF = "application/pdf"
HTML = "text/html"
EMAIL = "message/rfc822"
MAILBOX = "application/mbox"
RTF = "application/rtf"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
NOTEBOOK = "application/x-ipynb+json"
SVG = "image/svg+xml"
TAR = "application/x-tar"
GZIP = "application/gzip"
BZIP2 = "application/x-bzip2"
XZ = "application/x-xz"
UNKNOWN = "application/octet-stream"

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
EPUB = "application/epub+zip"
DOC = "application/msword"
XLS = "application/vnd.ms-excel"
PPT = "application/vnd.ms-powerpoint"
MSG = "application/vnd.ms-outlook"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
ENCRYPTED = "application/x-encrypted-office"

CONTAINERS = frozenset({ZIP, OLE})
"""Kinds whose contents say which kind of document they are."""

ARCHIVES = frozenset({ZIP, TAR, GZIP, BZIP2, XZ})
"""Kinds of several files, or of a compressed one."""

PARSED = frozenset({PDF, HTML, SVG, EMAIL, MAILBOX, RTF, OLE, NOTEBOOK}) | ARCHIVES
"""Kinds that need a parser."""

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/tiff", "image/webp", "image/bmp"})
"""Kinds whose words only OCR can read."""

_SIGNATURES = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", RTF),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"\x1f\x8b", GZIP),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\x00", XZ),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"\x7fELF", "application/x-elf"),
    (b"!<arch>\n", "application/x-archive"),
)

_TEXT_BY_SUFFIX = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".mdx": "text/markdown",
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".svg": SVG,
    ".eml": EMAIL,
    ".mht": EMAIL,
    ".mhtml": EMAIL,
    ".mbox": MAILBOX,
    ".ipynb": NOTEBOOK,
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".xml": "application/xml",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".rst": "text/x-rst",
    ".adoc": "text/asciidoc",
}

_NAMES_OF_PARSED = frozenset(
    {".pdf", ".docx", ".doc", ".xlsx", ".xls", ".pptx", ".ppt", ".odt", ".ods", ".odp", ".rtf", ".epub", ".msg"}
)
"""Endings of formats that begin with a signature."""

PLAIN = (frozenset(_TEXT_BY_SUFFIX.values()) | {"text/plain"}) - PARSED
"""Kinds of text that are kept as they stand. What is neither plain nor parsed is not supported."""

DECODED = PLAIN | {HTML, SVG, EMAIL, MAILBOX, NOTEBOOK}
"""Kinds whose bytes are characters in some encoding."""

_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*){0,4}<(?:!doctype\s+html|html|head|body)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_MAIL_HEADER = re.compile(
    rb"^(?:return-path|received|from|to|cc|subject|date|message-id|mime-version|content-type|reply-to|delivered-to)"
    rb"[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]")
_TAR_AT = 257
"""Place of the word that says that a file is a tar archive."""
_CONTROLS = bytes((*range(1, 7), *range(14, 27), *range(28, 32)))
"""Control characters no text needs; bell, tab, line ends, form feed and escape are fine."""
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_FEWEST_WIDE_BYTES = 16
_BLANKS = "\t\n\r\f\v\x1c\x1d\x1e\x85\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u3000\ufeff"
"""Characters of text that are not printable."""


def sniff(data: bytes, uri: str, declared: str | None = None) -> str:
    """The media type of `data`; `uri` and `declared` only choose between kinds of text."""
    head = data[:4096]
    if b"%PDF-" in head[:1024]:
        return PDF
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    if data[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return TAR
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"BM") and head[6:10] == bytes(4):  # a text may begin with these letters, too
        return "image/bmp"
    if looks_binary(head):
        return UNKNOWN
    if _HTML_START.match(head):
        return HTML
    if head.startswith(b"From ") and _is_mail(head.partition(b"\n")[2]):
        return MAILBOX
    named = _named(uri, declared)
    if named == "text/plain" and _is_mail(head):
        return EMAIL
    return named


def is_hollow(data: bytes, uri: str, media_type: str) -> bool:
    """Whether a file of a format that needs a parser holds nothing: a copy or an export that failed.

    Args:
        data: At most white space makes it hollow.
        uri: Its name, which alone says what it should have been.
        media_type: As `sniff` found it.

    """
    needs_parser = media_type in PARSED or PurePosixPath(uri.partition("#")[0]).suffix.lower() in _NAMES_OF_PARSED
    return needs_parser and not data.strip()


def looks_binary(head: bytes) -> bool:
    """Whether the beginning of a file is no text in any encoding `decoding` knows."""
    if head.startswith(_WIDE_MARKS) or wide_encoding(head):
        return False
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return b"\x00" in head or controls * 10 > len(head)


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, from the zeros among the first bytes; None if it is neither or not certain."""
    if b"\x00" not in head:
        return None
    if len(head) >= _FEWEST_WIDE_BYTES and len(head) % 4 == 0:
        for encoding, upper in (("utf-32-le", head[3::4]), ("utf-32-be", head[0::4])):
            if not upper.strip(b"\x00") and _reads_as_text(head, encoding):
                return encoding
    readable = [encoding for encoding in ("utf-16-le", "utf-16-be") if _reads_as_text(head, encoding)]
    return readable[0] if len(readable) == 1 else None


def _reads_as_text(head: bytes, encoding: str) -> bool:
    """Whether all is printable and a blank or a line end is among it, which the other byte order would destroy."""
    if len(head) < _FEWEST_WIDE_BYTES:
        return False
    text = head.decode(encoding, "ignore")
    blanks = any(blank in text for blank in " \n")
    return blanks and all(character.isprintable() or character in _BLANKS for character in text)


def _named(uri: str, declared: str | None) -> str:
    suffix = PurePosixPath(uri.partition("#")[0]).suffix.lower()
    if suffix in _TEXT_BY_SUFFIX:
        return _TEXT_BY_SUFFIX[suffix]
    bare = (declared or "").partition(";")[0].strip().lower()
    return bare if bare in _TEXT_BY_SUFFIX.values() else "text/plain"


def _is_mail(head: bytes) -> bool:
    """Whether a file begins with a block of headers of which at least two belong to mail."""
    block = re.split(rb"\r?\n\r?\n", head.lstrip(b"\r\n"), maxsplit=1)[0]
    lines = block.splitlines()[:40]
    headers = sum(1 for line in lines if _HEADER_LINE.match(line))
    return len(_MAIL_HEADER.findall(block)) >= 2 and headers >= len(lines) - 1
