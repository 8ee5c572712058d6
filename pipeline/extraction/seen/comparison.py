"""Differences between the text of an Office file and its look, as reports next to its text.

Invariants: no comparison counts before LibreOffice has drawn a fresh file with a visible and a hidden word, and only
the visible one was found (law 3). A file that cannot be drawn is on record.
"""

import secrets
from collections.abc import Iterator
from random import Random

from pipeline.domain.documents.documents import ExtractedText, HiddenRun
from pipeline.domain.errors import CanaryMissed, ChildFailure
from pipeline.extraction import canaries
from pipeline.extraction import media_types as kinds
from pipeline.extraction.seen.converting import SUFFIXES, Converter, Unconvertible
from pipeline.sandbox import ChildProcess
from pipeline.settings.extraction import ExtractionSettings

_MOST_PASSAGES = 20
"""Passages of one document that are reported; the figures count all."""
_NOT_READ = (kinds.DOC, kinds.PPT)
"""Kinds whose text holds prompts of the master, which no reader sees: their differences are figures only."""
_CANARY = "canary.docx"


class LookComparison:
    """Draws documents and compares them, with one LibreOffice.

    Args:
        child: The child process that opens PDFs.
        converter: The LibreOffice.
        settings: Limits.

    """

    def __init__(self, child: ChildProcess, converter: Converter, settings: ExtractionSettings) -> None:
        self._child, self._converter, self._settings = child, converter, settings.rendering
        self._proved = -1
        """The child of the converter that last drew a canary."""

    def of(self, data: bytes, extracted: ExtractedText, own: int) -> tuple[HiddenRun, ...]:
        """The differences.

        Args:
            data: The document, of a kind that is drawn.
            extracted: What was extracted of it.
            own: Length of its text without that of files inside.

        Raises:
            CanaryMissed: LibreOffice does not draw what it should.
            ChildFailure: It cannot be started.

        """
        try:
            figures = self._figures(data, extracted.media_type, extracted.text, own, extracted.hidden)
            if self._proved != self._converter.restarts:
                self.prove()
        except Unconvertible as failure:
            ending = "undrawable" if self._settings.office == "required" else "not-drawn"
            name = f"{SUFFIXES[extracted.media_type]}-{ending}"
            return (HiddenRun(technique=name, text=failure.reason, place=failure.reason),)
        return tuple(self._runs(figures, extracted.media_type))

    def prove(self) -> None:
        """Raise `CanaryMissed` unless a fresh file is drawn and compared as it should be."""
        canary = canaries.file(_CANARY, Random(secrets.randbits(64)))  # noqa: S311
        text = f"{canary.seen}\n{canary.hidden}"
        try:
            passages = self._figures(canary.data, kinds.DOCX, text, len(text), ())["passages"]
        except Unconvertible:
            passages = None
        if passages != [canary.hidden]:
            raise CanaryMissed(
                f"LibreOffice did not draw all of {_CANARY}, so no comparison with it can be trusted.",
                done="The run was stopped.",
                fix="Run `corpusgate doctor`; install LibreOffice again, or set extraction.rendering.office to off.",
            )
        self._proved = self._converter.restarts

    def _figures(self, data: bytes, kind: str, text: str, own: int, hidden: tuple[HiddenRun, ...]) -> dict[str, object]:
        """The answer of the child that compares. Raises `Unconvertible`."""
        made = self._converter.pdf(data, kind)
        request = {"media_type": kind, "drawn": len(made), "own": own, "known": [run.text for run in hidden]}
        try:
            header, _ = self._child.call(request, made + text.encode("utf-8"))
        except ChildFailure as death:
            if death.reason == "startup":
                raise
            raise Unconvertible(death.reason) from None
        if header.get("failure") is not None:
            raise Unconvertible("failed")
        return header

    def _runs(self, figures: dict[str, object], kind: str) -> Iterator[HiddenRun]:
        prefix = SUFFIXES[kind]
        said, unseen, shown, unread = (int(str(figures[name])) for name in ("said", "unseen", "shown", "unread"))
        passages = figures["passages"]
        if not (unseen or unread) or not isinstance(passages, list):
            return
        least = self._settings.hidden_characters
        if unread >= least and unread > self._settings.missing_share * shown:
            yield HiddenRun(technique=f"{prefix}-unread-words", text="words", place=f"{unread} of {shown} letters")
        if kind not in _NOT_READ:
            long = [passage for passage in map(str, passages) if sum(map(str.isalnum, passage)) >= least]
            for passage in long[:_MOST_PASSAGES]:
                yield HiddenRun(technique=f"{prefix}-seen-differs", text=passage, place="as LibreOffice draws it")
        place = f"{unseen} of {said} letters of its text not seen, {unread} of {shown} letters seen not extracted"
        yield HiddenRun(technique=f"{prefix}-seen", text="figures", place=place)
