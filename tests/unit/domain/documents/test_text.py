"""Normalised text, redaction, chunks and impact."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.documents.chunking import chunks_of
from pipeline.domain.documents.normalised import normalise_text
from pipeline.domain.findings.findings import Detection, Finding, FindingKind, Severity, mask, merge_overlaps, seal
from pipeline.domain.findings.redaction import redact
from pipeline.domain.policy.impact import changed_share

TEXTS = st.text(max_size=60)


def found(start: int, end: int, entity: str = "EMAIL_ADDRESS", value: str = "a") -> Finding:
    return Finding(
        kind=FindingKind.PII, detector="t", entity=entity, severity=Severity.MEDIUM, confidence=1,
        start=start, end=end, line=1, fingerprint=value, preview="",
    )  # fmt: skip


@given(st.text(alphabet=st.characters(), max_size=80))
def test_normalised_text_is_stable_and_encodable(text: str) -> None:
    normal = normalise_text(text)
    assert normalise_text(normal) == normal
    assert "\r" not in normal
    assert "\x00" not in normal
    normal.encode("utf-8")


def test_normalising_joins_what_belongs_together() -> None:
    assert normalise_text("Cafe\u0301\r\nnow\r") == "Café\nnow\n"
    assert normalise_text("\ud800x") == "?x"


def test_endless_combining_marks_are_broken_up() -> None:
    """Otherwise normalising takes time quadratic in their number."""
    normal = normalise_text("a" + "\u0301\u0323" * 200_000)
    longest = run = 0
    for character in normal:
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    assert longest <= 30


def test_redaction_numbers_equal_values_alike() -> None:
    text = "ask ann@x.org or bob@x.org, again ann@x.org"
    spans = [found(4, 13, value="ann"), found(17, 26, value="bob"), found(34, 43, value="ann")]
    assert redact(text, spans).text == "ask ‹EMAIL_ADDRESS_1› or ‹EMAIL_ADDRESS_2›, again ‹EMAIL_ADDRESS_1›"


@given(TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_law_04_nothing_of_a_span_survives_redaction(text: str, places: list[tuple[int, int]]) -> None:
    spans = [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in places]
    clean = redact(text, [found(start, end, value=str(n)) for n, (start, end) in enumerate(spans)]).text
    covered = {index for start, end in spans for index in range(start, end)}
    outside = "".join(character for index, character in enumerate(text) if index not in covered)
    rest = iter(clean)
    assert all(character in rest for character in outside), "text outside the spans must survive in order"
    placeholders = clean.count("‹EMAIL_ADDRESS_") - text.count("‹EMAIL_ADDRESS_")
    assert (placeholders > 0) is bool(covered)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6), st.data())
def test_a_stretch_of_a_redacted_text_is_traced_to_the_original(
    text: str, places: list[tuple[int, int]], data: st.DataObject
) -> None:
    spans = [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in places]
    clean = redact(text, [found(start, end, value=str(n)) for n, (start, end) in enumerate(spans)])
    start = data.draw(st.integers(0, len(clean.text)))
    end = data.draw(st.integers(start, len(clean.text)))
    first, last = clean.origin(start, end)
    inside = [one for one in clean.placed if one.start < end and start < one.end]
    if not inside:
        assert text[first:last] == clean.text[start:end]
        assert not clean.is_placeholder(start, end)
    else:
        assert first <= inside[0].first
        assert last >= inside[-1].last
        assert (first, last) == (
            first if start < inside[0].start else inside[0].first,
            last if end > inside[-1].end else inside[-1].last,
        )
        assert text[first : inside[0].first] == clean.text[start : max(start, inside[0].start)]
        assert text[inside[-1].last : last] == clean.text[min(end, inside[-1].end) : end]
    for one in clean.placed:
        assert clean.is_placeholder(one.start, one.end)


def test_only_what_redaction_put_there_is_a_placeholder() -> None:
    text = "‹EMAIL_ADDRESS_1› or ann@x.org"
    clean = redact(text, [found(21, 30, value="ann")])
    assert clean.text == "‹EMAIL_ADDRESS_1› or ‹EMAIL_ADDRESS_1›"
    assert not clean.is_placeholder(0, 17)
    assert clean.is_placeholder(20, 38)
    assert not clean.is_placeholder(17, 38), "a word of the document is in it"


def test_a_finding_shows_nothing_of_its_value() -> None:
    text = "line one\nmy password is hunter2-and-more"
    start = text.index("hunter2")
    detection = Detection(FindingKind.SECRET, "t", "PASSWORD", start, len(text), Severity.HIGH, 0.9)
    finding = seal(detection, text, b"key")
    assert finding.line == 2
    assert finding.preview == "password, 16 characters"
    assert "hunter2" not in finding.model_dump_json()
    assert seal(detection, text, b"other key").fingerprint != finding.fingerprint
    assert mask("x", "US_SSN") == "us ssn, 1 characters"


def test_one_finding_a_value_and_its_span_covers_all() -> None:
    weak = Detection(FindingKind.SECRET, "a", "GENERIC", 0, 10, Severity.MEDIUM, 0.9, value="0123456789")
    strong = Detection(FindingKind.SECRET, "b", "AWS", 5, 15, Severity.CRITICAL, 0.8, value="5678901234")
    other = Detection(FindingKind.PII, "c", "PERSON", 5, 15, Severity.LOW, 0.8)
    merged = merge_overlaps([strong, other, weak])
    assert [(d.detector, d.start, d.end) for d in merged] == [("b", 0, 15), ("c", 5, 15)]
    assert merged[0].value is None


def test_law_07_chunk_ids_follow_from_document_content_and_place() -> None:
    one = chunks_of("s:a", "c" * 64, "access", "first  second", [(0, 6), (6, 7), (7, 13)])
    again = chunks_of("s:a", "c" * 64, "other access", "first  second", [(0, 6), (7, 13)])
    assert [chunk.text for chunk in one] == ["first ", "second"], "a piece of white space is no chunk"
    assert [chunk.chunk_id for chunk in one] == [chunk.chunk_id for chunk in again]
    assert len({chunk.chunk_id for chunk in one}) == len(one)


@pytest.mark.parametrize(
    ("old", "new", "low", "high"),
    [("a b c d", "a b c d", 0, 0), ("a b", "x y", 1, 1), ("a b c d", "a b c x", 0.2, 0.3)],
)
def test_changed_share(old: str, new: str, low: float, high: float) -> None:
    assert low <= changed_share(old, new) <= high
