"""How far an edit moves the subject of a text.

Invariant: pure and deterministic; the policy imports it, so it imports no library.

Source: G. Salton and C. Buckley, "Term-weighting approaches in automatic text retrieval", 1988 (cosine of damped term
counts).
"""

import math
import re
from collections import Counter

_WORD = re.compile(r"[^\W_]{3,}")
_COMMON = frozenset(
    """
    the and for are but not you all any can had her was one our out has him his how its may new now see two who
    did get let she too use that with have this will your from they been more when were which their what about
    into than them then some would there could other these also only very just such over most make made does
    each
    """.split()  # noqa: SIM905 - a list of one word a line would be longer than the module
)


def drift(old: str, new: str) -> float:
    """How far the subject moved: 0.0 for the same words in the same proportions, 1.0 for no word in common."""
    before, after = _terms(old), _terms(new)
    if not before or not after:
        return 0.0 if before == after else 1.0
    dot = sum(weight * after[term] for term, weight in before.items() if term in after)
    return max(0.0, 1.0 - dot / (_norm(before) * _norm(after)))


def _terms(text: str) -> dict[str, float]:
    words = (word.casefold() for word in _WORD.findall(text))
    return {word: 1 + math.log(count) for word, count in Counter(words).items() if word not in _COMMON}


def _norm(terms: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in terms.values()))
