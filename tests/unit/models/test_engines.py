"""Engines of derived models: each keeps law 7, has a digest of its own, and is refused where it cannot run."""

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest

from pipeline.domain.errors import ModelLockError
from pipeline.domain.ports import Vectors
from pipeline.domain.serving.engine_choice import fastest
from pipeline.models import engines
from pipeline.models.derived import DerivedEngine
from pipeline.models.embedder import derived_digest, locked_embedder, readable
from pipeline.models.engines import measured, require_runnable, runnable, same_bits
from pipeline.models.parity import PROBES
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.settings.places import HomeFiles
from tests.support.models import LOCK_FILE, MODEL, derived_embedder

BF16, EXACT = frozenset({"avx2", "avx512_bf16"}), frozenset({"avx2", "avx512f"})


def installed(monkeypatch: pytest.MonkeyPatch, flags: frozenset[str], package: bool) -> None:
    """A machine with these instructions, with or without the package."""
    find = importlib.util.find_spec
    monkeypatch.setattr(engines, "instructions", lambda: flags)
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: package or None if name == "openvino" else find(name, *rest)
    )


@pytest.mark.parametrize("engine", runnable())
def test_law_07_every_engine_of_this_machine_gives_a_text_the_same_bits_in_any_company(engine: DerivedEngine) -> None:
    embed, alone = derived_embedder(2, engine).embed, derived_embedder(1, engine).embed
    assert same_bits(embed)
    texts = random.Random(3).sample(PROBES, 8)
    assert embed(texts).tobytes() == np.concatenate([alone([text]) for text in texts]).tobytes()


def test_law_07_vectors_that_depend_on_other_texts_are_seen() -> None:
    """In one place of one number, by the smallest step there is."""

    def embed(texts: list[str]) -> Vectors:
        vectors = np.ones((len(texts), 4), np.float32)
        if len(texts) > 1:
            vectors[0, 3] = np.nextafter(np.float32(1), np.float32(2))
        return vectors

    assert not same_bits(embed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("flags", "package", "expected", "lacks"),
    [
        (BF16, True, ("onnxruntime", "openvino"), ""),
        (BF16, False, ("onnxruntime",), "the Python package openvino"),
        (EXACT, True, ("onnxruntime",), "instructions for bfloat16"),
        (frozenset[str](), True, ("onnxruntime",), "instructions for bfloat16"),
    ],
)
def test_a_machine_runs_an_engine_only_with_its_package_and_its_instructions(
    monkeypatch: pytest.MonkeyPatch,
    flags: frozenset[str],
    package: bool,
    expected: tuple[str, ...],
    lacks: str,
) -> None:
    installed(monkeypatch, flags, package)
    assert runnable() == expected
    require_runnable("onnxruntime", MODEL)
    if not lacks:
        require_runnable("openvino", MODEL)
        return
    with pytest.raises(ModelLockError, match=lacks) as raised:
        require_runnable("openvino", MODEL)
    assert f"corpusgate models migrate {MODEL}" in str(raised.value.fix)


def test_a_home_whose_engine_this_processor_lacks_is_refused_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never other vectors in silence: the home was copied from a machine with bfloat16."""
    installed(monkeypatch, EXACT, package=True)
    files = HomeFiles(tmp_path)
    files.configs.mkdir()
    files.models_lock.write_bytes(LOCK_FILE.read_bytes())
    with pytest.raises(ModelLockError, match="this machine lacks processor instructions"):
        locked_embedder(files, EmbeddingSettings(engine="openvino"), lambda *_: b"")


def test_each_engine_has_a_digest_of_its_own_and_reads_the_vectors_of_the_others() -> None:
    digests = {derived_digest("0" * 64, 256, engine) for engine in ("onnxruntime", "openvino")}
    assert len(digests) == 2
    assert digests < readable("0" * 64, 256)


@pytest.mark.parametrize(
    "given", [{"engine": "openvino", "precision": "fp32"}, {"engine": "onnxruntime", "precision": "bf16"}]
)
def test_an_engine_has_one_arithmetic(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="computes in"):
        EmbeddingSettings.model_validate(given)


def test_figures_are_of_the_engines_that_were_given() -> None:
    """The second one is far from the reference, so it is not chosen, however fast it is."""

    def unit(texts: list[str]) -> Vectors:
        return np.tile(np.array([1, 0], np.float32), (len(texts), 1))

    def far(texts: list[str]) -> Vectors:
        return np.tile(np.array([0.6, 0.8], np.float32), (len(texts), 1))

    first, second = measured(unit, {"onnxruntime": unit, "openvino": far})  # type: ignore[arg-type, dict-item]
    assert (first.engine, first.lowest_cosine, first.same_bits, first.ndcg) == ("onnxruntime", 1, True, None)
    assert (second.engine, second.lowest_cosine) == ("openvino", 0.6)
    assert fastest([first, second.model_copy(update={"texts_per_processor_second": 1e9})]) == "onnxruntime"
