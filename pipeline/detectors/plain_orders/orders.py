"""Finds orders to an assistant in documents that are about something else, without any word that overrides.

Invariants: deterministic. A finding covers one window, never the document; documents of one sentence have none, since
nothing in them can be out of place. No word decides alone: each adds to a sum, and the finding says how sure it is.
"""

from collections.abc import Iterable
from heapq import nlargest

from pipeline.detectors.learned.model import WindowModel
from pipeline.detectors.learned.reading import ScoredWindow
from pipeline.domain.findings.findings import Detection, FindingKind, Severity, merge_overlaps

_MOST = 20
"""Orders of one document that are reported, the surest ones."""
_RULE, _ENTITY = "plain_orders.out-of-place", "PLAIN_ORDER"
_REASON = (
    "It reads like an order or a question to an assistant that does not belong to the text around it."
    " A trained model says so, not a rule."
)


def plain_orders(model: WindowModel, read: Iterable[ScoredWindow]) -> list[Detection]:
    """The windows whose score by `model` says that they are orders from elsewhere."""
    threshold = model.lineage.threshold
    above = [
        (window.plain, window)
        for window in read
        if not window.alone and window.plain is not None and window.plain >= threshold
    ]
    surest = nlargest(_MOST, above, key=lambda found: (found[0], -found[1].start))
    return merge_overlaps(
        Detection(
            FindingKind.PLAIN_ORDER,
            _RULE,
            _ENTITY,
            window.start,
            window.end,
            Severity.MEDIUM,
            round(model.confidence(score), 4),
            _REASON,
        )
        for score, window in surest
    )
