"""Declarations and chunks are read in child processes: the same answers as here, within limits."""

import ast
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.declarations.feeds import feed_name, feed_record, feed_shape
from pipeline.domain.declarations.front_matter import body_start, front_matter
from pipeline.domain.declarations.metadata_file import metadata_file
from pipeline.domain.errors import CanaryMissed
from pipeline.extraction import tag_reader as module
from pipeline.extraction.decoding import decode, text_of
from pipeline.extraction.tag_reader import OVER_LIMITS, TagReader
from pipeline.models import sandboxed_splitter
from pipeline.models.lock import ModelLock
from pipeline.models.sandboxed_splitter import SandboxedSplitter, TextNotCut
from pipeline.models.splitter import Splitter
from pipeline.settings.application import ExtractionSettings
from pipeline.settings.embedding import EmbeddingSettings

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "configs" / "models.lock.yaml"
PAGE = b"---\ntitle: Locks\ndeny: [user:ada]\n---\nThe lock opens at nine.\n"


@pytest.fixture(scope="module")
def reader() -> Iterator[TagReader]:
    one = TagReader(ExtractionSettings(memory_mb=256))
    yield one
    one.close()


BLOCKS = st.sampled_from(
    [b"---\n", b"title: a\n", b"deny: [user:ada]\n", b"x: [1, {y: 2}]\n", b"\xff\xfe", b'{"id": 1}']
)


@given(st.lists(st.one_of(BLOCKS, st.binary(max_size=40)), max_size=8).map(b"".join))
@settings(max_examples=150, deadline=None)
def test_a_child_reads_the_same_as_this_process(reader: TagReader, data: bytes) -> None:
    assert reader.front_matter(data, "note.md") == front_matter(text_of(data, "note.md"), "note.md")
    assert reader.metadata_file(data, "note.md.meta.yaml") == metadata_file(decode(data), "note.md.meta.yaml")
    assert reader.feed_record(data) == feed_record(data)
    assert reader.feed_names([data, PAGE]) == ([feed_name(data), None], feed_shape(data))


def test_a_record_keeps_lone_surrogates_for_the_gate_to_judge(reader: TagReader) -> None:
    line = b'{"id": "a", "text": "x \\ud800 y", "title": "\\udfff", "allow": ["group:staff", 7, null, true]}'
    assert reader.feed_record(line) == feed_record(line)


def test_law_15_a_declaration_beyond_the_limits_is_a_problem_of_its_document_alone(reader: TagReader) -> None:
    bomb = b'{"id": "bomb", "text": "x", "title": [' + b"[],[]," * 4_000_000 + b"0]}"
    assert reader.feed_record(bomb).declared.problems == (OVER_LIMITS,)
    assert reader.front_matter(PAGE, "note.md").tags == {"title": "Locks", "deny": ["user:ada"]}
    assert reader.feed_names([b'{"id": "a"}', bomb, b'{"id": "b"}'])[0] == ["a", None, "b"]


def test_law_03_a_reader_that_misses_its_canary_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SEEN", {"classification": "public", "deny": []})
    reader = TagReader(ExtractionSettings())
    try:
        with pytest.raises(CanaryMissed):
            reader.front_matter(PAGE, "note.md")
    finally:
        reader.close()


def test_law_15_no_gate_reads_text_of_a_document_for_its_tags_or_cuts_it_itself() -> None:
    sandboxed = {"front_matter", "body_start", "metadata_file", "feed_record", "feed_name", "feed_shape"}
    sandboxed |= {"decode", "text_of", "read_json", "read_yaml", "Splitter"}
    taken = set()
    for path in (ROOT / "transforms").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                taken |= {(path.name, alias.name) for alias in node.names if alias.name in sandboxed}
    assert taken == set()


@pytest.fixture(scope="module")
def model() -> str:
    return EmbeddingSettings().model


def test_a_child_cuts_where_this_process_does_and_leaves_out_who_may_read(model: str) -> None:
    text = PAGE.decode() + "# Winter\n\nThe sluice stays shut at neap tide. " * 200
    start = body_start(text)
    here = Splitter(ModelLock.load(LOCK).verified(model)).spans(text[start:])
    splitter = SandboxedSplitter(LOCK, model, 100_000)
    try:
        assert splitter.spans(text) == [(start + first, start + last) for first, last in here]
        assert splitter.spans("") == []
    finally:
        splitter.close()


def test_law_15_a_text_that_takes_too_long_to_cut_is_given_up(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandboxed_splitter, "_SECONDS", 1.0)
    splitter = SandboxedSplitter(LOCK, model, 1)
    started = time.monotonic()
    try:
        with pytest.raises(TextNotCut):
            splitter.spans("a@" * 400_000)
        assert len(splitter.spans("The lock opens at nine.")) == 1
    finally:
        splitter.close()
    assert time.monotonic() - started < 60


def test_an_answer_that_is_not_places_in_order_is_a_failure(model: str) -> None:
    splitter = SandboxedSplitter(LOCK, model, 1_000)
    splitter._child.close()
    splitter._child = _Liar([(5, 3)])  # type: ignore[assignment]
    with pytest.raises(TextNotCut):
        splitter.spans("The lock opens at nine.")


class _Liar:
    """A child that was taken over."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._spans = spans

    def call(self, header: dict[str, object], payload: bytes) -> tuple[dict[str, object], bytes]:
        return {}, json.dumps(self._spans).encode()
