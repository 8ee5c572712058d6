"""The image: its Dockerfile, read by hadolint's parser, and what its commands do."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.programs import DEPLOY, ROOT, program, stub

FOLDER = DEPLOY / "container"
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def lint(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("hadolint"), "--no-color", "-"], input=text, capture_output=True, text=True, check=False, timeout=60
    )


def test_hadolint_has_nothing_to_say() -> None:
    found = lint(DOCKERFILE)
    assert (found.returncode, found.stdout) == (0, "")


def test_hadolint_would_refuse_an_instruction_that_is_none() -> None:
    assert lint(DOCKERFILE.replace("\nUSER ", "\nUSR ")).returncode != 0


def test_it_runs_as_nobody_and_as_whom_the_pods_run() -> None:
    (user,) = re.findall(r"^USER (\d+):\d+$", DOCKERFILE, flags=re.MULTILINE)
    assert int(user) > 0
    pods = {
        int(found)
        for path in (DEPLOY / "kubernetes").glob("*.yaml")
        for found in re.findall(r"runAsUser: (\d+)", path.read_text(encoding="utf-8"))
    }
    assert pods == {int(user)}


def test_prism_has_the_version_of_the_lock() -> None:
    (version,) = re.findall(r"^ARG BEAM=(\S+)$", DOCKERFILE, flags=re.MULTILINE)
    assert f"\napache-beam=={version} " in LOCK


def test_what_is_copied_is_there_and_sent_to_the_builder() -> None:
    kept = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    for names in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE):
        for name in names.split():
            assert (ROOT / name).exists()
            assert f"!{name.split('/')[0]}" in kept


def awk(starting: str) -> str:
    """What the Dockerfile's awk program that starts so makes of the lock."""
    (script,) = (found for found in re.findall(r"awk '([^']+)'", DOCKERFILE) if starting in found)
    return subprocess.run(["awk", script], input=LOCK, capture_output=True, text=True, check=True).stdout


def test_uv_is_taken_from_the_lock_with_its_hashes() -> None:
    found = awk("uv==")
    assert re.match(r"uv==\S+ \\\n\s+--hash=sha256:", found)
    assert not re.search(r"^(?!uv==)[a-z0-9]", found, flags=re.MULTILINE)


def test_the_cpu_build_gives_up_the_hashes_of_torch_alone() -> None:
    lost = set(LOCK.splitlines()) - set(awk("torch = ").splitlines())
    (torch,) = re.findall(r"^torch==\S+ \\\n(?:\s+--hash=\S+(?: \\)?\n)+", LOCK, flags=re.MULTILINE)
    assert {line for line in lost if "--hash" in line or re.match("[a-z0-9]", line)} == set(torch.splitlines())
    assert re.search(r"^torch==[\d.]+$", awk("torch = "), flags=re.MULTILINE)


def prepare(folder: Path, mounted: Path) -> str:
    """Run the start of a pod; returns what the home's configuration was when `corpusgate init` was called."""
    home = folder / "volume" / "home"
    stub(folder, "corpusgate", f'[ "$*" = init ] && cat {home}/configs/corpusgate.yaml')
    environment = {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "HOSTNAME": "pod-1",
        "CORPUSGATE_HOME": str(home),
        "CORPUSGATE_MOUNTED": str(mounted),
    }
    ended = subprocess.run(
        [FOLDER / "prepare-home"], env=environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert not [path for path in (home / "configs").iterdir() if path.name.startswith(".")]
    return ended.stdout


def test_the_mounted_configuration_is_in_the_home_before_anything_else(tmp_path: Path) -> None:
    mounted = tmp_path / "mounted.yaml"
    mounted.write_text("first\n", encoding="ascii")
    assert prepare(tmp_path, mounted) == "first\n"
    mounted.write_text("second\n", encoding="ascii")
    assert prepare(tmp_path, mounted) == "second\n"
    assert (tmp_path / "volume/home").stat().st_mode & 0o077 == 0


def test_a_home_without_a_mounted_configuration_keeps_its_own(tmp_path: Path) -> None:
    configs = tmp_path / "volume/home/configs"
    configs.mkdir(parents=True)
    (configs / "corpusgate.yaml").write_text("own\n", encoding="ascii")
    assert prepare(tmp_path, tmp_path / "nothing.yaml") == "own\n"


@pytest.mark.parametrize("path", sorted((DEPLOY / "kubernetes").glob("*.yaml")), ids=lambda path: path.name)
def test_pods_start_programs_of_the_image(path: Path) -> None:
    for manifest in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        for command in re.findall(r"'command': \['([^']+)'", str(manifest)):
            assert command in ("prepare-home", "sh", "sleep")
