"""Finds orders to an assistant in documents that are about something else, without any word that overrides.

Invariants: deterministic. A finding covers one window, never the document; documents of one sentence have none, since
nothing in them can be out of place. No word decides alone: each adds to a sum, and the finding says how sure it is.
"""

from heapq import nlargest
from pathlib import Path

from pipeline.detectors.learned.model import WindowModel
from pipeline.detectors.learned.windows import windows
from pipeline.domain.digests import digest_json
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.documents.sheet import STRINGS_EXTRACTOR
from pipeline.domain.errors import CorpusgateError
from pipeline.domain.findings.findings import Detection, FindingKind, Severity, merge_overlaps

VERSION = 2
"""Raise it whenever the same text could get other findings without the model having changed."""
_MOST = 20
"""Orders of one document that are reported, the surest ones."""
_RULE, _ENTITY = "plain_orders.out-of-place", "PLAIN_ORDER"
_REASON = (
    "It reads like an order or a question to an assistant that does not belong to the text around it."
    " A trained model says so, not a rule."
)


class PlainOrderDetector:
    """A linear model over the words of each window, how it asks, and how it stands to its document."""

    name = "plain_orders"
    kind = FindingKind.PLAIN_ORDER

    def __init__(self, model: Path) -> None:
        """Read the model in a folder that was compared with the model lock."""
        self._model = WindowModel.load(model)

    @property
    def digest(self) -> str:
        """Digest of the weights and of the version of the code that uses them."""
        lineage = self._model.lineage.model_dump(mode="json")
        return digest_json({"detector": self.name, "version": VERSION, "model": lineage})

    def scan(self, document: ExtractedText) -> list[Detection]:
        """The windows that read like orders from elsewhere. Strings without a text around them have none."""
        if document.extractor == STRINGS_EXTRACTOR:
            return []
        try:
            scored = ((self._model.score(window), window) for window in windows(document.text) if not window.alone)
            above = [(score, window) for score, window in scored if score >= self._model.lineage.threshold]
        except Exception as error:
            # The error can carry the text it is about.
            raise CorpusgateError(
                f"The scan for plain orders failed ({type(error).__name__}).",
                done="The document counts as not scanned.",
                fix="Report the document's name to the maintainers, not its text.",
            ) from None
        surest = nlargest(_MOST, above, key=lambda found: (found[0], -found[1].start))
        return merge_overlaps(
            Detection(
                self.kind,
                _RULE,
                _ENTITY,
                window.start,
                window.end,
                Severity.MEDIUM,
                round(self._model.confidence(score), 4),
                _REASON,
            )
            for score, window in surest
        )
