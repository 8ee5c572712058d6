"""Bills of materials: their shape, and that nothing of the locks is missing in them."""

import copy
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.domain.bills import data_component, written
from pipeline.models.lock import ModelLock
from scripts.release.bills import (
    VENDORED,
    Release,
    all_hashes,
    content_digest,
    model_bill,
    software_bill,
)
from scripts.release.dependencies import read_dependencies
from scripts.release.installed import InstalledPackages, compared
from scripts.release.locked import LOCK, ROOT, read_lock, runtime_names
from tests.support.cyclonedx import shape_faults

PACKAGES = read_lock(LOCK.read_text(encoding="utf-8"))
RELEASE = Release(datetime(2026, 11, 30, 12, tzinfo=UTC), "c" * 40)


@pytest.fixture(scope="module")
def software() -> dict[str, Any]:
    return software_bill(ROOT, RELEASE, PACKAGES, read_dependencies())


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return model_bill(ROOT, RELEASE)


def test_both_bills_have_the_shape_of_the_standard(software: dict[str, Any], models: dict[str, Any]) -> None:
    assert shape_faults(software) == []
    assert shape_faults(models) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda bill: bill.update(specVersion="1.6"),
        lambda bill: bill["components"][0].pop("name"),
        lambda bill: bill["components"][0].update(sha256="a"),
        lambda bill: bill["components"][0].update(type="package"),
        lambda bill: bill["components"].append(bill["components"][0]),
        lambda bill: bill["dependencies"][0]["dependsOn"].append("pkg:pypi/no-such-package@1"),
        lambda bill: bill["components"][-1].update(hashes=[{"alg": "SHA-256", "content": "short"}]),
        lambda bill: bill["components"][0].update(modelCard={"modelParameters": {"task": "none"}}),
    ],
)
def test_a_bill_of_another_shape_is_noticed(software: dict[str, Any], change: Any) -> None:
    changed = copy.deepcopy(software)
    change(changed)
    assert shape_faults(changed)


def test_every_locked_package_is_there_with_each_of_its_hashes(software: dict[str, Any]) -> None:
    listed = {one["bom-ref"]: one for one in software["components"]}
    for package in PACKAGES:
        component = listed[package.purl]
        assert sorted(all_hashes([component])) == list(package.hashes)
        assert (component["scope"] == "required") == (package.name in runtime_names(PACKAGES))
    unlicensed = {
        one["name"] for one in listed.values() if one["bom-ref"].startswith("pkg:pypi") and "licenses" not in one
    }
    assert unlicensed == set(read_dependencies().licences["LicenseRef-unknown"])


def test_who_needs_whom_is_what_the_lock_says(software: dict[str, Any]) -> None:
    needs = {one["ref"]: set(one["dependsOn"]) for one in software["dependencies"]}
    names = {one.name: one for one in PACKAGES}
    assert names["starlette"].purl in needs[names["fastapi"].purl]
    assert names["fastapi"].purl in needs[software["metadata"]["component"]["bom-ref"]]
    assert names["pytest"].purl not in needs[software["metadata"]["component"]["bom-ref"]]
    assert sum(map(len, needs.values())) > len(PACKAGES)


def test_scripts_of_others_images_and_jars_are_there(software: dict[str, Any]) -> None:
    hashes = set(all_hashes(software["components"]))
    for name in VENDORED:
        assert hashlib.sha256((ROOT / "pipeline/web/static" / name).read_bytes()).hexdigest() in hashes
    assert {path.name for path in (ROOT / "pipeline" / "web" / "static").glob("*.min.js")} == set(VENDORED)
    jars = [path.read_text().split()[0::2] for path in (ROOT / "configs" / "deploy").rglob("jars.sha256")]
    assert len(jars) == 3
    assert {digest for listed in jars for digest in listed} <= hashes
    assert {one["name"] for one in software["components"] if one["type"] == "container"} == {"golang", "python"}


def test_every_model_is_there_with_each_of_its_files_and_what_is_derived_from_it(models: dict[str, Any]) -> None:
    lock = ModelLock.load(ROOT / "configs" / "models.lock.yaml")
    listed = {one["name"]: one for one in models["components"] if one["type"] == "machine-learning-model"}
    assert set(listed) == set(lock.models)
    for name, model in lock.models.items():
        expected = {file.sha256 for file in model.files} | set(model.derived.values())
        assert set(all_hashes([listed[name]])) == expected
        assert listed[name]["licenses"] == [{"expression": model.licence}]


def test_a_trained_model_names_its_data(models: dict[str, Any]) -> None:
    listed = {one["name"]: one for one in models["components"]}
    (data,) = listed["plain-orders"]["modelCard"]["modelParameters"]["datasets"]
    assert data == {"ref": "data:training-plain-orders"}
    assert listed["training-plain-orders"]["type"] == "data"
    assert "datasets" not in listed["en_core_web_sm"]["modelCard"]["modelParameters"]


def test_corpora_have_classification_and_owner(models: dict[str, Any]) -> None:
    listed = {one["name"]: one for one in models["components"] if one["type"] == "data"}
    sources = yaml.safe_load((ROOT / "configs" / "demo" / "sources.yaml").read_text())["sources"]
    assert len(sources) >= 5
    for source in sources:
        (data,) = listed[f"demo-{source['name']}"]["data"]
        assert data["classification"] == source["classification"]
        assert data["governance"] == {"owners": [{"organization": {"name": source["owner"]}}]}


def test_the_digest_of_a_folder_follows_content_and_names_only(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder / "deep").mkdir(parents=True)
        (tmp_path / folder / "deep" / "a.md").write_text("text")
    assert content_digest(tmp_path / "one") == content_digest(tmp_path / "two")
    (tmp_path / "two" / "deep" / "a.md").rename(tmp_path / "two" / "deep" / "b.md")
    renamed = content_digest(tmp_path / "two")
    (tmp_path / "two" / "deep" / "b.md").write_text("other")
    assert len({content_digest(tmp_path / "one"), renamed, content_digest(tmp_path / "two")}) == 3


def test_the_same_input_gives_the_same_bytes_and_another_commit_others() -> None:
    one, two = (written(model_bill(ROOT, RELEASE)) for _ in range(2))
    assert one == two
    assert written(model_bill(ROOT, RELEASE._replace(commit="d" * 40))) != one


@pytest.mark.parametrize(
    ("text", "written_as"),
    [
        ("CC0-1.0", {"expression": "CC0-1.0"}),
        ("MIT OR Apache-2.0", {"expression": "MIT OR Apache-2.0"}),
        ("Apache-2.0 WITH LLVM-exception", {"expression": "Apache-2.0 WITH LLVM-exception"}),
        ("Ask Mary first", {"license": {"name": "Ask Mary first"}}),
    ],
)
def test_a_licence_that_is_not_an_expression_keeps_its_name(text: str, written_as: dict[str, Any]) -> None:
    component = data_component("x", classifications=["public"], owner="o", content="a" * 64, licence=text)
    assert component["licenses"] == [written_as]


def test_installed_packages_are_compared_with_a_bill(software: dict[str, Any]) -> None:
    wanted = {one["name"]: one["version"] for one in software["components"] if one["bom-ref"].startswith("pkg:pypi")}
    installed = dict(wanted)
    del installed["rich"]
    installed |= {"typer": "0.0.1", "left-pad": "1.0"}
    found = compared(software, installed)
    assert isinstance(found, InstalledPackages)
    assert "rich" in found.absent
    assert found.other == (f"typer 0.0.1 in place of {wanted['typer']}",)
    assert found.unlisted == ("left-pad 1.0",)
    assert len(found.equal) == len(wanted) - 2
