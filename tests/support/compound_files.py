"""Writes compound files ([MS-CFB]) for tests: streams and storages by their paths; and messages of Outlook in them."""

import struct
from collections.abc import Mapping

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _TABLE, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_WIDTHS = {str: "001F", bytes: "0102"}

Tree = Mapping[str, "bytes | Tree"]


def compound(tree: Tree) -> bytes:
    """A compound file that holds a tree of names and contents."""
    entries: list[list[object]] = [["Root Entry", 5, b"", _NONE, _NONE]]

    def add(inner: Tree) -> int:
        first = _NONE
        for name, content in reversed(inner.items()):
            is_stream = isinstance(content, bytes)
            entries.append([name, 2 if is_stream else 1, content if is_stream else b"", first, _NONE])
            first = len(entries) - 1
            if not isinstance(content, bytes):
                entries[first][4] = add(content)
        return first

    entries[0][4] = add(tree)
    sectors: list[bytes] = []
    table: list[int] = []
    mini_stream, mini_table = b"", []

    def store(content: bytes) -> int:
        count = -(-len(content) // _SECTOR)
        start = len(sectors)
        for number in range(count):
            sectors.append(content[number * _SECTOR : (number + 1) * _SECTOR].ljust(_SECTOR, b"\x00"))
            table.append(start + number + 1 if number < count - 1 else _END)
        return start if count else _END

    starts = []
    for _, _, content, _, _ in entries:
        assert isinstance(content, bytes)
        if not content:
            starts.append(_END)
        elif len(content) >= _CUTOFF:
            starts.append(store(content))
        else:
            first, count = len(mini_table), -(-len(content) // _MINI)
            mini_stream += content.ljust(count * _MINI, b"\x00")
            mini_table += [first + number + 1 for number in range(count - 1)] + [_END]
            starts.append(first)
    starts[0] = store(mini_stream)
    mini_start = store(struct.pack(f"<{len(mini_table)}I", *mini_table).ljust(_SECTOR, b"\xff")) if mini_table else _END
    raw = b""
    for at, (name, kind, content, following, child) in enumerate(entries):
        assert isinstance(name, str)
        assert isinstance(content, bytes)
        wide = name.encode("utf-16-le") + b"\x00\x00"
        size = len(mini_stream) if at == 0 else len(content)
        raw += wide.ljust(64, b"\x00") + struct.pack("<HBB", len(wide), kind, 1)
        raw += struct.pack("<III", _NONE, following, child) + bytes(36) + struct.pack("<IQ", starts[at], size)
    directory = store(raw.ljust(-(-len(raw) // _SECTOR) * _SECTOR, b"\x00"))
    tables = 1
    while tables * (_SECTOR // 4) < len(table) + tables:
        tables += 1
    places = [len(sectors) + number for number in range(tables)]
    table += [_TABLE] * tables
    table += [_FREE] * (tables * (_SECTOR // 4) - len(table))
    packed = struct.pack(f"<{len(table)}I", *table)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, tables, directory, 0, _CUTOFF, mini_start, 1, _END, 0)
    header += struct.pack("<109I", *places, *[_FREE] * (109 - tables))
    return header + b"".join(sectors) + packed


def message(values: Mapping[str, "str | bytes"], attachments: "list[Tree] | None" = None) -> Tree:
    """A message of Outlook: values by the number of their property, as four digits."""
    tree: dict[str, bytes | Tree] = {"__properties_version1.0": bytes(32)}
    tree |= properties(values)
    for number, attachment in enumerate(attachments or []):
        tree[f"__attach_version1.0_#{number:08X}"] = attachment
    return tree


def attachment(name: str, content: "bytes | Tree") -> Tree:
    """A file or a message attached to one."""
    held: dict[str, bytes | Tree] = {"__properties_version1.0": bytes(8), **properties({"3707": name})}
    held["__substg1.0_37010102" if isinstance(content, bytes) else "__substg1.0_3701000D"] = content
    return held


def properties(values: Mapping[str, "str | bytes"]) -> dict[str, "bytes | Tree"]:
    """The streams of properties."""
    return {
        f"__substg1.0_{prop}{_WIDTHS[type(value)]}": value.encode("utf-16-le") if isinstance(value, str) else value
        for prop, value in values.items()
    }


def packaged(name: str, content: bytes) -> bytes:
    """An OLE object with a file in it, as a packager makes it."""
    label = name.encode("cp1252") + b"\x00"
    path = struct.pack("<I", len(label)) + label
    body = b"\x02\x00" + label + label + b"\x00\x00\x03\x00" + path + struct.pack("<I", len(content)) + content
    return compound({"\x01Ole10Native": struct.pack("<I", len(body)) + body})
