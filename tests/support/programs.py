"""Programs that read the files of configs/deploy, and how to get one that is missing."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "configs" / "deploy"
_OWN = ROOT / ".tools" / "deploy" / "bin"


def program(name: str) -> str:
    """Path of a program that `scripts/test_tools.sh` installs."""
    found = shutil.which(name, path=str(_OWN)) or shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"there is no {name}: scripts/test_tools.sh installs it")
    return found


def stub(folder: Path, name: str, script: str) -> Path:
    """A program of that name that does what the shell script says."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path
