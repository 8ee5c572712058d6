"""Compare a software bill of materials with the packages that are installed here.

    python -m scripts.release.installed dist/corpusgate-0.1.0.cdx.json

Exit code 0: every installed package is in the bill with its version. 1: one is not. Packages of the bill that are not
installed are listed: they may be for another platform or Python.
"""

import importlib.metadata
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name

_INSTALLERS = ("pip", "setuptools", "wheel")
"""What `python -m venv` brings along."""


class InstalledPackages(NamedTuple):
    """Names of packages, with versions where they matter."""

    equal: tuple[str, ...]
    other: tuple[str, ...]
    """Installed in another version than the bill has."""
    unlisted: tuple[str, ...]
    """Installed, and not in the bill."""
    absent: tuple[str, ...]
    """In the bill, and not installed."""


def compared(bill: Mapping[str, Any], installed: Mapping[str, str]) -> InstalledPackages:
    """A bill and installed versions by canonical name."""
    listed: dict[str, set[str]] = {}
    for one in bill["components"]:
        if one["bom-ref"].startswith("pkg:pypi/"):
            listed.setdefault(canonicalize_name(one["name"]), set()).add(one["version"])
    apart = {"corpusgate", *_INSTALLERS} - listed.keys()
    there = {name: version for name, version in installed.items() if name not in apart}
    return InstalledPackages(
        equal=tuple(name for name, version in sorted(there.items()) if version in listed.get(name, ())),
        other=tuple(
            f"{name} {version} in place of {', '.join(sorted(listed[name]))}"
            for name, version in sorted(there.items())
            if name in listed and version not in listed[name]
        ),
        unlisted=tuple(f"{name} {version}" for name, version in sorted(there.items()) if name not in listed),
        absent=tuple(sorted(listed.keys() - there.keys())),
    )


def installed_versions() -> dict[str, str]:
    """Canonical name to version of every installed distribution."""
    return {canonicalize_name(one.metadata["Name"]): one.version for one in importlib.metadata.distributions()}


def main() -> int:
    """Print the comparison; returns the exit code."""
    found = compared(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), installed_versions())
    print(f"{len(found.equal)} installed packages are in the bill with their version.")
    print(f"{len(found.other)} are installed in another version: {'; '.join(found.other) or 'none'}.")
    print(f"{len(found.unlisted)} are installed and not in the bill: {', '.join(found.unlisted) or 'none'}.")
    print(f"{len(found.absent)} are in the bill and not installed: {', '.join(found.absent) or 'none'}.")
    return int(bool(found.other or found.unlisted))


if __name__ == "__main__":
    sys.exit(main())
