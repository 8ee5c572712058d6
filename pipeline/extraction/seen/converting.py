"""Office files as PDFs, drawn by LibreOffice in a child process. The entry of this folder.

Invariants: one child keeps LibreOffice loaded, has a profile of its own, reaches no network and no file but its scratch
folder, and is replaced whole when it fails. Its answer is as doubtful as the document.
"""

from pipeline.domain.errors import ChildFailure
from pipeline.extraction import media_types as kinds
from pipeline.extraction.seen.installed import OfficeProgram
from pipeline.sandbox import ChildLimits, ChildProcess
from pipeline.settings.extraction import ExtractionSettings

SUFFIXES = {
    kinds.DOCX: "docx",
    kinds.PPTX: "pptx",
    kinds.DOC: "doc",
    kinds.PPT: "ppt",
    kinds.RTF: "rtf",
    kinds.OPEN_DOCUMENT + "text": "odt",
    kinds.OPEN_DOCUMENT + "presentation": "odp",
}
"""Kinds that are drawn, and the endings by which LibreOffice knows them."""
KINDS = frozenset(SUFFIXES)
_MIB = 1 << 20
_WORKER = "pipeline.extraction.seen.converting_worker:create"
_OF_SYSTEM = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/usr/share"),
    *("/etc/libreoffice", "/var/spool/libreoffice", "/etc/fonts", "/var/cache/fontconfig"),
)
"""Libraries, fonts and settings, which LibreOffice loads when a document needs them. They hold no secret."""
_WALL_PER_CPU = 3


class Unconvertible(Exception):
    """LibreOffice made no PDF; `reason` is `failed` or a reason of `ChildFailure`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Converter:
    """Converts in one child process, which it starts when the first document needs it."""

    def __init__(self, program: OfficeProgram, extraction: ExtractionSettings) -> None:
        settings = extraction.rendering
        own = program.folder.rpartition("/")[0]
        limits = ChildLimits(
            memory_bytes=settings.memory_mb * _MIB,
            cpu_seconds=settings.seconds,
            wall_seconds=_WALL_PER_CPU * settings.seconds,
            output_bytes=settings.max_mb * _MIB,
            file_bytes=settings.max_mb * _MIB,
            reads=(own, *_OF_SYSTEM),
            late_reads=(own, *_OF_SYSTEM),
            works_on_disk=True,
            require_confinement=extraction.require_confinement,
        )
        self._child = ChildProcess(_WORKER, limits, {"folder": program.folder, "library": program.library})

    @property
    def peak_memory_bytes(self) -> int:
        """Most resident memory its child was seen to have."""
        return self._child.peak_memory_bytes

    @property
    def restarts(self) -> int:
        """How often its child was replaced; -1 before the first."""
        return self._child.restarts

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def pdf(self, data: bytes, media_type: str) -> bytes:
        """The document as a PDF.

        Args:
            data: The document.
            media_type: A kind of `SUFFIXES`.

        Raises:
            Unconvertible: There is no PDF.
            ChildFailure: The child process cannot be started.

        """
        try:
            header, made = self._child.call({"suffix": SUFFIXES[media_type]}, data)
        except ChildFailure as death:
            if death.reason == "startup":
                raise
            raise Unconvertible(death.reason) from None
        if header.get("done") is not True:
            raise Unconvertible("failed")
        return made
