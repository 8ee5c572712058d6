"""What a `redact` verdict means: the text without its findings, scanned and judged again before anything serves it.

Invariants: pure; the gate and `corpusgate scan` call this one function, so both say the same of the same document. What
still fires keeps the document out (law 1); the reason names types and places, never a value (law 4).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from pipeline.domain.documents.documents import Action, ExtractedText
from pipeline.domain.findings.findings import Finding, Place
from pipeline.domain.findings.redaction import redact

REDACTION_INCOMPLETE = "redaction-incomplete"
_MOST_LINES = 5
"""Places that are named of one type; a person finds the rest when these are mended."""


class Judged(Protocol):
    """What policy says of some findings."""

    @property
    def action(self) -> Action:
        """The action for the document."""
        ...

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The rules that decide."""
        ...

    @property
    def reasons(self) -> tuple[str, ...]:
        """Their reasons."""
        ...


class Redacted(NamedTuple):
    """A text without its findings, and why it may not be served all the same."""

    text: str
    rule_ids: tuple[str, ...] = ()
    """Empty where it may be served."""
    reasons: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing that policy acts on was left."""
        return not self.rule_ids


def redacted(
    text: str,
    to_redact: Sequence[Finding],
    scan: Callable[[str], Sequence[Finding]],
    decide: Callable[[Sequence[Finding]], Judged],
) -> Redacted:
    """Redact `text` and judge the outcome.

    Args:
        text: The text that was scanned.
        to_redact: The findings whose action is `redact`.
        scan: Every detector over a text; what is found outside the text counts, too.
        decide: The policy with everything known about the document, and its waivers.

    """
    clean = redact(text, to_redact)
    left = scan(clean)
    again = decide(left)
    if again.action is Action.ADMIT:
        return Redacted(clean)
    firing = [finding for finding in left if decide((finding,)).action is not Action.ADMIT]
    return Redacted(clean, (REDACTION_INCOMPLETE, *again.rule_ids), (_what_fires(firing), *again.reasons))


def with_text(extracted: ExtractedText, text: str) -> ExtractedText:
    """The same extraction with another text, and without hidden runs."""
    return extracted.model_copy(update={"text": text, "hidden": ()})


def _what_fires(findings: Sequence[Finding]) -> str:
    places: dict[str, set[tuple[str, int]]] = {}
    for finding in findings:
        places.setdefault(finding.entity, set()).add((finding.place.value, finding.line))
    named = "; ".join(f"{entity} in {_listed(sorted(found))}" for entity, found in sorted(places.items()))
    fires = f"still fires after redaction, so the text is kept out: {named}" if named else "speaks against it together"
    return (
        f"Something {fires}. Take these values out of the document, or write each in one piece so that it can be "
        "replaced whole, and bring it in again; if they are not such values, ask for a waiver."
    )


def _listed(places: Sequence[tuple[str, int]]) -> str:
    lines = [line for place, line in places if place == Place.TEXT]
    words = [f"the {place}" for place in dict.fromkeys(place for place, _ in places if place != Place.TEXT)]
    if lines:
        more = f" and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
        words.insert(0, f"line {', '.join(map(str, lines[:_MOST_LINES]))}{more} of the redacted text")
    return ", ".join(words)
