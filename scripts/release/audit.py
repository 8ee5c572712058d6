"""Audit the dependencies: known vulnerabilities, licences, new packages. `make audit` runs it.

    python -m scripts.release.audit [--advisories FOLDER] [--online] [--released] [--json]

Vulnerabilities are asked of pip-audit if it is installed and reaches its database, or of a folder of advisories in the
OSV format that was brought here. Otherwise they are not looked up, and the report says so. Exit code 0: nothing is
wrong with the parts that were looked up. 1: something is. `--online` fails too if no database could be asked.
`--released` writes the names of the lock to configs/dependencies.released.txt after a release.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from scripts.release.dependencies import (
    RELEASED,
    differing_licences,
    licence_problems,
    new_packages,
    read_dependencies,
    released_names,
)
from scripts.release.locked import LOCK, LockedPackage, read_lock, runtime_names

_HEAD = """\
# Names in requirements.lock at the last release.
# `python -m scripts.release.audit --released` writes it again after a release.
"""
_SECONDS = 300


class Advisory(NamedTuple):
    """A known vulnerability of a locked package."""

    package: str
    version: str
    id: str
    fixed: tuple[str, ...]
    """Versions without it."""


class LookUp(NamedTuple):
    """Known vulnerabilities, and where they were looked up."""

    asked: str
    """The database in words; empty if none could be asked."""
    why_not: str
    """Why none could be asked; empty otherwise."""
    found: tuple[Advisory, ...] = ()


def osv_matches(packages: Sequence[LockedPackage], records: Iterable[dict[str, Any]]) -> Iterator[Advisory]:
    """Advisories in the OSV format that concern a locked version.

    Format: https://ossf.github.io/osv-schema/
    """
    locked: dict[str, list[LockedPackage]] = {}
    for one in packages:
        locked.setdefault(canonicalize_name(one.name), []).append(one)
    for record in records:
        if record.get("withdrawn"):
            continue
        for affected in record.get("affected", ()):
            named = affected.get("package", {})
            if named.get("ecosystem") == "PyPI":
                for one in locked.get(canonicalize_name(named.get("name", "")), ()):
                    if _concerns(affected, one.version):
                        yield Advisory(one.name, one.version, str(record["id"]), tuple(_fixed(affected)))


def _concerns(affected: dict[str, Any], version: str) -> bool:
    if version in affected.get("versions", ()):
        return True
    ranges = (one for one in affected.get("ranges", ()) if one.get("type") == "ECOSYSTEM")
    return any(_in_range(one.get("events", ()), Version(version)) for one in ranges)


def _in_range(events: Iterable[dict[str, str]], version: Version) -> bool:
    """Whether the events, in the order of their versions, leave the version affected.

    A beginning that cannot be read counts as the first version, and an end that cannot be read as none.
    """
    ordered = sorted(_moments(events), key=lambda event: event[0])
    affected = False
    for moment, kind in ordered:
        if kind == "last_affected":
            affected = affected and version <= moment
        elif version >= moment:
            affected = kind == "introduced"
    return affected


def _moments(events: Iterable[dict[str, str]]) -> Iterator[tuple[Version, str]]:
    for event in events:
        for kind, text in event.items():
            try:
                yield Version(text), kind
            except InvalidVersion:
                if kind == "introduced":
                    yield Version("0"), kind


def _fixed(affected: dict[str, Any]) -> Iterator[str]:
    for one in affected.get("ranges", ()):
        yield from (event["fixed"] for event in one.get("events", ()) if "fixed" in event)


def vulnerabilities(packages: Sequence[LockedPackage], advisories: Path | None) -> LookUp:
    """Ask the advisories that were given, else pip-audit."""
    if advisories is not None:
        files = sorted(advisories.rglob("*.json"))
        if not files:
            return LookUp("", f"{advisories} holds no advisory")
        records = (json.loads(path.read_text(encoding="utf-8")) for path in files)
        found = tuple(osv_matches(packages, records))
        return LookUp(f"{len(files):,} advisories in {advisories}", "", found)
    program = shutil.which("pip-audit")
    if program is None:
        return LookUp("", "pip-audit is not installed")
    asked = [
        program,
        "--requirement",
        str(LOCK),
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner=off",
    ]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=_SECONDS)
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return LookUp("", "pip-audit did not reach its database")
    return LookUp("pip-audit", "", tuple(_of_pip_audit(answer)))


def _of_pip_audit(answer: dict[str, Any]) -> Iterator[Advisory]:
    for one in answer["dependencies"]:
        for found in one.get("vulns", ()):
            yield Advisory(one["name"], one["version"], found["id"], tuple(found["fix_versions"]))


def audit(packages: Sequence[LockedPackage], looked_up: LookUp, released: frozenset[str]) -> dict[str, Any]:
    """The whole report, for programs."""
    known, needed = read_dependencies(), runtime_names(packages)
    return {
        "packages": len(packages),
        "of_the_program": len({one.name for one in packages} & needed),
        "vulnerabilities": {
            "asked": looked_up.asked,
            "not_looked_up": looked_up.why_not,
            "found": [one._asdict() for one in looked_up.found],
        },
        "licence_problems": list(licence_problems(packages, known)),
        "licences_that_differ": list(differing_licences(packages, known)),
        "licence_exceptions": {name: list(known.licences.get(name, ())) for name in known.exceptions},
        "new": [
            {
                "name": name,
                "way": list(way),
                "of_the_program": name in needed,
                "why": entry and entry.why,
                "touches": entry and [touch.value for touch in entry.touches],
            }
            for name, entry, way in new_packages(packages, released, known)
        ],
        "gone": sorted(released - {one.name for one in packages}),
    }


def failed(report: dict[str, Any], *, online: bool) -> bool:
    """Whether the report says that something is wrong."""
    return bool(
        report["vulnerabilities"]["found"]
        or report["licence_problems"]
        or report["licences_that_differ"]
        or [one for one in report["new"] if one["why"] is None]
        or (online and not report["vulnerabilities"]["asked"])
    )


def sentences(report: dict[str, Any]) -> Iterator[str]:
    """The report for people."""
    yield f"{report['packages']} locked packages; the program needs {report['of_the_program']} of them."
    looked_up = report["vulnerabilities"]
    if looked_up["asked"]:
        yield f"Known vulnerabilities ({looked_up['asked']}): {len(looked_up['found'])}."
    else:
        yield f"Known vulnerabilities were NOT looked up: {looked_up['not_looked_up']}."
        yield "  This report says nothing about them. Install pip-audit, or give --advisories FOLDER with OSV files."
    for one in looked_up["found"]:
        yield f"  {one['package']} {one['version']}: {one['id']}, fixed in {', '.join(one['fixed']) or 'no version'}"
    problems = report["licence_problems"] + report["licences_that_differ"]
    exceptions = sum(map(len, report["licence_exceptions"].values()))
    yield f"Licences: {len(problems)} problems, {exceptions} packages by exception."
    yield from (f"  {one}" for one in problems)
    missing = [one for one in report["new"] if one["why"] is None]
    new, gone = len(report["new"]), len(report["gone"])
    yield f"New since the last release: {new}, without an entry: {len(missing)}; gone: {gone}."
    for one in report["new"]:
        way = " > ".join(one["way"])
        if one["why"] is None:
            yield f"  {one['name']} ({way}): say in configs/dependencies.yaml why it exists and what it may touch"
        else:
            yield f"  {one['name']} ({way}): {one['why']} It may touch: {', '.join(one['touches'])}."


def main() -> int:
    """Print the report; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--advisories", type=Path, help="folder with advisories in the OSV format")
    parser.add_argument("--online", action="store_true", help="fail if no database of vulnerabilities could be asked")
    parser.add_argument("--released", action="store_true", help="write the names of the lock after a release")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    given = parser.parse_args()
    packages = read_lock(LOCK.read_text(encoding="utf-8"))
    if given.released:
        RELEASED.write_text(_HEAD + "".join(f"{name}\n" for name in sorted({one.name for one in packages})), "utf-8")
        return 0
    report = audit(packages, vulnerabilities(packages, given.advisories), released_names())
    print(json.dumps(report, indent=2) if given.json else "\n".join(sentences(report)))
    return int(failed(report, online=given.online))


if __name__ == "__main__":
    sys.exit(main())
