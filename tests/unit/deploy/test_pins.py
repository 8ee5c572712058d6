"""Base images and jars are pinned by digest, and jars with other bytes are not installed."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.programs import DEPLOY, ROOT, stub

POMS = sorted(DEPLOY.rglob("pom.xml"))
LINE = re.compile(r"[0-9a-f]{64}  [A-Za-z0-9._-]+\.jar")
JARS = {"a-1.0.jar": b"one", "b-2.0.jar": b"two"}


def test_every_base_image_is_pinned_by_digest() -> None:
    for path in DEPLOY.rglob("Dockerfile"):
        stages = set(re.findall(r" AS (\S+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
        for image in re.findall(r"^FROM (\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            assert image in stages or re.fullmatch(r"[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}", image)


def test_one_image_has_one_digest() -> None:
    found = set(
        re.findall(r"^FROM (\S+)@sha256:(\S+)", (DEPLOY / "container" / "Dockerfile").read_text(), re.MULTILINE)
    )
    assert len({name for name, _ in found}) == len(found)


@pytest.mark.parametrize("pom", POMS, ids=lambda path: path.parent.name)
def test_every_pom_has_a_list_of_its_jars_that_names_its_own_versions(pom: Path) -> None:
    lines = (pom.parent / "jars.sha256").read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(LINE.fullmatch(line) for line in lines)
    names = [line.split()[1] for line in lines]
    assert names == sorted(set(names)), "the order of `LC_ALL=C`, each once"
    text = pom.read_text(encoding="utf-8")
    properties = dict(re.findall(r"<([a-z.]+\.version)>([^<]+)</", text))
    for artefact, version in re.findall(r"<artifactId>([^<*]+)</artifactId>\s*<version>([^<]+)</version>", text):
        if artefact in ("flink", "kafka-broker", "kafka-io"):
            continue  # the POM itself
        stated = properties.get(version.removeprefix("${").removesuffix("}"), version)
        assert f"{artefact}-{stated}.jar" in names


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose Maven fetches two small jars, both of them listed next to Flink's POM."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "tools.sh", tmp_path / "scripts" / "tools.sh")
    folder = tmp_path / "configs" / "deploy" / "flink"
    folder.mkdir(parents=True)
    (folder / "pom.xml").write_text("<project/>")
    listed = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in JARS.items())
    (folder / "jars.sha256").write_text(listed)
    served = tmp_path / "served"
    served.mkdir()
    for name, data in JARS.items():
        (served / name).write_bytes(data)
    stub(tmp_path / "bin", "java", "exit 0")
    stub(
        tmp_path / "bin",
        "mvn",
        f'for one in "$@"; do case $one in -DoutputDirectory=*) to=${{one#*=}} ;; esac; done\n'
        f'mkdir -p "$to" && cp "{served}"/* "$to"',
    )
    return tmp_path


def fetch(clone: Path) -> subprocess.CompletedProcess[str]:
    path = f"{clone / 'bin'}:{os.environ['PATH']}"
    command = ["bash", str(clone / "scripts" / "tools.sh"), "flink"]
    return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)


def test_jars_that_are_as_listed_are_installed(clone: Path) -> None:
    done = fetch(clone)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (clone / ".tools" / "flink").glob("*.jar")} == set(JARS)


@pytest.mark.parametrize("change", ["changed", "missing", "added"])
def test_jars_that_differ_from_the_list_are_named_and_not_installed(clone: Path, change: str) -> None:
    served = clone / "served"
    if change == "changed":
        (served / "a-1.0.jar").write_bytes(b"another")
    elif change == "missing":
        (served / "a-1.0.jar").unlink()
    else:
        (served / "a-1.0.jar").rename(served / "c-1.0.jar")
        (served / "a-1.0.jar").write_bytes(JARS["a-1.0.jar"])
    done = fetch(clone)
    assert done.returncode == 1
    assert ("c-1.0.jar" if change == "added" else "a-1.0.jar") in done.stderr
    assert not (clone / ".tools" / "flink").exists()
