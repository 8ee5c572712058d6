"""Compound files, which hold Office documents before 2007, messages of Outlook and OLE objects ([MS-CFB]).

Invariant: every chain of sectors is bounded by the number of sectors, and the tree of names by their number.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.extraction.containers import Refused

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_BYTES = 512
_ENTRY_BYTES = 128
_MINI_BYTES = 64
_LARGEST_SECTOR = 0xFFFFFFFA
"""From here on a number of a sector has another meaning, such as the end of a chain."""
_NONE = 0xFFFFFFFF
_STORAGES = (1, 5)
_STREAM = 2
_MOST_ENTRIES = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream, or a storage, which holds other entries."""

    name: str
    is_stream: bool
    start: int
    size: int
    left: int
    right: int
    child: int


class Compound:
    """One compound file. Raises `Refused` if it is broken."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._read_header()
        except (struct.error, IndexError):
            raise Refused("corrupt") from None

    @property
    def root(self) -> Entry:
        """The storage around all others."""
        return self._entries[0]

    def inside(self, storage: Entry) -> dict[str, Entry]:
        """The entries of a storage by their names, in the order of the names."""
        found: list[Entry] = []
        seen: set[int] = set()
        waiting = [storage.child]
        while waiting:
            at = waiting.pop()
            if at == _NONE or at in seen or at >= len(self._entries):
                continue
            seen.add(at)
            entry = self._entries[at]
            found.append(entry)
            waiting += [entry.left, entry.right]
        return {entry.name: entry for entry in sorted(found, key=lambda entry: (len(entry.name), entry.name))}

    def walk(self) -> Iterator[tuple[str, Entry]]:
        """All streams with their paths, each once."""
        waiting, seen = [("", self.root)], {id(self.root)}
        while waiting:
            path, storage = waiting.pop()
            for name, entry in self.inside(storage).items():
                if id(entry) in seen:
                    continue
                seen.add(id(entry))
                if entry.is_stream:
                    yield path + name, entry
                else:
                    waiting.append((f"{path}{name}/", entry))

    def content(self, entry: Entry) -> bytes:
        """The bytes of a stream. Raises `Refused` if its chain is broken."""
        try:
            if entry.size < self._cutoff and entry is not self.root:
                return self._chain(entry.start, self._mini_table, self._mini_stream, _MINI_BYTES, 0)[: entry.size]
            return self._sectors(entry.start)[: entry.size]
        except (struct.error, IndexError):
            raise Refused("corrupt") from None

    def _read_header(self) -> None:
        data = self._data
        if not data.startswith(SIGNATURE):
            raise Refused("corrupt")
        (shift,) = struct.unpack_from("<H", data, 30)
        if shift not in (9, 12):
            raise Refused("corrupt")
        self._sector_bytes = 1 << shift
        directory, _, self._cutoff, mini, _, more, _ = struct.unpack_from("<IIIIIII", data, 48)
        places = list(struct.unpack_from("<109I", data, 76))
        most = len(data) // self._sector_bytes + 1
        for _ in range(most):
            if more >= _LARGEST_SECTOR:
                break
            numbers = self._numbers(more)
            places += numbers[:-1]
            more = numbers[-1]
        self._table: list[int] = []
        for place in places[:most]:
            if place < _LARGEST_SECTOR:
                self._table += self._numbers(place)
        entries = self._sectors(directory)
        count = min(len(entries) // _ENTRY_BYTES, _MOST_ENTRIES)
        self._entries = [_entry(entries[at * _ENTRY_BYTES : (at + 1) * _ENTRY_BYTES]) for at in range(count)]
        if not self._entries:
            raise Refused("corrupt")
        held = self._sectors(mini) if mini < _LARGEST_SECTOR else b""
        self._mini_table = list(struct.unpack(f"<{len(held) // 4}I", held[: len(held) // 4 * 4]))
        self._mini_stream = self._sectors(self.root.start) if self.root.start < _LARGEST_SECTOR else b""

    def _numbers(self, sector: int) -> list[int]:
        place = max(_HEADER_BYTES, self._sector_bytes) + sector * self._sector_bytes
        return list(struct.unpack_from(f"<{self._sector_bytes // 4}I", self._data, place))

    def _sectors(self, start: int) -> bytes:
        offset = max(_HEADER_BYTES, self._sector_bytes)
        return self._chain(start, self._table, self._data, self._sector_bytes, offset)

    def _chain(self, start: int, table: list[int], source: bytes, size: int, offset: int) -> bytes:
        pieces: list[bytes] = []
        sector = start
        for _ in range(len(table) + 1):
            if sector >= _LARGEST_SECTOR:
                return b"".join(pieces)
            pieces.append(source[offset + sector * size : offset + (sector + 1) * size])
            sector = table[sector]
        raise Refused("corrupt")


def _entry(raw: bytes) -> Entry:
    (length,) = struct.unpack_from("<H", raw, 64)
    name = raw[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
    kind = raw[66]
    left, right, child = struct.unpack_from("<III", raw, 68)
    start, size = struct.unpack_from("<IQ", raw, 116)
    is_known = kind in _STORAGES or kind == _STREAM
    size &= 0xFFFFFFFF
    return Entry(
        name if is_known else "", kind == _STREAM, start, size, left, right, child if kind in _STORAGES else _NONE
    )
