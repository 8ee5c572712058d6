"""Binary formats of Office before 2007: macros and embedded files by the names in their directory, and hidden parts.

Hidden sheets, slides and characters are found by their flags ([MS-XLS] 2.4.28, [MS-PPT] 2.6.6, [MS-DOC] 2.6.1), not by
their text. Nothing else that hides text is looked for, so every such file carries the doubt `unsearched`.
"""

import struct
from collections.abc import Iterator

from pipeline.domain.documents.documents import HiddenRun
from pipeline.extraction.containers import Refused
from pipeline.extraction.office.compound import Compound

_PARTS = {"macro": ("_VBA_PROJECT", "Macros"), "embedded": ("ObjectPool", "\x01Ole10Native")}
"""Names in the directory of a compound file, which is in UTF-16. Looking for them anywhere needs no parser."""
_SHEET, _WIDE_NAME = 0x0085, 1
_SLIDE_INFO = struct.pack("<HHI", 0, 0x03F9, 16)
_SLIDE_HIDDEN = 0x4
_VANISH = struct.pack("<HB", 0x083C, 1)
"""`sprmCFVanish`, switched on."""
_PAGE = 512
_WHICH_TABLE, _PAGES_OF_CHARACTERS = 0x0A, 0xFA


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """One run for each kind of part, each hidden sheet, and the other hidden parts of each kind."""
    for kind, names in _PARTS.items():
        name = next((name for name in names if name.encode("utf-16-le") in data), None)
        if name is not None:
            yield HiddenRun(technique=f"ole-{kind}", text=name.strip("\x01"), place="directory")
    try:
        compound = Compound(data)
        streams = {name: entry for name, entry in compound.inside(compound.root).items() if entry.is_stream}
        if book := streams.get("Workbook") or streams.get("Book"):
            yield from _sheets(compound.content(book))
        if slides := streams.get("PowerPoint Document"):
            yield from _slides(compound.content(slides))
        if text := streams.get("WordDocument"):
            whole = compound.content(text)
            (flags,) = struct.unpack_from("<H", whole, _WHICH_TABLE)
            table = streams.get("1Table" if flags & 0x200 else "0Table")
            if table is not None and _vanishes(whole, compound.content(table)):
                yield HiddenRun(technique="ole-hidden-text", text="hidden characters", place="formats of characters")
    except struct.error:
        raise Refused("corrupt") from None
    yield HiddenRun(technique="ole-unsearched", text="hidden text", place="whole file")


def _sheets(book: bytes) -> Iterator[HiddenRun]:
    """The names of the hidden sheets."""
    at = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == _SHEET and length > 8:
            state, count, is_wide = book[at + 8] & 3, book[at + 10], book[at + 11] & _WIDE_NAME
            raw = book[at + 12 : at + 12 + count * (1 + is_wide)]
            if state:
                name = raw.decode("utf-16-le" if is_wide else "latin-1", "replace")
                yield HiddenRun(technique="ole-hidden-sheet", text=name, place="names of sheets")
        at += 4 + length


def _slides(document: bytes) -> Iterator[HiddenRun]:
    """The number of hidden slides."""
    hidden, at = 0, document.find(_SLIDE_INFO)
    while at >= 0 and at + 24 <= len(document):
        hidden += bool(struct.unpack_from("<H", document, at + 18)[0] & _SLIDE_HIDDEN)
        at = document.find(_SLIDE_INFO, at + 8)
    if hidden:
        yield HiddenRun(technique="ole-hidden-slide", text=f"hidden slides: {hidden}", place="slides")


def _vanishes(document: bytes, table: bytes) -> bool:
    """Whether a format of characters hides them."""
    start, length = struct.unpack_from("<II", document, _PAGES_OF_CHARACTERS)
    count = max(0, (length - 4) // 8)
    numbers = table[start + 4 * (count + 1) : start + 4 * (count + 1) + 4 * count]
    pages = struct.unpack(f"<{len(numbers) // 4}I", numbers[: len(numbers) // 4 * 4])
    return any(_VANISH in document[(page & 0x3FFFFF) * _PAGE : ((page & 0x3FFFFF) + 1) * _PAGE] for page in set(pages))
