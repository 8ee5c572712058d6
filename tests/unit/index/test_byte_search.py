"""Looking for pieces of erased content, byte by byte."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.index import byte_search
from pipeline.index.byte_search import PIECE, Probe, Probes, text_pieces, vector_pieces

TEXT = "The lantern of the eastern hall is serviced every third week by its keeper, who signs the book."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_copy_is_found_in_every_encoding_across_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(byte_search, "_BLOCK", 256)
    probes = Probes(text_pieces(TEXT), ())
    for before in (0, 1, 2, 3, 200, 251, 255, 256, 1021):
        path = tmp_path / f"{before}"
        path.write_bytes(b"x" * before + TEXT.encode(encoding) + b"\xff" * 700)
        found, size = probes.search_file(path)
        assert size == path.stat().st_size
        assert set(found) == set(map(Probe, text_pieces(TEXT)))


@pytest.mark.parametrize(
    "text", ["Käthe wohnt über dem Bootshaus.", "灯台守は舟小屋の上に一人で住んでいる。", "a 🙂 in a lantern"]
)
def test_a_copy_inside_json_is_found_however_it_is_escaped(text: str) -> None:
    probes = Probes(text_pieces(text), ())
    for escaped in (True, False):
        assert probes.search(json.dumps({"note": f'said: "{text}"'}, ensure_ascii=escaped).encode())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(TEXT) - 2 * PIECE + 1), st.binary(max_size=50))
def test_any_63_characters_in_a_row_hold_a_whole_piece(start: int, before: bytes) -> None:
    copied = TEXT[start : start + 2 * PIECE - 1]
    assert Probes(text_pieces(TEXT), ()).search(before + copied.encode())


def test_a_vector_is_found_by_any_of_its_ends() -> None:
    vector = np.random.default_rng(1).normal(size=384).astype(np.float32)
    probes = Probes((), vector_pieces(vector))
    assert probes.vectors == 6
    for data in (vector.tobytes(), vector.tobytes()[:PIECE], vector.astype("<f2").tobytes()[-PIECE:]):
        assert probes.search(b"abc" + data)[Probe(None)] >= 1
    assert not probes.search(np.random.default_rng(2).normal(size=384).astype(np.float32).tobytes())


def test_what_occurs_everywhere_and_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    probes = Probes(text_pieces("-" * 64 + "\n" + TEXT), ())
    assert not probes.search(b"-" * 500)
    assert not probes.search(b"")
    assert probes.search_file(tmp_path / "gone") == ({}, 0)
