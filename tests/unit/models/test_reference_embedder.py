"""The reference embedder, on the real model: vectors, invariance, offline and lazy."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.models.lock import ModelLock
from pipeline.models.reference import SentenceTransformerEmbedder, resolve_precision
from pipeline.models.tokenizer import load_tokenizer

LOCK = ModelLock.load(Path(__file__).parents[3] / "configs" / "models.lock.yaml")
MODEL = "all-MiniLM-L6-v2"
TEXTS = [
    "How do I reset my password?",
    "Instructions for recovering a forgotten login.",
    "The cafeteria serves soup on Tuesdays.",
    "x",
    "",
    "Ein Satz auf Deutsch über Übergrößen. 🙂",
    "The quarterly report lists revenue, cost and headcount by region. " * 12,
    "word " * 400,
]


def make(precision: str = "auto", threads: int | None = 1) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(LOCK.folder(MODEL), LOCK.digest(MODEL), precision, threads)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def embedder() -> SentenceTransformerEmbedder:
    return make()


@pytest.fixture(scope="module")
def vectors(embedder: SentenceTransformerEmbedder) -> np.ndarray:
    return embedder.embed(TEXTS)


def test_vectors_have_unit_length_and_mean_something(vectors: np.ndarray) -> None:
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    same, other = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert same > 0.5 > 0.2 > other


def test_nothing_gives_no_rows(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_a_text_has_the_same_vector_bit_for_bit_in_any_company(
    embedder: SentenceTransformerEmbedder, vectors: np.ndarray
) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.array_equal(alone, vectors)
    generator = np.random.default_rng(3)
    for _ in range(4):
        order = generator.integers(0, len(TEXTS), 40)
        assert np.array_equal(embedder.embed([TEXTS[i] for i in order]), vectors[order])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_law_07_company_changes_no_bit_in_either_precision(precision: str) -> None:
    """Also on a processor with tile units, which sum in an order that depends on the other rows."""
    made = make(precision)
    many = [f"{text} {number}" for number, text in enumerate(TEXTS * 4)]
    assert np.array_equal(made.embed(many)[:3], np.concatenate([made.embed([text]) for text in many[:3]]))


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("sse avx512f avx512_bf16", "bf16"), ("avx512_bf16 amx_tile amx_bf16", "fp32"), ("sse avx2", "fp32")],
)
def test_automatic_precision_goes_by_the_processor(monkeypatch: pytest.MonkeyPatch, flags: str, expected: str) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"model\t: 7\nflags\t\t: {flags}\nbugs\t:\n")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert resolve_precision("auto") == expected


def test_precisions_agree_closely_and_have_digests_of_their_own(vectors: np.ndarray) -> None:
    exact, short = make("fp32"), make("bf16")
    assert exact.digest != short.digest
    assert make().digest in (exact.digest, short.digest)
    assert ((exact.embed(TEXTS) * vectors).sum(axis=1) > 0.998).all()


def test_the_reference_library_gives_the_same_vectors() -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(LOCK.folder(MODEL)), device="cpu", local_files_only=True)
    expected = reference.encode(TEXTS, normalize_embeddings=True, show_progress_bar=False)
    assert np.allclose(make("fp32").embed(TEXTS), expected, atol=1e-5)


def test_the_digest_depends_on_the_model_files() -> None:
    other = SentenceTransformerEmbedder(LOCK.folder(MODEL), "0" * 64)
    assert other.digest != make().digest


def test_the_tokenizer_neither_cuts_nor_pads() -> None:
    """As published it cuts at 128 tokens, which would make every long piece look as if it fitted."""
    tokenizer = load_tokenizer(LOCK.folder(MODEL))
    assert [len(tokenizer.encode("word " * n, add_special_tokens=False).ids) for n in (0, 1, 500)] == [0, 1, 500]


def test_automatic_precision_is_one_of_the_two() -> None:
    assert resolve_precision("auto") in ("fp32", "bf16")
    assert resolve_precision("fp32") == "fp32"


def test_digest_and_import_load_no_library_and_no_network_is_used() -> None:
    """In a fresh process, with sockets forbidden and warnings as errors."""
    code = f"""
import socket, sys
from pathlib import Path
def refuse(*_):
    raise AssertionError("network")
socket.socket.connect = refuse
from pipeline.models.reference import SentenceTransformerEmbedder
embedder = SentenceTransformerEmbedder(Path({str(LOCK.folder(MODEL))!r}), "0" * 64, threads=1)
embedder.digest
assert not {{"torch", "sentence_transformers", "tokenizers", "apache_beam"}} & set(sys.modules)
assert embedder.embed(["hello"]).shape == (1, 384)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
