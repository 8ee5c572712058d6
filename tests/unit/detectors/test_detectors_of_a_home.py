"""Which detectors a home has, and that the digest of its verdicts says so."""

import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.detectors.suite import DETECTORS, OVERT_ORDERS, PLAIN_ORDERS, in_use, suite_digest
from pipeline.domain.errors import ModelLockError
from pipeline.models.lock import ModelLock
from pipeline.settings.application import DetectorSettings
from pipeline.settings.home import default_configs

ON, OFF = DetectorSettings(), DetectorSettings(plain_orders=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(default_configs() / "detectors", tmp_path / "configs" / "detectors")
    shutil.copy(default_configs() / "models.lock.yaml", tmp_path / "configs")
    return tmp_path


def relock(home: Path, drop: bool = False, model: str = PLAIN_ORDERS, **fields: object) -> None:
    file = home / "configs" / "models.lock.yaml"
    lock = yaml.safe_load(file.read_text())
    lock["models"][model] |= fields
    if drop:
        del lock["models"][model]
    file.write_text(yaml.safe_dump(lock))


def test_a_new_home_has_every_detector(home: Path) -> None:
    assert in_use(ON, home) == DETECTORS


def test_the_setting_leaves_out_plain_orders_and_nothing_else(home: Path) -> None:
    assert set(DETECTORS) - set(in_use(OFF, home)) == {"plain_orders"}


def test_a_home_from_before_whose_lock_does_not_name_the_model_works_without(home: Path) -> None:
    relock(home, drop=True)
    assert in_use(ON, home) == in_use(OFF, home)


def test_verdicts_with_and_without_the_model_differ_in_their_digest(home: Path) -> None:
    with_model, without = suite_digest(ON, home), suite_digest(OFF, home)
    file = ModelLock.load(home / "configs" / "models.lock.yaml").model(PLAIN_ORDERS).files[0].model_dump()
    relock(home, files=[file | {"sha256": "0" * 64}])
    assert len({with_model, without, suite_digest(ON, home)}) == 3


def test_a_model_that_differs_from_the_lock_is_refused(home: Path) -> None:
    lock = ModelLock.load(home / "configs" / "models.lock.yaml")
    files = [file.model_dump() | {"sha256": "0" * 64} for file in lock.model(PLAIN_ORDERS).files]
    relock(home, files=files)
    with pytest.raises(ModelLockError, match="SHA-256"):
        ModelLock.load(home / "configs" / "models.lock.yaml").verified(PLAIN_ORDERS)


def test_verdicts_with_and_without_the_model_of_overt_orders_differ_in_their_digest(home: Path) -> None:
    with_model, without = suite_digest(ON, home), suite_digest(DetectorSettings(overt_orders=False), home)
    relock(home, drop=True, model=OVERT_ORDERS)
    assert with_model != without == suite_digest(ON, home)
    assert in_use(ON, home) == DETECTORS
