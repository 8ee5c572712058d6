"""Law 1: a redacted text is judged again; what still fires keeps it out and is named by type and place."""

from collections.abc import Sequence
from typing import NamedTuple

import pytest

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import Detection, Finding, FindingKind, Lowering, Place, Severity, seal
from pipeline.domain.policy.redacting import REDACTION_INCOMPLETE, redacted

VALUE = "quorble"
TEXT = f"one\ntwo {VALUE}\nthree\n{VALUE} four"


class Verdict(NamedTuple):
    action: Action
    rule_ids: tuple[str, ...]
    reasons: tuple[str, ...]


def decide(findings: Sequence[Finding]) -> Verdict:
    acts = [finding for finding in findings if finding.lowered is None]
    return Verdict(Action.REDACT if acts else Action.ADMIT, ("pii",), ("Personal data.",))


def found(text: str, start: int, lowered: Lowering | None = None) -> Finding:
    end = start + len(VALUE)
    return seal(
        Detection(FindingKind.PII, "t", "CODE_WORD", start, end, Severity.MEDIUM, 0.9, lowered=lowered), text, b"k"
    )


def scan(text: str) -> list[Finding]:
    return [found(text, at) for at in range(len(text)) if text.startswith(VALUE, at)]


def test_a_text_without_findings_left_may_be_served() -> None:
    done = redacted(TEXT, scan(TEXT), scan, decide)
    assert done.complete
    assert VALUE not in done.text


def test_law_1_what_still_fires_keeps_the_text_out_and_is_named_without_its_value() -> None:
    done = redacted(TEXT, scan(TEXT)[:1], scan, decide)
    assert not done.complete
    assert done.rule_ids == (REDACTION_INCOMPLETE, "pii")
    assert "CODE_WORD in line 4 of the redacted text" in done.reasons[0]
    assert "ask for a waiver" in done.reasons[0]
    assert done.reasons[1] == "Personal data."
    assert VALUE not in " ".join(done.reasons)


def test_what_stands_in_a_title_is_named_by_that() -> None:
    left = [found(TEXT, 8).at(Place.TITLE)]
    assert "CODE_WORD in the title." in redacted(TEXT, [], lambda _: left, decide).reasons[0]


def test_many_places_are_counted() -> None:
    text = f"{VALUE}\n" * 9
    assert "line 1, 2, 3, 4, 5 and 4 more of" in redacted(text, [], scan, decide).reasons[0]


def test_what_was_lowered_does_not_keep_it_out() -> None:
    assert redacted(TEXT, [], lambda text: [found(text, 8, Lowering.MENTION)], decide).complete


@pytest.mark.parametrize("findings", [0, 1, 2])
def test_the_text_is_scanned_once_more_and_only_once(findings: int) -> None:
    seen: list[str] = []

    def counting(text: str) -> list[Finding]:
        seen.append(text)
        return scan(text)

    redacted(TEXT, scan(TEXT)[:findings], counting, decide)
    assert len(seen) == 1
