"""Whether LibreOffice is there. Loads nothing of it."""

import contextlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.domain.errors import CorpusgateError
from pipeline.settings.extraction import RenderingSettings

_PLACES = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice/program",
)
"""Where packages of Linux distributions put it."""
_LIBRARIES = ("libmergedlo.so", "libsofficeapp.so")
"""Libraries that hold LibreOfficeKit, in the order in which its own header looks for them."""
_COMMENTS = "../share/config/soffice.cfg/modules/swriter/ui/annotation.ui"
_NEEDED = ("libswlo.so", "libsdlo.so", "libsmlo.so", _COMMENTS)
"""Parts that draw texts, slides, formulas and comments. The packages whose names end in `-nogui` lack the last one, and
without it a text with a comment cannot be opened."""
PACKAGES = "libreoffice-writer, libreoffice-impress and libreoffice-math"
_VERSION = re.compile(r'"ooSetupVersionAboutBox"[^/]*<value>([\w.]+)')
_BUILD = re.compile(r"(?m)^buildid=(\S+)")


@dataclass(frozen=True, slots=True)
class OfficeProgram:
    """An installed LibreOffice."""

    folder: str
    library: str
    name: str
    """Version and build, for the record of a document."""


@lru_cache(maxsize=8)
def find(settings: RenderingSettings) -> OfficeProgram | None:
    """The program that draws Office files; None if it is switched off or not installed.

    Raises `CorpusgateError` if it is required and not there.
    """
    if settings.office == "off":
        return None
    if (program := _program(settings)) is not None:
        return program
    if settings.office == "required":
        raise CorpusgateError(
            f"extraction.rendering.office is `required`, and {missing(settings)[0].lower()}{missing(settings)[1:]}",
            done="No document was read.",
            fix="Install it, or set extraction.rendering.office to `installed` or `off`.",
        )
    return None


def missing(settings: RenderingSettings) -> str:
    """The part that is not installed, in words with a remedy; empty if everything is there."""
    if _program(settings) is not None:
        return ""
    return f"LibreOffice is not in {settings.program or 'its usual places'}: install {PACKAGES} of Debian or Ubuntu."


def _program(settings: RenderingSettings) -> OfficeProgram | None:
    for folder in map(Path, (settings.program,) if settings.program else _PLACES):
        library = next((name for name in _LIBRARIES if (folder / name).is_file()), None)
        if library is not None and all((folder / name).is_file() for name in _NEEDED):
            return OfficeProgram(str(folder), library, f"LibreOffice {_build(folder)}")
    return None


def _build(folder: Path) -> str:
    """Version and build, as its registry and its own file name them."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        version = _VERSION.search((folder.parent / "share" / "registry" / "main.xcd").read_text(encoding="utf-8"))
        build = _BUILD.search((folder / "versionrc").read_text(encoding="utf-8"))
        if version and build:
            return f"{version[1]}, build {build[1][:12]}"
    return "of an unknown version"
