"""Records of feeds: read exactly, or a problem."""

import pytest

from pipeline.domain.declarations.feeds import NOT_LINES, NOT_UTF_8, feed_name, feed_record, feed_shape

RECORD = b'{"id": "storm", "text": "It rained.", "classification": "restricted"}\n'


def test_a_feed_record_has_name_text_and_tags() -> None:
    record = feed_record(b'{"id": 7, "text": "body", "owner": "user:wren", "extra": 1}\n')
    assert (record.name, record.text, record.declared.tags, record.declared.problems) == (
        "7", "body", {"owner": "user:wren"}, (),
    )  # fmt: skip
    assert feed_record(b"\xef\xbb\xbf" + RECORD).declared.tags == {"classification": "restricted"}


@pytest.mark.parametrize(
    "line",
    [
        b"{", b"[]", b"{}", b'{"id": " ", "text": "x"}', b'{"id": "a"}', b'{"id": "a", "text": 3}',
        b'{"id": true, "text": "x"}',
        b'{"id": "a", "text": "x", "score": NaN}',
        b'{"id": "a", "text": "x", "n": ' + b"9" * 5_000 + b"}",
        b'{"id": "a", "text": "Gr\xfc\xdfe"}',
        RECORD.decode().encode("utf-16"),
        b'{"id": "a", "text": "x", "x": ' + b"[" * 100_000,
        b'{"id": "a", "text": "x", "deny": ["user:a"], "deny": ["user:b"]}',
        b'{"id": "a", "id": "b", "text": "x"}',
        b'{"id": "a", "text": "x", "Classification": "restricted"}',
        b'{"id": "a", "text": "x", "denied": ["user:a"]}',
        b'{"id": "a", "text": "x", "metadata": {"classification": "restricted"}}',
        b'{"id": "a", "text": "x", "readers": ["group:hr"]}',
        b'{"id": "a", "text": "---\\nDeny: [user:a]\\n---\\nx"}',
        b'{"id": "a", "text": "---\\nclassification: restricted\\n---\\nx", "classification": "internal"}',
    ],
)  # fmt: skip
def test_law_02_a_record_that_cannot_be_read_exactly_is_a_problem(line: bytes) -> None:
    assert feed_record(line).declared.problems


def test_law_02_what_the_text_of_a_record_declares_counts() -> None:
    record = feed_record(b'{"id": "a", "text": "---\\nclassification: restricted\\n---\\nx", "title": "A"}')
    assert record.declared.tags == {"title": "A", "classification": "restricted"}
    assert record.declared.problems == ()


def test_the_name_alone_is_the_name_of_the_record() -> None:
    for line in (RECORD, b'{"id": 5, "text": ""}', b"{", b'{"id": true}', b"[]", b"\xff"):
        assert feed_name(line) == feed_record(line).name


def test_a_feed_of_another_shape_is_recognised_by_its_first_line() -> None:
    assert feed_shape(RECORD) is None
    assert feed_shape(b"\xef\xbb\xbf" + RECORD) is None
    assert feed_shape(b"{broken}\n") is None
    assert feed_shape(b"[1, 2]\n") is None
    assert feed_shape(b"{\n") == NOT_LINES
    assert feed_shape(b"\xef\xbb\xbf[\n") == NOT_LINES
    assert feed_shape(b'[{"id": "a",\n') == NOT_LINES
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert feed_shape(RECORD.decode().encode(encoding)) == NOT_UTF_8
