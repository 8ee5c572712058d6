"""Code points and boxes of all characters of a page of pdfium, with as few and as cheap calls as it allows.

A call by way of ctypes costs more than the work that the library does in it, so a book spends its time limit there.
"""

import ctypes
from collections import deque
from collections.abc import Sequence
from itertools import repeat
from typing import Any

from pipeline.extraction.pdfium import api

_SURROGATES = range(0xD800, 0xE000)
_FLOATS = 4
"""Of a box: left, top, right and bottom, in the order of `FS_RECTF`."""
_BOX_BYTES = ctypes.sizeof(api.FS_RECTF)
_box_of = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(
    ctypes.cast(api.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
)
"""`FPDFText_GetLooseCharBox` with addresses as plain numbers, and without giving up Python's lock for each call."""


def points_of(words: Any, count: int) -> Sequence[int]:
    """The code points of the first `count` characters of a text page; a hyphen at a line end may be 0x2 or 0xFFFE."""
    # Two units a character and the end: enough whatever the library writes.
    units = (ctypes.c_ushort * (2 * count + 1))()
    written = api.FPDFText_GetText(words.raw, 0, count, units)
    points: list[int] = units[:count]
    # The library leaves out characters without a code point and writes two units for some. Then ask for each.
    if written - 1 == count and not any(point in _SURROGATES for point in set(points)):
        return points
    return list(map(api.FPDFText_GetUnicode, repeat(words.raw), range(count)))


def boxes_of(words: Any, count: int) -> tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[float]]:
    """The boxes of the first `count` characters of a text page, in points.

    Returns:
        All left edges, all bottoms, all right edges and all tops. A character without a box has zeros.

    """
    floats = (ctypes.c_float * (_FLOATS * count))()
    start, handle = ctypes.addressof(floats), ctypes.cast(words.raw, ctypes.c_void_p).value
    places = range(start, start + _BOX_BYTES * count, _BOX_BYTES)
    deque(map(_box_of, repeat(handle), range(count), places), maxlen=0)
    return floats[0::_FLOATS], floats[3::_FLOATS], floats[2::_FLOATS], floats[1::_FLOATS]
