"""Build a release: reproducible packages, bills of materials and provenance. `make release` runs it.

    python -m scripts.release [--to dist] [--keys FOLDER]

It builds the commit that is checked out, never the files around it: the same commit gives the same bytes in every
folder, with the packages of requirements.lock. `--keys` names a folder with a signing key as in the `keys` folder of a
home; without it nothing is signed, and the last line says so. Exit code 0: everything was written. 1: the working tree
has changes that are not committed, and nothing was built.
"""

import argparse
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.domain.bills import written
from pipeline.domain.digests import canonical_json, digest_bytes
from pipeline.index.manifest import PAYLOAD_TYPE, STATEMENT_TYPE
from pipeline.index.signing import Signer
from pipeline.settings.files import load
from scripts.release.bills import Release, model_bill, software_bill
from scripts.release.dependencies import Dependencies
from scripts.release.locked import ROOT, read_lock

BUILD_TYPE = "https://corpusgate.dev/build/release/v1"
BUILDER = "https://corpusgate.dev/builder/make-release/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
SUMS, STATEMENT, ENVELOPE = "SHA256SUMS", "provenance.json", "provenance.dsse.json"
_MATERIALS = ("requirements.lock", "configs/models.lock.yaml", "configs/dependencies.yaml", "pyproject.toml")


def release(repository: Path, to: Path, keys: Path | None = None) -> dict[str, str]:
    """Write the release of the commit that is checked out; returns each file with its SHA-256."""
    commit = _git(repository, "rev-parse", "HEAD").decode().strip()
    seconds = int(_git(repository, "log", "-1", "--format=%ct"))
    made = Release(datetime.fromtimestamp(seconds, UTC), commit)
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="corpusgate-release-") as folder:
        source = Path(folder) / f"corpusgate-{__version__}"
        _export(repository, source)
        _build(source, Path(folder) / "built", seconds)
        files = {path.name: path.read_bytes() for path in (Path(folder) / "built").iterdir()}
        packages = read_lock((source / "requirements.lock").read_text(encoding="utf-8"))
        known = load(source / "configs" / "dependencies.yaml", Dependencies)
        files[f"corpusgate-{__version__}.cdx.json"] = written(software_bill(source, made, packages, known))
        files[f"corpusgate-{__version__}.models.cdx.json"] = written(model_bill(source, made))
        materials = {name: digest_bytes((source / name).read_bytes()) for name in _MATERIALS}
    digests = {name: digest_bytes(data) for name, data in sorted(files.items())}
    statement = canonical_json(provenance(digests, made, materials))
    files[SUMS] = "".join(f"{digest}  {name}\n" for name, digest in digests.items()).encode()
    files[STATEMENT] = statement + b"\n"
    if keys is not None:
        files[ENVELOPE] = canonical_json(Signer.load(keys).sign(statement, PAYLOAD_TYPE)) + b"\n"
    else:
        (to / ENVELOPE).unlink(missing_ok=True)  # an older signature would vouch for other files
    for name, data in files.items():
        (to / name).write_bytes(data)
    return {name: digest_bytes(data) for name, data in sorted(files.items())}


def provenance(digests: Mapping[str, str], made: Release, materials: Mapping[str, str]) -> dict[str, Any]:
    """SLSA provenance v1: the files, the commit and the locks that they were built from."""
    locks = [{"name": name, "digest": {"sha256": digest}} for name, digest in materials.items()]
    return {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in digests.items()],
        "predicateType": PROVENANCE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"version": __version__},
                "internalParameters": {"SOURCE_DATE_EPOCH": int(made.made.timestamp())},
                "resolvedDependencies": [{"name": "source", "digest": {"gitCommit": made.commit}}, *locks],
            },
            # Without times of the build: they would differ, and the same commit is to give the same bytes.
            "runDetails": {"builder": {"id": BUILDER}},
        },
    }


def _git(repository: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=True).stdout


def _export(repository: Path, source: Path) -> None:
    """The files of the commit, without anything that lies around them."""
    with tarfile.open(fileobj=io.BytesIO(_git(repository, "archive", "--format=tar", "HEAD"))) as archive:
        archive.extractall(source, filter="data")


def _build(source: Path, built: Path, seconds: int) -> None:
    """Wheel and source archive by the locked build backend, with the time of the commit for every file."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(seconds), "PYTHONHASHSEED": "0"}
    # The backend is called in this environment: an isolated one would fetch its newest version.
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(built)]
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True)


def main() -> int:
    """Build, and print each file with its digest."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--to", type=Path, default=ROOT / "dist", help="folder of the release")
    parser.add_argument("--keys", type=Path, help="folder with the key that signs it")
    given = parser.parse_args()
    if _git(ROOT, "status", "--porcelain", "--untracked-files=no"):
        # The bills are written by the code around the commit, so that code must be the code of the commit.
        print("The working tree has changes that are not committed. Nothing was built.", file=sys.stderr)
        print("Commit them or put them away, then try again.", file=sys.stderr)
        return 1
    for name, digest in release(ROOT, given.to, given.keys).items():
        print(f"{digest}  {given.to / name}")
    if given.keys is None:
        print("Nothing was signed. Give KEYS=FOLDER, a folder with a signing key.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
