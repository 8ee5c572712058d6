"""Finds text that a reviewer cannot see but a model would read.

Invariants: deterministic, linear. Covers invisible characters, mark-up that hides inside plain text, and the hidden
runs that extraction met in the raw format. Hidden text is also scanned with the injection rules: hidden and
instruction-like is critical. No document text reaches a reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.detectors import hidden_characters, hidden_layout, hidden_markup
from pipeline.detectors.injection import InjectionDetector
from pipeline.domain.digests import digest_json
from pipeline.domain.documents.documents import ExtractedText, HiddenRun
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import Detection, FindingKind, Severity, merge_overlaps

VERSION = 15
"""Raise it whenever the same text could get other findings without an injection rule having changed."""
_INSTRUCTION = 0.45
"""Hidden text with at least this confidence of the injection detector is an attack. Hiding halves the doubt, so this
is lower than what visible text needs."""
_ORDINARY = ("-comment", "-ocr-layer", "-aria-hidden", "-alt-text", "-field-code", "-unused-part", "-formula")
"""Techniques that every office uses: remarks, the text layer of a scan, labels for the eye, codes of fields, headers of
pages that a document has not, formulas whose value no program has computed yet."""
_EDITORIAL = (
    *("-deleted", "-hidden-row", "-hidden-column", "-hidden-sheet", "-hidden-slide", "-template", "-noscript"),
    *("-screen-reader", "-dialog", "-datalist", "-fallback", "-alternative", "-cut-off", "-title", "-interface"),
    *("-hidden-source", "-hidden-output", "-mask"),
)
"""Techniques that honest authors use and that still keep text from a reader."""

_PROPERTY = "HIDDEN_PROPERTY"
"""A sentence in a property, such as a description: a finding only if it reads like an instruction."""
_ACTIVE = {
    "-macro": Severity.MEDIUM,
    "-external-link": Severity.MEDIUM,
    "-remote-template": Severity.HIGH,
    "-dde": Severity.HIGH,
    "-javascript": Severity.MEDIUM,
    "-media": Severity.MEDIUM,
    "-launch": Severity.HIGH,
}
"""Parts of a file that run a program or fetch something when it is opened."""
_UNREAD = {
    "-embedded": (Severity.MEDIUM, "holds a file that was not read"),
    "-picture": (Severity.LOW, "holds pictures that were not read"),
    "-signature": (Severity.LOW, "holds a signature that was not read"),
    "-style": (Severity.LOW, "holds styles or scripts of its page that were not read"),
    "-unsearched": (Severity.LOW, "is of an old format in which hidden text is looked for only in part"),
    "-amp": (Severity.LOW, "holds another form of its page that was not read"),
    "-unread-page": (Severity.HIGH, "has pages that were not read"),
    "-unread-words": (Severity.MEDIUM, "shows words that were not read"),
}
"""Parts of a file that extraction could not read."""
_DIFFERS = "-seen-differs"
"""A passage that was extracted and cannot be seen on the pages that are drawn of the file."""
_ON_RECORD = {
    "-seen": ("SEEN_COMPARED", Severity.LOW, "was compared with how it looks"),
    "-not-drawn": ("NOT_DRAWN", Severity.LOW, "could not be drawn, so its text was not compared with how it looks"),
    "-undrawable": ("SEEN_DIFFERS", Severity.MEDIUM, "could not be drawn, and must be compared with how it looks"),
    "-ocr": ("OCR_TEXT", Severity.LOW, "has words that were read from a picture"),
    "-doubtful-ocr": ("DOUBTFUL_OCR", Severity.HIGH, "has pictures that could hardly be read"),
}
"""How the text was read or compared, and words from pictures that may well be wrong."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """A place where something is hidden, how, and what a machine reads there."""

    entity: str
    start: int
    end: int
    severity: Severity
    reason: str
    message: str | None = None


class HiddenTextDetector:
    """Characters and mark-up in the text, and the hidden runs of the raw format."""

    name = "hidden_text"
    kinds = (FindingKind.HIDDEN_TEXT,)

    def __init__(self, configs: Path, cache_dir: Path | None = None, key: Path | None = None) -> None:
        """Read the injection rules as their own detector does."""
        self._injection = InjectionDetector(configs, cache_dir, key)

    @property
    def digest(self) -> str:
        """Digest of the version of this code and of the injection rules it reads hidden text with."""
        return digest_json({"detector": self.name, "version": VERSION, "injection": self._injection.digest})

    def scan(self, document: ExtractedText) -> list[Detection]:
        """Everything hidden in `document`, sorted by place."""
        try:
            return merge_overlaps(found for hiding in self._hidings(document) if (found := self._detection(hiding)))
        except CorpusgateError:
            raise
        except Exception as error:
            # The error of a decoder can carry the text it failed on.
            raise CorpusgateError(
                f"The scan for hidden text failed ({type(error).__name__}).",
                done="The document counts as not scanned.",
                fix="Report the document's name to the maintainers, not its text.",
            ) from None

    def _hidings(self, document: ExtractedText) -> Iterator[Hiding]:
        for run in document.hidden:
            yield from _of_run(run, document.text)
        for trick in hidden_characters.find(document.text):
            yield Hiding(*trick)
        for element in hidden_markup.find(document.text):
            yield Hiding(*element)
        for passage in hidden_layout.find(document.text):
            yield Hiding(*passage)

    def _detection(self, hiding: Hiding) -> Detection | None:
        severity, reason, message = hiding.severity, hiding.reason, hiding.message
        confidence = (0.4, 0.6, 0.9, 0.95)[severity.rank]
        if message is not None and self._injection.confidence(message) >= _INSTRUCTION:
            severity, confidence = Severity.CRITICAL, 0.98
            reason += " It reads like an instruction to a machine."
        elif hiding.entity in (hidden_markup.COMMENT, _PROPERTY) and severity is Severity.LOW:
            return None
        rule = "hidden_text." + hiding.entity.removeprefix("HIDDEN_").lower().replace("_", "-")
        return Detection(
            FindingKind.HIDDEN_TEXT,
            rule,
            hiding.entity,
            hiding.start,
            hiding.end,
            severity,
            confidence,
            reason,
            message,
        )


def _of_run(run: HiddenRun, text: str) -> Iterator[Hiding]:
    message = run.text.strip()
    if not message:
        return
    where = f" ({run.place})" if run.place else ""
    ending = f"-{run.technique.partition('-')[2]}"
    if ending in _ACTIVE:
        reason = f"The file runs or fetches something when it is opened: {run.technique}{where}."
        yield Hiding("ACTIVE_CONTENT", 0, 0, _ACTIVE[ending], reason, message)
        return
    if ending in _UNREAD:
        severity, does = _UNREAD[ending]
        yield Hiding("UNREAD_PART", 0, 0, severity, f"The file {does}: {run.technique}{where}.", message)
        return
    if ending in _ON_RECORD:
        entity, severity, does = _ON_RECORD[ending]
        yield Hiding(entity, 0, 0, severity, f"The file {does}: {run.technique}{where}.")
        return
    place = text.find(message)
    start, end = (place, place + len(message)) if place >= 0 else (0, 0)
    if ending == _DIFFERS:
        reason = f"This passage is in the text of the file, and no page that is drawn of it shows it{where}."
        yield Hiding("SEEN_DIFFERS", start, end, Severity.MEDIUM, reason, message)
        return
    if ending == "-property":
        yield Hiding(_PROPERTY, 0, 0, Severity.LOW, f"A property of the file holds a sentence{where}.", message)
        return
    if run.technique.endswith(_ORDINARY):
        severity = Severity.LOW
    elif run.technique.endswith(_EDITORIAL) or not hidden_markup.is_prose(message):
        severity = Severity.MEDIUM
    else:
        severity = Severity.HIGH
    yield Hiding(
        "HIDDEN_RUN", start, end, severity, f"The file keeps this text from a reader: {run.technique}{where}.", message
    )
