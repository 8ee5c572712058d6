"""The derived embedder, on the real model: the same bits in any company, the reference's vectors, no PyTorch."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st

from pipeline.models.embedder import DerivedEmbedder, embedder_digest, readable_digests
from pipeline.models.reference import SentenceTransformerEmbedder, reference_digest
from pipeline.settings.embedding import EmbeddingSettings
from tests.support.models import LOCK_FILE, MODEL, derived_embedder, derived_model, lock

WORDS = [
    "invoice",
    "Überweisung",
    "会议",
    "approve",
    "x",
    "reset",
    "the",
    "1,204",
    "🙂",
    "# heading\n",
    "antidisestablish",
]


@pytest.fixture(scope="module")
def embedder() -> DerivedEmbedder:
    return derived_embedder(threads=2)


@pytest.fixture(scope="module")
def single() -> DerivedEmbedder:
    """Another copy of the model, one text at a time."""
    return derived_embedder(threads=1)


# Lengths from nothing to beyond the cut; many texts of one length, and of lengths one token apart.
TEXT = st.builds(
    lambda words, times: " ".join(words * times),
    st.lists(st.sampled_from(WORDS), max_size=12),
    st.sampled_from([1, 1, 1, 2, 9, 40]),
)


@property_settings(max_examples=15)
@given(st.lists(TEXT, min_size=1, max_size=24), st.randoms(use_true_random=False))
def test_law_07_a_vector_depends_on_nothing_but_its_text(
    embedder: DerivedEmbedder, single: DerivedEmbedder, texts: list[str], order: random.Random
) -> None:
    """Bit for bit, in random batches of every mixture of lengths, in any order, with one thread or two."""
    alone = {text: single.embed([text])[0] for text in texts}
    shuffled = [*texts, *texts]
    order.shuffle(shuffled)
    for row, text in zip(embedder.embed(shuffled), shuffled, strict=True):
        assert row.tobytes() == alone[text].tobytes()


def test_law_07_two_processes_and_both_numbers_of_threads_give_the_same_bits(embedder: DerivedEmbedder) -> None:
    texts = ["How do I reset my password?", "", "word " * 300, "Line one.\nLine two."]
    code = (
        "import sys; from tests.support.models import derived_embedder\n"
        f"sys.stdout.buffer.write(derived_embedder(threads=1).embed({texts[::-1]!r})[::-1].tobytes())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert other == embedder.embed(texts).tobytes()


def test_vectors_are_those_of_the_reference(embedder: DerivedEmbedder) -> None:
    texts = ["How do I reset my password?", "Ein Satz über Übergrößen. 🙂", "", "word " * 400, "a | b\n" * 30]
    reference = SentenceTransformerEmbedder(lock().folder(MODEL), lock().digest(MODEL), "fp32", 1)
    assert np.abs(embedder.embed(texts) - reference.embed(texts)).max() < 1e-5
    assert np.allclose(np.linalg.norm(embedder.embed(texts), axis=1), 1, atol=1e-6)
    assert embedder.embed([]).shape == (0, 384)


def test_the_engine_is_part_of_the_digest_and_says_whose_vectors_it_reads(embedder: DerivedEmbedder) -> None:
    """Cached vectors are found by this digest, so those of two engines never mix."""
    base = lock().digest(MODEL)
    digests = {
        engine: embedder_digest(LOCK_FILE, EmbeddingSettings.model_validate(given))
        for engine, given in {
            "auto": {},
            "onnxruntime": {"engine": "onnxruntime", "threads": 3},
            "torch": {"engine": "torch", "precision": "fp32"},
            "bf16": {"precision": "bf16"},
            "openvino": {"engine": "openvino"},
        }.items()
    }
    assert digests["auto"] == digests["onnxruntime"] == embedder.digest
    assert digests["torch"] == reference_digest(base, "fp32")
    assert len(set(digests.values())) == 4
    assert readable_digests(LOCK_FILE, EmbeddingSettings()) == set(digests.values())
    assert all(embedder.reads(digest) for digest in digests.values())
    assert not embedder.reads(reference_digest("0" * 64, "fp32"))
    torch = EmbeddingSettings(engine="torch", precision="fp32")
    assert readable_digests(LOCK_FILE, torch) == {digests["torch"]}


def test_the_digest_of_the_reference_is_the_one_it_always_had() -> None:
    """A home that keeps `engine: torch` embeds nothing again: this digest stands in its generations and its cache."""
    made_before = "e827db5092d7f7a72853bb77b77f7d7706fbb0c97c1d945280a2dc82d7360195"
    assert reference_digest(lock().digest(MODEL), "fp32") == made_before


def test_embedding_uses_no_network_and_loads_no_pytorch() -> None:
    """In a fresh process, with sockets forbidden and warnings as errors."""
    file, lineage = derived_model()
    code = f"""
import socket, sys
from pathlib import Path
def refuse(*_):
    raise AssertionError("network")
socket.socket.connect = refuse
from pipeline.models.embedder import DerivedEmbedder
embedder = DerivedEmbedder(Path({str(lock().folder(MODEL))!r}), Path({str(file)!r}), {lineage.base_digest!r}, threads=1)
embedder.digest
heavy = {{"torch", "transformers", "sentence_transformers", "onnx", "onnxruntime", "tokenizers", "apache_beam"}}
assert not heavy & set(sys.modules)
assert embedder.embed(["hello"]).shape == (1, 384)
assert heavy & set(sys.modules) == {{"onnxruntime", "tokenizers"}}
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, cwd=Path.cwd()
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
