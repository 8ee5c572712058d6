"""Documents as a person would see them, next to the scanned text: pictures of pages, pictures, Word as HTML.

Invariants: hostile files are opened in a limited child process only. Results have values covered already. If that is
not certain, only the reason comes back (law 4).
"""

import threading
from collections.abc import Mapping

from pipeline.domain.errors import ChildFailure
from pipeline.domain.frozen import Frozen
from pipeline.extraction import media_types as kinds
from pipeline.extraction.seen.converting import KINDS, Converter, Unconvertible
from pipeline.sandbox import ChildLimits, ChildProcess

MOST_CHARACTERS = 2_000_000
_WORKER = "pipeline.extraction.rendering_worker:create"
_MIB = 1 << 20
PROBLEMS = {
    "unlocated": "A value that was found in its text cannot be found on its pages, so they are not shown.",
    "unsupported": "Only PDF and Word documents and pictures are shown as they look, and other Office documents where "
    "LibreOffice draws them.",
    "unread": "Its words were not read, so it is not shown.",
    "failed": "It could not be rendered.",
    "timeout": "Rendering it took too long.",
    "memory": "Rendering it took too much memory.",
    "too-long": "It is too long to be rendered.",
}


_SHOWN = frozenset({kinds.PDF, kinds.ZIP, kinds.DOCX}) | kinds.PICTURES


class RenderedPage(Frozen):
    """One page as a picture."""

    number: int
    png: bytes


class Rendering(Frozen):
    """What can be shown of a document."""

    total: int = 0
    """Pages of a PDF, of a picture file or of a drawn document."""
    pages: tuple[RenderedPage, ...] = ()
    withheld: tuple[int, ...] = ()
    """Pages that are not shown, for a value on them cannot be covered."""
    html: str | None = None
    problem: str = ""


class Renderer:
    """Renders in one child process, which it starts when the first document needs it; safe for several threads.

    Args:
        require_confinement: Whether the kernel must confine the child.
        converter: Draws Office documents; None: a Word document is shown as HTML, and others are not.

    """

    def __init__(self, *, require_confinement: bool = False, converter: Converter | None = None) -> None:
        self._converter = converter
        limits = ChildLimits(
            memory_bytes=768 * _MIB,
            cpu_seconds=20,
            wall_seconds=30,
            output_bytes=32 * _MIB,
            file_bytes=0,
            require_confinement=require_confinement,
        )
        self._child = ChildProcess(_WORKER, limits)
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the child process."""
        with self._lock:
            self._child.close()

    def render(self, data: bytes, uri: str, text: str, values: Mapping[str, int], first: int = 1) -> Rendering:
        """`data` with `values` covered, each of which stands at least so often in it; pages from `first` on."""
        kind = kinds.sniff(data, uri, None)
        if kind not in _SHOWN and (kind not in (kinds.OLE, kinds.RTF) or self._converter is None):
            return Rendering(problem=PROBLEMS["unsupported"])
        if len(text) > MOST_CHARACTERS:
            return Rendering(problem=PROBLEMS["too-long"])
        if self._converter is not None and kind in (kinds.ZIP, kinds.OLE, kinds.RTF):
            shown = self._drawn(self._converter, data, kind, text, values, first)
            if shown is not None:
                return shown
        return self._render(data, kind, text, values, first)

    def _drawn(
        self, converter: Converter, data: bytes, kind: str, text: str, values: Mapping[str, int], first: int
    ) -> Rendering | None:
        """The pages of an Office document; None if another way may show more."""
        try:
            with self._lock:
                refined = str(self._child.call({"refine": kind}, data)[0].get("kind"))
            made = converter.pdf(data, refined) if refined in KINDS else None
        except (Unconvertible, ChildFailure):
            return None
        shown = self._render(made, kinds.PDF, text, values, first) if made is not None else None
        return None if shown is not None and shown.problem and refined == kinds.DOCX else shown

    def _render(self, data: bytes, kind: str, text: str, values: Mapping[str, int], first: int) -> Rendering:
        request = {"media_type": kind, "text": text, "values": list(values.items()), "first": first}
        try:
            with self._lock:
                header, payload = self._child.call(request, data)
        except ChildFailure as death:
            return Rendering(problem=PROBLEMS.get(death.reason, PROBLEMS["failed"]))
        if header.get("kind") == "html":
            return Rendering(html=payload.decode("utf-8"))
        if header.get("kind") != "pages":
            return Rendering(problem=PROBLEMS.get(str(header.get("kind")), PROBLEMS["failed"]))
        pages, at = [], 0
        for number, size in header["pages"]:
            pages.append(RenderedPage(number=number, png=payload[at : at + size]))
            at += size
        return Rendering(total=header["total"], pages=tuple(pages), withheld=tuple(header["withheld"]))
