"""Compressed RTF of Outlook messages ([MS-OXRTFCP])."""

import struct

from pipeline.extraction.containers import Refused

_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_WINDOW = 4096
_LARGEST = 64 << 20
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked(data: bytes) -> bytes:
    """The RTF. Raises `Refused` if it is broken or too long."""
    if len(data) < 16:
        raise Refused("corrupt")
    size, raw_size, kind, _ = struct.unpack_from("<II4sI", data)
    if kind == _PLAIN:
        return data[16 : 16 + raw_size]
    if kind != _COMPRESSED or raw_size > _LARGEST:
        raise Refused("corrupt")
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\x00"))
    write = len(_DICTIONARY)
    written = bytearray()
    at, end = 16, min(len(data), size + 4)
    while at < end and len(written) <= _LARGEST:
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= end:
                break
            if not control >> bit & 1:
                written.append(data[at])
                window[write] = data[at]
                write = (write + 1) % _WINDOW
                at += 1
                continue
            if at + 1 >= end:
                return bytes(written)
            reference = data[at] << 8 | data[at + 1]
            at += 2
            place, length = reference >> 4, (reference & 15) + 2
            if place == write:
                return bytes(written)
            for _ in range(length):
                byte = window[place]
                place = (place + 1) % _WINDOW
                written.append(byte)
                window[write] = byte
                write = (write + 1) % _WINDOW
    return bytes(written)
