"""Hidden parts of binary Office files are found by their flags, and what is not searched is on record."""

import struct

import pytest

from pipeline.extraction.hidden import old_office
from tests.support.compound_files import compound


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def sheet(name: str, state: int, *, is_wide: bool = False) -> bytes:
    raw = name.encode("utf-16-le" if is_wide else "latin-1")
    return record(0x85, struct.pack("<IBBBB", 0, state, 0, len(name), is_wide) + raw)


def slide(flags: int) -> bytes:
    return struct.pack("<HHI", 0, 0x03F9, 16) + struct.pack("<IIBBHI", 0, 0, 0, 0, flags, 0)


def letters(format_of_characters: bytes, table: str) -> dict[str, bytes]:
    """A Word file with one page of formats of characters, the third of its main stream."""
    main = bytearray(0x200 + 1024)
    struct.pack_into("<H", main, 0x0A, 0x200 if table == "1Table" else 0)
    struct.pack_into("<II", main, 0xFA, 8, 12)
    return {
        "WordDocument": bytes(main) + format_of_characters.ljust(512, b"\x00"),
        table: bytes(8) + struct.pack("<III", 0, 9, 3),
    }


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ({"Workbook": sheet("Seen", 0) + sheet("Kept", 1) + sheet("Größe", 2, is_wide=True)},
         [("ole-hidden-sheet", "Kept"), ("ole-hidden-sheet", "Größe")]),
        ({"Book": record(9, b"x" * 20) + sheet("Seen", 0)}, []),
        ({"PowerPoint Document": b"x" + slide(4) + slide(1) + slide(5)}, [("ole-hidden-slide", "hidden slides: 2")]),
        ({"PowerPoint Document": slide(0)}, []),
        (letters(b"\x3c\x08\x01", "1Table"), [("ole-hidden-text", "hidden characters")]),
        (letters(b"\x00\x3c\x08\x01", "0Table"), [("ole-hidden-text", "hidden characters")]),
        (letters(b"\x3c\x08\x00", "1Table"), []),
    ],
)  # fmt: skip
def test_flags_of_hidden_parts_are_found(tree: dict[str, bytes], found: list[tuple[str, str]]) -> None:
    runs = [(run.technique, run.text) for run in old_office.hidden_runs(compound(tree))]
    assert runs == [*found, ("ole-unsearched", "hidden text")]
