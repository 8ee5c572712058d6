"""Models that are added to a home (law 12): only numbers and JSON are taken, and only what was locked is loaded."""

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from pipeline.domain.errors import Conflict, ModelLockError, UsageError
from pipeline.models.added import add
from pipeline.models.embedder import embedder_digest
from pipeline.models.in_use import all_readable, model_of, settings_reading, with_model
from pipeline.models.lock import LockedModel, ModelLock
from pipeline.models.sentence_transformers_folder import TAKEN
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.settings.places import HomeFiles
from tests.support.models import LOCK_FILE, MODEL
from tests.support.tiny_model import tiny_model


@pytest.fixture
def files(tmp_path: Path) -> HomeFiles:
    made = HomeFiles(tmp_path / "home")
    made.configs.mkdir(parents=True)
    shutil.copyfile(LOCK_FILE, made.models_lock)
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "source")


def taken(files: HomeFiles, source: Path, name: str = "tiny") -> LockedModel:
    return add(files, source, name, "MIT", "made for this test")


def refused(files: HomeFiles, source: Path, match: str) -> None:
    with pytest.raises(ModelLockError, match=match):
        taken(files, source)
    assert "tiny" not in ModelLock.load(files.models_lock).models
    assert not (files.models / "tiny").exists()
    assert not list(files.models.glob(".tmp-*"))


def change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_an_added_model_is_a_copy_with_every_file_locked(files: HomeFiles, source: Path) -> None:
    before = ModelLock.load(files.models_lock)
    comments = [line for line in files.models_lock.read_text().splitlines() if line.startswith("#")]
    model = taken(files, source)
    lock = ModelLock.load(files.models_lock)
    assert lock.verified("tiny") == files.models / "tiny"
    assert (model.dimensions, model.max_tokens, model.derivable) == (24, 48, True)
    assert {name: lock.digest(name) for name in before.models} == {n: before.digest(n) for n in before.models}
    assert lock.model(MODEL) == before.model(MODEL)
    assert [line for line in files.models_lock.read_text().splitlines() if line.startswith("#")] == comments
    shutil.rmtree(source)
    assert lock.verified("tiny")


def test_adding_the_same_again_changes_nothing_and_mends_a_damaged_copy(files: HomeFiles, source: Path) -> None:
    first, text = taken(files, source), files.models_lock.read_text()
    assert taken(files, source) == first
    assert files.models_lock.read_text() == text
    weights = files.models / "tiny" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(ModelLockError, match="SHA-256"):
        ModelLock.load(files.models_lock).verified("tiny")
    taken(files, source)
    assert ModelLock.load(files.models_lock).verified("tiny")


def test_a_name_stands_for_one_model(files: HomeFiles, source: Path, tmp_path: Path) -> None:
    taken(files, source)
    with pytest.raises(Conflict, match="another model named"):
        taken(files, tiny_model(tmp_path / "other", seed=2))
    assert ModelLock.load(files.models_lock).verified("tiny")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "a b", "x" * 65, "a\n"])
def test_a_name_with_other_characters_is_refused(files: HomeFiles, source: Path, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        taken(files, source, name)


@pytest.mark.parametrize("folder", ["elsewhere/tiny", "models", "models/..", "models/a/b", "tiny"])
def test_law_12_a_lock_cannot_lead_out_of_the_models_of_the_home(files: HomeFiles, source: Path, folder: str) -> None:
    with pytest.raises(ValueError, match="folder in models/"):
        LockedModel.model_validate(taken(files, source).model_dump() | {"folder": folder})


@property_settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(
        ["pytorch_model.bin", "modeling_own.py", "onnx/model.onnx", "tf_model.h5", "2_Dense/model.pkl", "x"]
    ),
    st.binary(max_size=20),
)
def test_law_12_files_that_are_never_loaded_are_not_taken(
    tmp_path_factory: pytest.TempPathFactory, path: str, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("added")
    files = HomeFiles(folder / "home")
    files.configs.mkdir(parents=True)
    shutil.copyfile(LOCK_FILE, files.models_lock)
    source = tiny_model(folder / "source")
    (source / path).parent.mkdir(exist_ok=True)
    (source / path).write_bytes(pickle.dumps("a") + data)
    model = taken(files, source)
    assert {file.path for file in model.files} <= set(TAKEN)
    assert not (files.models / "tiny" / path).exists()


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("path", ["vocab.txt", "model.safetensors", "README.md"])
def test_law_12_a_pickle_under_a_name_that_is_taken_is_refused(
    files: HomeFiles, source: Path, path: str, protocol: int
) -> None:
    (source / path).write_bytes(pickle.dumps({"a": 1}, protocol))
    refused(files, source, "pickle|no tensors")


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "sentence_bert_config.json"])
def test_law_12_a_model_with_code_of_its_own_is_refused(files: HomeFiles, source: Path, file: str) -> None:
    change(source / file, auto_map={"AutoModel": "modeling_own.Own"})
    refused(files, source, f"{file} names code of its own")


@pytest.mark.parametrize(
    ("modules", "match"),
    [
        (["sentence_transformers.models.Transformer", "sentence_transformers.models.Dense"], "other parts"),
        (["own_package.Transformer", "sentence_transformers.models.Pooling"], "other parts"),
        (["sentence_transformers.models.Pooling"], "other parts"),
    ],
)
def test_a_model_of_other_parts_is_refused(files: HomeFiles, source: Path, modules: list[str], match: str) -> None:
    (source / "modules.json").write_text(json.dumps([{"type": name, "path": ""} for name in modules]))
    refused(files, source, match)


def test_a_model_that_puts_words_before_questions_is_refused(files: HomeFiles, source: Path) -> None:
    settings = source / "config_sentence_transformers.json"
    settings.write_text(json.dumps({"prompts": {"query": "", "document": ""}, "default_prompt_name": None}))
    assert taken(files, source, "without")
    settings.write_text(json.dumps({"prompts": {"query": "query: "}}))
    refused(files, source, "other words in front of questions")


@pytest.mark.parametrize("path", ["config.json", "modules.json", "tokenizer.json", "model.safetensors", "1_Pooling"])
def test_a_folder_that_lacks_a_part_is_refused_by_its_name(files: HomeFiles, source: Path, path: str) -> None:
    shutil.rmtree(source / path) if (source / path).is_dir() else (source / path).unlink()
    refused(files, source, path)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"[" * 100_000, b"\xff\xfe", b"null"])
@pytest.mark.parametrize("path", ["config.json", "modules.json", "1_Pooling/config.json"])
def test_a_configuration_that_cannot_be_read_is_refused(files: HomeFiles, source: Path, path: str, data: bytes) -> None:
    (source / path).write_bytes(data)
    refused(files, source, path if data != b"[]" or path != "modules.json" else "other parts")


@pytest.mark.parametrize("value", [0, -3, 1.5, "24", True, None])
def test_a_size_other_than_a_whole_number_is_refused(files: HomeFiles, source: Path, value: object) -> None:
    change(source / "config.json", hidden_size=value)
    refused(files, source, "hidden_size")


def test_law_07_a_model_that_lacks_weights_is_refused(files: HomeFiles, source: Path) -> None:
    """The library would make up the missing ones at random each time."""
    weights = load_file(source / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, source / "model.safetensors", metadata={"format": "pt"})
    refused(files, source, "lacks weights")


def test_the_generation_decides_which_model_is_used(files: HomeFiles, source: Path) -> None:
    taken(files, source)
    settings, lock = EmbeddingSettings(), files.models_lock
    tiny = with_model(lock, settings, "tiny")
    digests = {name: embedder_digest(lock, with_model(lock, settings, name)) for name in (MODEL, "tiny")}
    assert len(set(digests.values())) == 2
    assert set(digests.values()) <= all_readable(lock, settings)
    assert {name: model_of(lock, digest) for name, digest in digests.items()} == {name: name for name in digests}
    assert settings_reading(lock, settings, digests["tiny"]) == tiny
    assert settings_reading(lock, settings, digests[MODEL]).model == MODEL
    assert settings_reading(lock, tiny, "0" * 64).model == "tiny"
    assert settings_reading(lock, settings, None).model == MODEL


def test_a_model_that_cannot_be_derived_is_computed_by_torch(files: HomeFiles, source: Path) -> None:
    change(source / "1_Pooling" / "config.json", pooling_mode_cls_token=True, pooling_mode_mean_tokens=False)
    model = taken(files, source)
    assert not model.derivable
    settings = with_model(files.models_lock, EmbeddingSettings(), "tiny")
    assert not settings.derived
    assert with_model(files.models_lock, EmbeddingSettings(), MODEL).derived


def test_first_token_pooling_is_that_of_the_library(files: HomeFiles, source: Path) -> None:
    from sentence_transformers import SentenceTransformer

    from pipeline.models.reference import SentenceTransformerEmbedder

    change(source / "1_Pooling" / "config.json", pooling_mode_cls_token=True, pooling_mode_mean_tokens=False)
    model, texts = taken(files, source), ["tea is at four", "soup", "what lamp " * 40]
    ours = SentenceTransformerEmbedder(files.models / "tiny", model.digest, "fp32", 1, model.shape).embed(texts)
    library = SentenceTransformer(str(source), device="cpu", local_files_only=True).encode(texts)
    assert np.abs(ours - library).max() < 1e-5
