"""Redaction: exact spans out, typed placeholders in.

Invariants: equal values (by fingerprint) get the same placeholder inside a document. Text outside the spans is
untouched. Overlapping spans become one placeholder that covers all of them, so that no part of a value is left.
"""

from collections.abc import Sequence

from pipeline.domain.digests import digest_json
from pipeline.domain.findings.findings import Finding


def redaction_digest(findings: Sequence[Finding]) -> str:
    """What an approval with redaction is bound to: every finding by detector, keyed fingerprint and place."""
    return digest_json(sorted([f.detector, f.fingerprint, str(f.start), str(f.end)] for f in findings))


PLACEHOLDER = "‹"
"""What a placeholder begins with."""


def redact(text: str, findings: Sequence[Finding]) -> str:
    """`text` with every finding's span replaced by a placeholder such as `‹EMAIL_ADDRESS_1›`.

    Findings without a span (start equal to end) cannot be redacted and are ignored here: policy re-scans.
    """
    numbers: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    pieces: list[str] = []
    position = 0
    for start, end, entity, value_key in _merged(findings):
        number = numbers.get((entity, value_key))
        if number is None:
            number = counts[entity] = counts.get(entity, 0) + 1
            numbers[entity, value_key] = number
        pieces += (text[position:start], f"{PLACEHOLDER}{entity}_{number}›")
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def _merged(findings: Sequence[Finding]) -> list[tuple[int, int, str, str]]:
    spans = sorted((f.start, -f.end, f.entity, f.fingerprint) for f in findings if f.end > f.start)
    merged: list[tuple[int, int, str, str]] = []
    for start, negative_end, entity, value_key in spans:
        end = -negative_end
        if merged and start < merged[-1][1]:
            last = merged[-1]
            merged[-1] = (last[0], max(last[1], end), last[2], last[3] + value_key)
        else:
            merged.append((start, end, entity, value_key))
    return merged
