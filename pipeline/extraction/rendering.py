"""Documents as a person would see them, next to the scanned text: pictures of PDF pages, Word as HTML.

Invariants: hostile files are opened in a limited child process only. Results have values covered already. If that is
not certain, only the reason comes back (law 4).
"""

import threading
from collections.abc import Mapping

from pipeline.domain.errors import ChildFailure
from pipeline.domain.frozen import Frozen
from pipeline.extraction import media_types as kinds
from pipeline.sandbox import ChildLimits, ChildProcess

MOST_CHARACTERS = 2_000_000
_WORKER = "pipeline.extraction.rendering_worker:create"
_MIB = 1 << 20
PROBLEMS = {
    "unlocated": "A value that was found in its text cannot be found on its pages, so they are not shown.",
    "unsupported": "Only PDF and Word documents are shown as they look.",
    "failed": "It could not be rendered.",
    "timeout": "Rendering it took too long.",
    "memory": "Rendering it took too much memory.",
    "too-long": "It is too long to be rendered.",
}


class RenderedPage(Frozen):
    """One page as a picture."""

    number: int
    png: bytes


class Rendering(Frozen):
    """What can be shown of a document."""

    total: int = 0
    """Pages of a PDF."""
    pages: tuple[RenderedPage, ...] = ()
    withheld: tuple[int, ...] = ()
    """Pages that are not shown, for a value on them cannot be covered."""
    html: str | None = None
    problem: str = ""


class Renderer:
    """Renders in one child process, which it starts when the first document needs it; safe for several threads."""

    def __init__(self, *, require_confinement: bool = False) -> None:
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
        if kind not in (kinds.PDF, kinds.ZIP, kinds.DOCX):
            return Rendering(problem=PROBLEMS["unsupported"])
        if len(text) > MOST_CHARACTERS:
            return Rendering(problem=PROBLEMS["too-long"])
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
