"""Law 1: a redacted text is judged again; what still fires keeps it out and is named by type and place."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import Detection, Finding, FindingKind, Lowering, Place, Severity, seal
from pipeline.domain.policy.redacting import REDACTION_INCOMPLETE, redacted

VALUE = "quorble"
TEXT = f"one\ntwo {VALUE}\nthree\n{VALUE} four"


class Verdict(NamedTuple):
    action: Action
    rule_ids: tuple[str, ...]
    reasons: tuple[str, ...]


def decide(findings: Sequence[Finding]) -> tuple[Verdict, Sequence[Finding]]:
    acts = [finding for finding in findings if finding.lowered is None]
    return Verdict(Action.REDACT if acts else Action.ADMIT, ("pii",), ("Personal data.",)), acts


def found(text: str, start: int, lowered: Lowering | None = None, end: int | None = None) -> Finding:
    end = start + len(VALUE) if end is None else end
    return seal(
        Detection(FindingKind.PII, "t", "CODE_WORD", start, end, Severity.MEDIUM, 0.9, lowered=lowered), text, b"k"
    )


def scan(text: str) -> list[Finding]:
    return [found(text, at) for at in range(len(text)) if text.startswith(VALUE, at)]


def test_a_text_without_findings_left_may_be_served() -> None:
    done = redacted(TEXT, scan(TEXT), scan, decide)
    assert done.complete
    assert VALUE not in done.text


def refuse(findings: Sequence[Finding]) -> tuple[Verdict, Sequence[Finding]]:
    verdict, acts = decide(findings)
    return verdict._replace(action=Action.QUARANTINE if acts else Action.ADMIT), ()


def test_law_1_what_still_fires_keeps_the_text_out_and_is_named_without_its_value() -> None:
    done = redacted(TEXT, scan(TEXT)[:1], scan, refuse)
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
    assert "line 1, 2, 3, 4, 5 and 4 more of" in redacted(text, [], scan, refuse).reasons[0]


def test_what_was_lowered_does_not_keep_it_out() -> None:
    assert redacted(TEXT, [], lambda text: [found(text, 8, Lowering.MENTION)], decide).complete


def stretches(pattern: str) -> Callable[[str], list[Finding]]:
    """A scan that finds every match of a pattern."""

    def scanning(text: str) -> list[Finding]:
        return [found(text, match.start(), end=match.end()) for match in re.finditer(pattern, text)]

    return scanning


def test_a_detector_that_takes_a_placeholder_for_a_value_does_not_keep_the_text_out() -> None:
    """Whatever follows a label is a value to it, placeholders too."""
    after_label = stretches(r"(?<=Address: )[^\n]+")
    text = "Address: 4 Mill Lane\nsee below"
    done = redacted(text, after_label(text), after_label, decide)
    assert done.complete
    assert done.text == "Address: ‹CODE_WORD_1›\nsee below"


def test_law_5_a_placeholder_that_an_author_wrote_counts_as_text() -> None:
    after_label = stretches(r"(?<=Address: )[^\n]+")
    text = "Address: ‹CODE_WORD_1›"
    done = redacted(text, [], after_label, refuse)
    assert not done.complete
    assert "line 1" in done.reasons[0]


def test_what_fires_next_to_a_placeholder_is_taken_out_with_it() -> None:
    with_town = stretches(r"‹\w+› Upton|Upton(?= 4)")
    text = "lives at 4 Mill Lane Upton, ask there"
    done = redacted(text, [found(text, 9, end=20)], with_town, decide)
    assert done.complete
    assert done.text == "lives at ‹CODE_WORD_1›, ask there"
    (whole,) = done.findings
    assert text[whole.start : whole.end] == "4 Mill Lane Upton"


def test_what_fires_only_when_its_neighbour_is_gone_is_taken_out_as_well() -> None:
    text = "one\nkey quorble-zx9 end"
    anew = stretches(r"zx9(?= end)")
    done = redacted(text, [found(text, 8)], lambda clean: anew(clean) if VALUE not in clean else [], decide)
    assert done.text == "one\nkey ‹CODE_WORD_1›-‹CODE_WORD_2› end"
    assert [text[one.start : one.end] for one in done.findings] == [VALUE, "zx9"]
    assert [one.line for one in done.findings] == [2, 2]


def test_law_1_a_text_that_fires_at_every_look_is_kept_out_after_a_few() -> None:
    looks: list[str] = []

    def endless(text: str) -> list[Finding]:
        looks.append(text)
        at = max(text.rfind("›") + 1, 0)
        return [found(text, at, end=at + 1)]

    done = redacted("abcdefghijklmnopqrstuvwxyz", [], endless, decide)
    assert not done.complete
    assert len(looks) < 10


def test_a_text_without_anything_left_is_scanned_once() -> None:
    looks: list[str] = []
    redacted(TEXT, scan(TEXT), lambda text: looks.append(text) or scan(text), decide)
    assert len(looks) == 1
