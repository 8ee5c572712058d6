"""What a `redact` verdict means: the text without its findings, scanned and judged again before anything serves it.

A finding may cover only a part of what a detector takes for one value, such as a street without its town, and a value
may show only when the one next to it is gone. So what fires next to a placeholder, or after its neighbour is gone, is
taken out as well, and so is each value wherever it stands again.

Invariants: pure; the gate and `corpusgate scan` go through `redaction`, so both say the same of the same document. What
still fires keeps the document out (law 1), unless it holds nothing but placeholders that stand where they were put; the
reason names types and places, never a value (law 4).
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import NamedTuple, Protocol

from pipeline.domain.documents.documents import Action, ExtractedText
from pipeline.domain.findings.findings import Finding, Place
from pipeline.domain.findings.line_numbers import LineNumbers
from pipeline.domain.findings.redaction import Redaction, redact
from pipeline.domain.findings.repeated import with_repeats

REDACTION_INCOMPLETE = "redaction-incomplete"
_MOST_LINES = 5
"""Places that are named of one type; a person finds the rest when these are mended."""
_ROUNDS = 4
"""Times a text is redacted and scanned; each takes more out than the one before."""


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


Decide = Callable[[Sequence[Finding]], tuple[Judged, Sequence[Finding]]]


class Redacted(NamedTuple):
    """A text without its findings, and why it may not be served all the same."""

    text: str
    findings: tuple[Finding, ...]
    """The findings taken out: the given ones in their order, as wide as was needed, then those found afterwards."""
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
    decide: Decide,
) -> Redacted:
    """Redact `text` and judge the outcome.

    Args:
        text: The text that was scanned.
        to_redact: The findings whose action is `redact`.
        scan: Every detector over a text; what is found outside the text counts, too.
        decide: The policy with everything known about the document, and its waivers: what it says of some findings, and
            which of them it redacts.

    """
    rounds = redaction(text, to_redact, decide)
    clean = next(rounds)
    while True:
        try:
            clean = rounds.send(scan(clean))
        except StopIteration as end:
            outcome: Redacted = end.value
            return outcome


def redaction(text: str, to_redact: Sequence[Finding], decide: Decide) -> Generator[str, Sequence[Finding], Redacted]:
    """Redact `text` and judge the outcome, for a caller that does something else while detectors scan.

    Args:
        text: The text that was scanned.
        to_redact: The findings whose action is `redact`.
        decide: As for `redacted`.

    Yields:
        A redacted text that every detector has to scan; what they find is sent back.

    Returns:
        The outcome.

    """
    covered = with_repeats(text, to_redact)
    for _ in range(_ROUNDS):
        clean = redact(text, covered)
        found = yield clean.text
        left = [finding for finding in found if not _is_ours(finding, clean)]
        again, more = decide(left)
        if again.action is Action.ADMIT:
            return Redacted(clean.text, covered)
        lines = LineNumbers(text)
        fired = [_in_original(finding, clean, lines) for finding in more if _spans(finding)]
        wider = with_repeats(text, _covering(lines, covered, fired))
        if again.action is not Action.REDACT or wider == covered:
            break
        covered = wider
    firing = [finding for finding in left if decide((finding,))[0].action is not Action.ADMIT]
    return Redacted(clean.text, covered, (REDACTION_INCOMPLETE, *again.rule_ids), (_what_fires(firing), *again.reasons))


def _spans(finding: Finding) -> bool:
    return finding.place is Place.TEXT and finding.end > finding.start


def _is_ours(finding: Finding, clean: Redaction) -> bool:
    """Whether a finding holds nothing of the document: a detector may take a placeholder for a value."""
    return _spans(finding) and clean.is_placeholder(finding.start, finding.end)


def _in_original(finding: Finding, clean: Redaction, lines: LineNumbers) -> Finding:
    start, end = clean.origin(finding.start, finding.end)
    return finding.model_copy(update={"start": start, "end": end, "line": lines.at(start)})


def _covering(lines: LineNumbers, covered: tuple[Finding, ...], more: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, each as wide as what fired over it, and those that fired apart from all of them."""
    wider = list(covered)
    for found in more:
        for at, one in enumerate(wider):
            if one.start < found.end and found.start < one.end:
                start, end = min(one.start, found.start), max(one.end, found.end)
                wider[at] = one.model_copy(update={"start": start, "end": end, "line": lines.at(start)})
                break
        else:
            wider.append(found)
    return tuple(wider)


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
