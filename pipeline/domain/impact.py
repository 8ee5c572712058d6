"""How much a change matters: a score from 0 to 100 with the factors it is made of.

Invariants: pure and deterministic. Every point has a reason in words. Reasons count things and never quote text.
"""

import re
from difflib import SequenceMatcher

from pipeline.domain.documents import Change, ChangeKind, Impact, ImpactFactor
from pipeline.domain.permissions import AccessChange

_FACTS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.\w+|\d[\d.,:/-]*")
_NEGATIONS = re.compile(r"\b(?:not|never|no|must|may|shall|required|forbidden|except|unless|without)\b|n't\b", re.I)
_MAX_WORDS = 20_000
"""Past this many words the share of changed text is estimated on lines, which is linear in practice."""


def assess(change: Change, old_text: str | None, new_text: str) -> Impact:
    """Score `change`. `old_text` is the text served until now; None where there is none."""
    tagged, serving = change.tagged, change.previous.serving if change.previous else None
    factors: list[ImpactFactor] = []
    widened = lowered = False
    if tagged is not None and serving is not None:
        access = AccessChange.between(serving.access, tagged.provenance.access)
        widened, lowered = access.widened, access.lowered
        if widened:
            count = len(access.added)
            factors.append(_factor("access-widened", 40, f"{count} principals gain access or lose a denial."))
        if lowered:
            old, new = serving.access.classification, tagged.provenance.access.classification
            factors.append(_factor("classification-lowered", 30, f"Classification goes from {old} to {new}."))
    share = 1.0
    if old_text is not None and change.kind is not ChangeKind.NEW:
        share = changed_share(old_text, new_text)
        if share:
            factors.append(_factor("text-changed", 30 * share, f"{share:.0%} of the text changed."))
        factors += _edited("facts-edited", _FACTS, old_text, new_text, "numbers, dates, addresses or links", 20)
        factors += _edited("rules-edited", _NEGATIONS, old_text, new_text, "words of duty, permission or negation", 20)
    score = min(100, round(sum(factor.points for factor in factors)))
    return Impact(
        score=score,
        factors=tuple(factors),
        access_widened=widened,
        classification_lowered=lowered,
        changed_share=round(share, 4),
    )


def changed_share(old: str, new: str) -> float:
    """Share of words (of lines, in very long texts) that differ: 0.0 for equal texts, 1.0 for unrelated ones."""
    if old == new:
        return 0.0
    a, b = old.split(), new.split()
    if len(a) + len(b) > _MAX_WORDS:
        a, b = old.splitlines(), new.splitlines()
    return 1.0 - SequenceMatcher(None, a, b, autojunk=True).ratio()


def _edited(name: str, pattern: re.Pattern[str], old: str, new: str, what: str, most: int) -> list[ImpactFactor]:
    before, after = set(pattern.findall(old)), set(pattern.findall(new))
    if name == "rules-edited":
        # Which of these words stand there hardly changes; how often they do is what an edit changes.
        edits = abs(len(pattern.findall(old)) - len(pattern.findall(new)))
    else:
        edits = len(before ^ after)
    return [_factor(name, min(most, 4 * edits), f"{edits} {what} edited.")] if edits else []


def _factor(name: str, points: float, reason: str) -> ImpactFactor:
    return ImpactFactor(name=name, points=round(points, 2), reason=reason)
