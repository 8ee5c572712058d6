"""Macros and embedded files of the binary formats of Office before 2007, as far as their directory names them."""

from collections.abc import Iterator

from pipeline.domain.documents.documents import HiddenRun

_PARTS = {"macro": ("_VBA_PROJECT", "Macros"), "embedded": ("ObjectPool", "\x01Ole10Native")}
"""Names in the directory of a compound file, which is in UTF-16. Looking for them anywhere needs no parser."""


def hidden_runs(data: bytes) -> Iterator[HiddenRun]:
    """One run for each kind of part."""
    for kind, names in _PARTS.items():
        name = next((name for name in names if name.encode("utf-16-le") in data), None)
        if name is not None:
            yield HiddenRun(technique=f"ole-{kind}", text=name.strip("\x01"), place="directory")
