"""Skipped tests: a closing section names them and what was missing. Under `CI=true` each is a failed test instead."""

import os
from collections import Counter, defaultdict
from collections.abc import Generator
from typing import Any

import pytest
from _pytest.terminal import TerminalReporter


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure; an expected failure stays what it is."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and _in_ci():
        report.outcome = "failed"
        report.longrepr = f"Skipped, and CI leaves nothing out: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file skipped at import is a failure too."""
    report = yield
    if report.skipped and _in_ci():
        report.outcome = "failed"
        report.longrepr = f"Skipped, and CI leaves nothing out: {_reason(report.longrepr)}"
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name what was left out, by reason: a whole file by its name, else the tests."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    run = {report.nodeid for kind in ("passed", "failed", "error") for report in terminalreporter.stats.get(kind, [])}
    run_in_file = Counter(_file(nodeid) for nodeid in run)
    by_reason: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for report in skipped:
        by_reason[_reason(report.longrepr)][_file(report.nodeid)].append(report.nodeid)
    terminalreporter.section(f"Left out: {len(skipped)} tests")
    for reason, files in by_reason.items():
        terminalreporter.line(reason)
        for file, nodeids in files.items():
            if run_in_file[file] or len(nodeids) == 1:
                for nodeid in nodeids:
                    terminalreporter.line(f"  {nodeid}")
            else:
                terminalreporter.line(f"  {file}: all {len(nodeids)} tests")


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def _reason(longrepr: Any) -> str:
    return (str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)).removeprefix("Skipped: ")
