"""Which trained models a home reads with, and that the digest of its verdicts says so."""

import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.detectors.suite import OVERT_ORDERS, PLAIN_ORDERS, suite_digest, trained_models
from pipeline.domain.errors import ModelLockError
from pipeline.models.lock import ModelLock
from pipeline.settings.application import DetectorSettings
from pipeline.settings.home import default_configs

EITHER = {"overt": OVERT_ORDERS, "plain": PLAIN_ORDERS}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(default_configs() / "detectors", tmp_path / "configs" / "detectors")
    shutil.copy(default_configs() / "models.lock.yaml", tmp_path / "configs")
    return tmp_path


def relock(home: Path, model: str, drop: bool = False, **fields: object) -> None:
    file = home / "configs" / "models.lock.yaml"
    lock = yaml.safe_load(file.read_text())
    lock["models"][model] |= fields
    if drop:
        del lock["models"][model]
    file.write_text(yaml.safe_dump(lock))


def models(settings: DetectorSettings, home: Path) -> dict[str, str]:
    return trained_models(settings, ModelLock.load(home / "configs" / "models.lock.yaml"))


def test_a_new_home_reads_with_both_models(home: Path) -> None:
    assert models(DetectorSettings(), home) == EITHER


@pytest.mark.parametrize("left_out", EITHER)
def test_a_setting_leaves_out_one_model(left_out: str, home: Path) -> None:
    settings = DetectorSettings.model_validate({f"{left_out}_orders": False})
    assert models(settings, home) == {name: model for name, model in EITHER.items() if name != left_out}


@pytest.mark.parametrize("left_out", EITHER)
def test_a_home_from_before_whose_lock_does_not_name_a_model_works_without(left_out: str, home: Path) -> None:
    relock(home, EITHER[left_out], drop=True)
    assert set(models(DetectorSettings(), home)) == set(EITHER) - {left_out}


@pytest.mark.parametrize("name", EITHER)
def test_verdicts_with_and_without_a_model_and_with_another_differ_in_their_digest(name: str, home: Path) -> None:
    digests = [suite_digest(DetectorSettings(), home)]
    digests.append(suite_digest(DetectorSettings.model_validate({f"{name}_orders": False}), home))
    file = ModelLock.load(home / "configs" / "models.lock.yaml").model(EITHER[name]).files[0].model_dump()
    relock(home, EITHER[name], files=[file | {"sha256": "0" * 64}])
    digests.append(suite_digest(DetectorSettings(), home))
    assert len(set(digests)) == 3


def test_a_model_that_differs_from_the_lock_is_refused(home: Path) -> None:
    lock = ModelLock.load(home / "configs" / "models.lock.yaml")
    files = [file.model_dump() | {"sha256": "0" * 64} for file in lock.model(PLAIN_ORDERS).files]
    relock(home, PLAIN_ORDERS, files=files)
    with pytest.raises(ModelLockError, match="SHA-256"):
        ModelLock.load(home / "configs" / "models.lock.yaml").verified(PLAIN_ORDERS)
