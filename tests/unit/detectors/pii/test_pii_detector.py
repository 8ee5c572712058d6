"""The detector as a whole: spans, length, determinism, failure without text."""

import socket

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.detectors.pii import PiiDetector
from pipeline.detectors.pii.context import ContextWords
from pipeline.detectors.pii.recognisers import Recogniser
from pipeline.detectors.pii.settings import PiiRule
from pipeline.detectors.pii.windows import blocks
from pipeline.domain.documents.documents import ExtractedText
from pipeline.domain.errors import ConfigError, CorpusgateError
from pipeline.domain.findings.findings import Severity

_PIECES = st.sampled_from(
    ["@", "+49 ", "Dr. ", "IBAN ", "DE89", " 4111", "::", "1.", "-", "\n", "é", "Anna ", "ssn: ", "주민번호 "]
)
_TEXTS = st.lists(
    st.one_of(_PIECES, st.text(max_size=6), st.from_regex(r"[0-9 ./-]{1,12}", fullmatch=True)), max_size=40
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_TEXTS)
def test_any_text_gives_valid_ordered_spans_twice_alike(pii, pieces):
    text = "".join(pieces)
    found = pii(text)
    assert all(0 <= d.start < d.end <= len(text) for d in found)
    assert [d.start for d in found] == sorted(d.start for d in found)
    assert found == pii(text)


def test_a_long_text_is_read_to_its_end(pii):
    filler = "nothing to see on this line of the text\n" * 26_000
    text = f"{filler}reach ada.byron@example.org"
    assert len(text) > 1_000_000
    assert [text[d.start : d.end] for d in pii(text)] == ["ada.byron@example.org"]


def test_context_words_are_whole_words():
    context = ContextWords(["lic", "driver license"], before=40, after=10)
    assert not context.near("a public 12345", 9, 14)
    assert context.near("his lic 12345", 8, 13)
    assert context.near("driver_license=12345", 15, 20)


def test_every_line_with_a_digit_lies_in_a_block():
    text = "one\ntwo 2\nthree 3\n\nfour\n5"
    assert [text[start:end] for start, end in blocks(text)] == ["two 2\nthree 3", "5"]


def test_the_network_is_never_used(pii, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert [d.entity for d in pii("write to someone@sub.domain.museum now")] == ["EMAIL_ADDRESS"]


def test_an_error_inside_carries_no_text(detector, monkeypatch):
    def fail(text, searched):
        raise ValueError(text)

    monkeypatch.setattr(detector._identifiers, "find", fail)
    with pytest.raises(CorpusgateError) as caught:
        detector.scan(ExtractedText(text="very private words", media_type="text/plain", extractor="test"))
    assert "private" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_pattern_that_is_none_is_a_config_error_with_the_name_of_its_rule():
    rule = PiiRule(id="berth", entity="BERTH", severity=Severity.HIGH, patterns=(r"B-(\d+",))
    with pytest.raises(ConfigError, match="rule berth"):
        Recogniser(rule)


def test_a_missing_configuration_is_a_config_error(tmp_path):
    with pytest.raises(ConfigError):
        PiiDetector(tmp_path, tmp_path)
