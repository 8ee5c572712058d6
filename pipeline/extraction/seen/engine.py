"""The only user of LibreOfficeKit: an Office file → a PDF. Runs in the child process only.

LibreOfficeKit is the interface of C that LibreOffice has for other programs. Only the functions that are needed are
called, by their places in the tables of its header:
https://git.libreoffice.org/core/+/refs/heads/libreoffice-7-4/include/LibreOfficeKit/LibreOfficeKit.h

Invariants: macros do not run, since the interface forbids them unless asked. Comments become annotations and speaker
notes become pages, because a reader of the document sees them.
"""

import ctypes
import json
import os
from pathlib import Path
from typing import Any

_ERROR, _LOAD, _FREE = 3, 4, 5
"""Places of `getError`, `documentLoadWithOptions` and `freeError` in the table of the office."""
_DESTROY, _SAVE = 1, 2
"""Places of `destroy` and `saveAs` in the table of a document."""
_OPTIONS = b"Language=en-US,Batch=true"
_FILTER = json.dumps(
    {
        "ExportNotes": {"type": "boolean", "value": "true"},
        "ExportNotesPages": {"type": "boolean", "value": "true"},
        "ExportFormFields": {"type": "boolean", "value": "true"},
        "ReduceImageResolution": {"type": "boolean", "value": "true"},
        "MaxImageResolution": {"type": "long", "value": "150"},
    }
).encode()


class OfficeKit:
    """A LibreOffice in this process. There can be one only.

    Args:
        folder: Folder of its libraries.
        library: The library that holds the interface.
        profile: A folder of its own for its settings.

    """

    def __init__(self, folder: str, library: str, profile: Path) -> None:
        os.environ["SAL_USE_VCLPLUGIN"] = "svp"  # draws without a screen
        hook = ctypes.CDLL(str(Path(folder) / library), mode=os.RTLD_GLOBAL | os.RTLD_NOW).libreofficekit_hook_2
        hook.restype, hook.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_char_p)
        self._office = hook(folder.encode(), profile.as_uri().encode())
        if not self._office:
            raise RuntimeError("LibreOffice did not start")

    def convert(self, source: Path, target: Path) -> bool:
        """Write the document `source` as a PDF; whether it could be done."""
        load = _method(self._office, _LOAD, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
        document = load(self._office, source.as_uri().encode(), _OPTIONS)
        if not document:
            return False
        try:
            save = _method(document, _SAVE, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)
            return bool(save(document, target.as_uri().encode(), b"pdf", _FILTER))
        finally:
            _method(document, _DESTROY, None)(document)


def _method(thing: int, place: int, result: Any, *arguments: Any) -> Any:
    """A function of the table to which the first word of an object points."""
    table = ctypes.cast(thing, ctypes.POINTER(ctypes.c_void_p))[0]
    function = ctypes.cast(table, ctypes.POINTER(ctypes.c_void_p))[place]
    return ctypes.CFUNCTYPE(result, ctypes.c_void_p, *arguments)(function)
