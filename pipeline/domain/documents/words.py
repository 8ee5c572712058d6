"""Words that people type: reasons, questions, answers, names and labels, kept without values (law 4).

Invariants: pure. What is kept passes the detectors again, or is withheld as a whole. Typing is never refused here: a
takedown must not fail because its reason names a person.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence

from pipeline.domain.documents.served import WITHHELD
from pipeline.domain.documents.sheet import ServedString, Sheet, StringFinding
from pipeline.domain.findings.findings import Finding, FindingKind, Place
from pipeline.domain.findings.redaction import redact

Words = Callable[[str], str]
"""What people typed → the form in which it is kept."""

_BETWEEN = re.compile(r"[ \n,;.!?…–—’'()\"/-]+")
_WORD = re.compile(r"[^\W\d_]{0,20}")
_VERSION = re.compile(r"-\d\.\d(?!\d)")
_PRINCIPAL = re.compile(r"\A(?:user|group|service|role|operator):")
_TELLING = re.compile(r"pass|pwd|pin\b|secret|key|token|credential|login|code|auth|bearer|session|cookie", re.I)
_LONGEST_RUN = 20
_SHORTEST_NUMBER = 9
"""Digits of a number that can name a person or an account without words around it."""


def is_plain(words: str) -> bool:
    """Whether words cannot hold a value: ordinary words, without a digit, a sign of an address or talk of a secret.

    Detectors take seconds to start, and most reasons are a plain sentence.
    """
    text = _PRINCIPAL.sub("", unicodedata.normalize("NFKC", words))
    plain = all(map(_WORD.fullmatch, _BETWEEN.split(_VERSION.sub("", text, count=1))))
    return plain and not _TELLING.search(text)


def is_plain_path(path: str) -> bool:
    """Whether a folder or address can be told to hold no value without a detector: no `@`, no long mix, no number."""
    parts = re.split(r"[/._ -]+", unicodedata.normalize("NFKC", path))
    mixed = any(len(part) >= _LONGEST_RUN and not part.isalpha() for part in parts)
    digits = max((len(re.sub(r"\D", "", run)) for run in re.findall(r"[\d .-]+", path)), default=0)
    return not (
        mixed
        or digits >= _SHORTEST_NUMBER
        or re.search(r"[@:=]", path.partition("://")[2] or path)
        or _TELLING.search(path)
    )


def is_plain_label(label: str) -> bool:
    """Whether a short name that a person chose can be told to hold no value without a detector."""
    return is_plain(label) or is_plain_path(label)


def kept_words(words: str, scan: Callable[[str], Sequence[Finding]]) -> str:
    """The words without what the detectors take for a value."""
    values = _values(words, scan)
    if not values:
        return words
    spans = [one.finding.model_copy(update={"start": one.start, "end": one.end}) for one in values]
    if any(one.finding.kind is FindingKind.SCAN_FAILED for one in values):
        return WITHHELD
    kept = redact(words, spans)
    left = [one for one in _values(kept.text, scan) if not kept.is_placeholder(one.start, one.end)]
    return WITHHELD if left else kept.text


def _values(words: str, scan: Callable[[str], Sequence[Finding]]) -> list[StringFinding]:
    sheet = Sheet([ServedString(place=Place.TITLE, text=words)])
    found = sheet.located(scan(sheet.text))
    return [one for one in found if one.finding.is_value or one.finding.kind is FindingKind.SCAN_FAILED]
