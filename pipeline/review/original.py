"""The document as its source holds it, for a reviewer: its hidden text and its look.

Invariants: bytes are opened in child processes only, and only when their digest is the one under review; if the
source has changed since, the page says so. Text that the detectors did not read is never shown, because its content
is unknown (law 4).
"""

import os
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipeline.domain.digests import digest_bytes
from pipeline.domain.documents.documents import HiddenRun
from pipeline.domain.documents.printable_names import printable_name
from pipeline.domain.documents.provenance import Source
from pipeline.domain.documents.pseudonyms import PSEUDONYM, answers_to
from pipeline.domain.errors import ChildFailure
from pipeline.domain.findings.findings import Finding
from pipeline.domain.findings.masking import VALUES, Numbering, mask, values_of
from pipeline.domain.frozen import Frozen
from pipeline.extraction.extractor import Extractor
from pipeline.extraction.rendering import Renderer, Rendering
from pipeline.extraction.seen import installed
from pipeline.extraction.seen.converting import Converter
from pipeline.files.places import place_of
from pipeline.settings.extraction import ExtractionSettings
from pipeline.stores.ledger.history import VersionRecord

MOVED_ON = "Its source holds something else by now, so how it looked cannot be shown."
ELSEWHERE = "Its source cannot be opened from here, so only its text is shown."


class HiddenPassage(Frozen):
    """Text in the file that its reader would not see."""

    technique: str
    place: str
    characters: int
    text: str
    """With values masked; empty when the detectors did not read it."""


class Original(Frozen):
    """How the document looks, and what it hides."""

    rendering: Rendering
    hidden: tuple[HiddenPassage, ...] = ()
    problem: str = ""
    """Why there is nothing to see; empty otherwise."""


class OriginalReader:
    """Opens originals in child processes, which start when the first is asked for; safe for several threads."""

    def __init__(self, settings: ExtractionSettings) -> None:
        program = installed.find(settings.rendering)
        self._converter = Converter(program, settings) if program is not None else None
        self._renderer = Renderer(require_confinement=settings.require_confinement, converter=self._converter)
        self._extractor = Extractor(settings, converter=self._converter)
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the child processes."""
        self._renderer.close()
        if self._converter is not None:
            self._converter.close()
        with self._lock:
            self._extractor.close()

    def read(
        self,
        path: Path | None,
        source: Source,
        version: VersionRecord,
        text: str,
        findings: Sequence[Finding],
        first: int,
    ) -> Original:
        """The original of `version`, of which `text` was scanned."""
        if path is None:
            return Original(rendering=Rendering(), problem=ELSEWHERE)
        data = _bytes(path, source.limits.max_bytes)
        if data is None or digest_bytes(data) != version.provenance.content_digest:
            return Original(rendering=Rendering(), problem=MOVED_ON)
        uri = version.provenance.uri
        wanted = Counter(text[one.start : one.end] for one in findings if one.kind in VALUES and one.end > one.start)
        rendering = self._renderer.render(data, uri, text, wanted, first)
        return Original(rendering=rendering, hidden=self._hidden(data, uri, text, findings))

    def _hidden(self, data: bytes, uri: str, text: str, findings: Sequence[Finding]) -> tuple[HiddenPassage, ...]:
        try:
            with self._lock:
                extracted = self._extractor.extract(data, uri)
        except ChildFailure:
            return ()
        if extracted.text != text:
            return ()  # another extractor: what it calls hidden was not judged
        values = values_of(text, findings)
        return tuple(_passage(run, text, values) for run in extracted.hidden)


def _passage(run: HiddenRun, text: str, values: dict[str, str]) -> HiddenPassage:
    shown = ""
    if run.text.strip() and run.text.strip() in text:
        shown = mask(run.text, (), Numbering(), values).text
    return HiddenPassage(technique=run.technique, place=run.place, characters=len(run.text), text=shown)


def location(source: Source, uri: str, home: Path, inbox_file: str | None, key: bytes) -> Path | None:
    """Where the bytes of a document should be; None for feeds and for what is not a file of this machine.

    A pseudonym in its name is resolved by looking into the folder; the name it stands for is not shown to anyone.

    Args:
        source: Where the document comes from.
        uri: Its name there, with pseudonyms.
        home: The folder that an inbox lies in.
        inbox_file: The file of a submission.
        key: What pseudonyms are made with.

    """
    place = source.located(str(home)).uri
    if "://" in place or "#" in uri:
        return None
    if source.is_inbox:
        return Path(place) / inbox_file if inbox_file is not None else None
    try:
        root = Path(place_of(place).root)
    except FileNotFoundError:  # the source is gone, and so is what it held
        root = Path(place)
    wanted = _beneath(root, uri, key).resolve()
    # A link out of the source was never followed, and is not followed now.
    return wanted if wanted.is_relative_to(root.resolve()) else None


def _beneath(root: Path, uri: str, key: bytes) -> Path:
    """The path of a document; where a pseudonym stands for no name in its folder, that of a file that is not there."""
    path = root
    for part in uri.split("/"):
        names = [part]
        if PSEUDONYM.fullmatch(part):
            try:
                names = [entry.name for entry in os.scandir(path) if answers_to(key, printable_name(entry.name), part)]
            except OSError:
                names = []
        path /= names[0] if names else part
    return path


def _bytes(path: Path, most: int) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            data = stream.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None
