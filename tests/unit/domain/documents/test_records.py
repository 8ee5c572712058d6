"""Which document a record is of, in which order, and what is wrong with it."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.declarations.declared import Declared
from pipeline.domain.declarations.feeds import feed_record
from pipeline.domain.documents.documents import DocumentRef
from pipeline.domain.documents.records import (
    BAD_KEY,
    BAD_VERSION,
    MAX_ORDER,
    NO_NAME,
    NOBODY_DELETED,
    OTHER_NAME,
    OTHER_VERSION,
    Record,
    line_of,
    record_of,
)


def told(key: bytes | None, value: object, offset: int = 7, **headers: bytes) -> Record:
    content = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    return record_of("news", 3, offset, key, content, headers)


def test_the_key_names_the_document_and_the_offset_orders_it() -> None:
    record = told(b"storm", {"text": "It rained."})
    assert (record.uri, record.order, record.gone, record.problems) == ("news#storm", 7, False, ())
    assert record.digest == hashlib.sha256(b'{"text": "It rained."}\n').hexdigest()


def test_without_a_key_the_id_names_it() -> None:
    assert told(None, {"id": 12, "text": "It rained."}).uri == "news#12"
    assert told(b"", {"id": "storm", "text": "It rained."}).uri == "news#storm"


def test_a_version_orders_before_the_offset_wherever_it_stands() -> None:
    assert told(b"storm", {"text": "", "version": 41}).order == 41
    assert told(b"storm", {"text": ""}, version=b"42").order == 42
    assert told(b"storm", {"text": "", "version": 42}, version=b"42").order == 42
    assert told(b"storm", None, version=b"43").order == 43


def test_no_value_is_a_deletion() -> None:
    record = told(b"storm", None)
    assert (record.uri, record.gone, record.digest, record.problems) == ("news#storm", True, "", ())


@pytest.mark.parametrize(
    ("key", "value", "headers", "problem"),
    [
        (None, {"text": "nameless"}, {}, NO_NAME),
        (None, b"no JSON", {}, NO_NAME),
        (None, {"id": "a\0b", "text": ""}, {}, NO_NAME),
        (None, {"id": "\ud800", "text": ""}, {}, NO_NAME),
        (b"\xff\xfe", {"id": "storm", "text": ""}, {}, BAD_KEY),
        (b"x" * 501, {"text": ""}, {}, BAD_KEY),
        (b"storm", {"id": "calm", "text": ""}, {}, OTHER_NAME),
        (b"storm", {"text": "", "version": -1}, {}, BAD_VERSION),
        (b"storm", {"text": "", "version": "9"}, {}, BAD_VERSION),
        (b"storm", {"text": "", "version": True}, {}, BAD_VERSION),
        (b"storm", {"text": "", "version": MAX_ORDER + 1}, {}, BAD_VERSION),
        (b"storm", {"text": ""}, {"version": b"-9"}, BAD_VERSION),
        (b"storm", {"text": "", "version": 1}, {"version": b"2"}, OTHER_VERSION),
        (None, None, {}, NOBODY_DELETED),
    ],
)
def test_what_is_uncertain_is_a_document_of_its_own(
    key: bytes | None, value: object, headers: dict[str, bytes], problem: str
) -> None:
    record = told(key, value, **headers)
    assert (record.uri, record.order, record.gone) == ("news#partition-3-offset-7", 7, False)
    assert record.problems == (problem,)


def test_broken_json_is_a_version_of_the_document_its_key_names() -> None:
    assert told(b"storm", b'{"text": ').uri == "news#storm"
    assert feed_record(line_of(b'{"text": '), named=True).declared.problems == (
        "The feed record cannot be read. It is not valid JSON.",
    )


def test_a_record_with_a_key_needs_no_id_and_a_line_of_a_feed_does() -> None:
    line = b'{"text": "It rained."}\n'
    assert feed_record(line, named=True).declared == Declared()
    assert feed_record(line).declared.problems == ("The feed record has no usable `id`.",)
    unusable = feed_record(b'{"id": {}, "text": ""}', named=True)
    assert unusable.declared.problems == ("The feed record has no usable `id`.",)


@given(
    st.none() | st.binary(max_size=40),
    st.none()
    | st.binary(max_size=60)
    | st.builds(
        lambda v: json.dumps(v).encode(),
        st.dictionaries(
            st.sampled_from(["id", "text", "version"]), st.none() | st.integers() | st.text() | st.booleans()
        ),
    ),
    st.dictionaries(st.just("version"), st.binary(max_size=25)),
    st.integers(min_value=0, max_value=MAX_ORDER),
)
def test_every_record_is_one_document_that_can_be_referred_to(
    key: bytes | None, value: bytes | None, headers: dict[str, bytes], offset: int
) -> None:
    record = record_of("news", 0, offset, key, value, headers)
    assert record == record_of("news", 0, offset, key, value, headers)
    assert 0 <= record.order <= MAX_ORDER
    assert Record.model_validate_json(record.model_dump_json()) == record
    reference = DocumentRef(source="wire", uri=record.uri, location="/x", order=record.order, problems=record.problems)
    assert DocumentRef.model_validate_json(reference.model_dump_json()) == reference
