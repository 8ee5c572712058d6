"""The server under load: searches, submissions and a reviewer at once, on a home with a long review queue.

    python scripts/bench/server.py [--seconds 120] [--searchers 200] [--submissions 20] [--json]

Makes a home (served documents with real vectors, 10,000 open review items, owners, readers, a reviewer, an operator),
starts `corpusgate serve` on this machine and lets clients in another process use it over HTTP: SEARCHERS ask without
a pause, so that as many searches are under way at any time, half of them questions from a pool of 200, half new
questions; SUBMISSIONS a second are handed in as files and texts; a reviewer pages through the queue, opens items and
decides; an operator revokes what was just found; something polls /readyz. Then the server gets SIGTERM while requests
are under way. Exit code 1 when a request failed, an answer was wrong, something was sent away (429, 503) though it
kept the limits, a request was cut off at the end, an accepted submission is missing, the audit log does not verify or
memory keeps growing. Clients and server share the processors: see the processor time and the load at the end.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from scripts.bench.server_home import judge, make, write_plan
from scripts.bench.server_load import TRIED_LATER
from tests.support.trial import COMMAND

MOST_SECONDS, READY_SECONDS, STOP_SECONDS = 600, 120.0, 60.0
WARM_SHARE, GROWTH = 0.25, 0.10
"""Memory after the first quarter, and how much more of it at the end still counts as flat."""
ERR = Console(stderr=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--searchers", type=int, default=200)
    parser.add_argument("--submissions", type=float, default=20, help="a second")
    parser.add_argument("--documents", type=int, default=3_000, help="served")
    parser.add_argument("--items", type=int, default=10_000, help="open in the review queue")
    parser.add_argument("--postgres", metavar="URL", help="an empty database for the ledger, instead of SQLite")
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="make the home here and keep it; use one already here"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not 0 < given.seconds <= MOST_SECONDS:
        parser.error(f"--seconds is at most {MOST_SECONDS}")
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        report = measure(given.keep, given)
    else:
        with tempfile.TemporaryDirectory(prefix="corpusgate-bench-") as scratch:
            report = measure(Path(scratch), given)
    print(json.dumps(report, indent=2)) if given.json else show(report)
    sys.exit(1 if report["problems"] else 0)


def measure(scratch: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Make the home, serve it, use it, stop it, and look at what is left."""
    started = time.monotonic()
    if (scratch / "plan.json").exists():
        people = json.loads((scratch / "plan.json").read_text())["people"]
    else:
        people = make(scratch, given.documents, given.items, given.postgres)
    made = time.monotonic() - started
    ERR.print(f"Home made in {made:.0f} s; now {given.seconds:.0f} s of load.", style="dim")
    port = free_port()
    command = [COMMAND, "--home", scratch / "home", "serve", "--port", str(port)]
    with (scratch / "server.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_until_ready(server, f"http://127.0.0.1:{port}/readyz")
            plan = {"url": f"http://127.0.0.1:{port}", "server": server.pid, "people": people}
            write_plan(
                scratch / "plan.json",
                plan | {"seconds": given.seconds, "searchers": given.searchers, "submissions": given.submissions},
            )
            used = os.times()
            clients = subprocess.run(
                [sys.executable, "-m", "scripts.bench.server_load", scratch / "plan.json"],
                stdout=subprocess.PIPE,
                text=True,
                timeout=given.seconds + 3 * STOP_SECONDS,
                cwd=Path(__file__).parents[2],
                check=True,
            )
            client_cpu = os.times().children_user + os.times().children_system
            client_cpu -= used.children_user + used.children_system
            code = server.wait(STOP_SECONDS)
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()
    seen = json.loads(clients.stdout)
    accepted = seen.pop("accepted")
    problems = [f"{count} times: {what}" for what, count in seen["problems"].items()]
    problems += later(seen["statuses"]) + judge(scratch / "home", accepted)
    if seen["cut_off"]:
        problems.append(f"{seen['cut_off']} requests were cut off when the server stopped")
    if code not in (0, -signal.SIGTERM):
        problems.append(f"the server ended with exit code {code}")
    if defects := (scratch / "server.log").read_text().count('"event": "defect"'):
        problems.append(f"{defects} defects in the server's log")
    memory = memory_of(seen["samples"])
    if memory["growth"] > GROWTH:
        problems.append(f"memory grew by {memory['growth']:.0%} after the first quarter")
    return {
        "asked": {key: getattr(given, key) for key in ("seconds", "searchers", "submissions", "documents", "items")},
        "ledger": "postgres" if given.postgres else "sqlite",
        "home_seconds": made,
        "seconds": seen["seconds"],
        "requests": [row(kind, times, seen["seconds"]) for kind, times in sorted(seen["times"].items())],
        "statuses": seen["statuses"],
        "errors": sum(seen["problems"].values()),
        "accepted_submissions": len(accepted),
        "memory": memory,
        "server_cpus": cpus(seen["samples"]),
        "client_cpus": client_cpu / seen["seconds"],
        "under_way_at_stop": seen["under_way_at_stop"],
        "cut_off": seen["cut_off"],
        "drain_seconds": seen["drain_seconds"],
        "exit_code": code,
        "load": os.getloadavg(),
        "processors": len(os.sched_getaffinity(0)),
        "problems": problems,
    }


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_ready(server: "subprocess.Popen[bytes]", url: str) -> None:
    """Return when /readyz says yes."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("The server did not become ready.")


def later(statuses: dict[str, int]) -> list[str]:
    """Requests refused for a moment; within the limits there must be none."""
    return [f"{statuses[str(one)]} answers with status {one}" for one in TRIED_LATER if statuses.get(str(one))]


def row(kind: str, times: Sequence[tuple[float, float]], seconds: float) -> dict[str, Any]:
    """One kind of request."""
    took = [milliseconds for _, milliseconds in times]
    p50, p95, p99 = (float(np.percentile(took, share)) for share in (50, 95, 99))
    figures = {"p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "slowest_ms": max(took)}
    return {"kind": kind, "requests": len(took), "per_second": len(took) / seconds} | figures


def memory_of(samples: Sequence[dict[str, float]]) -> dict[str, float]:
    """Resident memory of the server: at the start, after warming up, at the end."""
    sizes = [sample["resident_mb"] for sample in samples if sample["resident_mb"]]
    some = max(1, len(sizes) // 10)
    warm = int(len(sizes) * WARM_SHARE)
    settled, end = float(np.mean(sizes[warm : warm + some])), float(np.mean(sizes[-some:]))
    return {
        "first_mb": sizes[0],
        "warm_mb": settled,
        "last_mb": end,
        "peak_mb": max(sizes),
        "growth": end / settled - 1,
    }


def cpus(samples: Sequence[dict[str, float]]) -> float:
    """Processors the server kept busy, on average."""
    known = [sample for sample in samples if sample["cpu_seconds"]]
    return (known[-1]["cpu_seconds"] - known[0]["cpu_seconds"]) / max(1.0, known[-1]["at"] - known[0]["at"])


def show(report: dict[str, Any]) -> None:
    """One table, and what else there is to say."""
    asked, console = report["asked"], Console()
    title = (
        f"{asked['searchers']} searches at once and {asked['submissions']:g} submissions a second for "
        f"{report['seconds']:.0f} s; {asked['documents']:,} documents, {asked['items']:,} items in the queue; "
        f"{report['ledger']}"
    )
    table = Table(title=title, title_justify="left")
    columns = ("requests", "per_second", "p50_ms", "p95_ms", "p99_ms", "slowest_ms")
    table.add_column("kind")
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right")
    for one in report["requests"]:
        cells = (f"{one[column]:,.1f}" if column == "per_second" else f"{one[column]:,.0f}" for column in columns)
        table.add_row(one["kind"], *cells)
    console.print(table)
    memory, loads = report["memory"], ", ".join(f"{load:.1f}" for load in report["load"])
    console.print(
        f"Errors: {report['errors']}. Answers by status: "
        f"{', '.join(f'{status}: {count:,}' for status, count in sorted(report['statuses'].items()))}."
    )
    console.print(
        f"Server memory: {memory['first_mb']:,.0f} MB at the start, {memory['warm_mb']:,.0f} after a quarter, "
        f"{memory['last_mb']:,.0f} at the end ({memory['growth']:+.1%}), peak {memory['peak_mb']:,.0f}."
    )
    console.print(
        f"Stopped with {report['under_way_at_stop']} requests under way: {report['cut_off']} cut off, the rest "
        f"answered; {report['drain_seconds']:.1f} s. Accepted submissions: {report['accepted_submissions']:,}."
    )
    for problem in report["problems"]:
        console.print(f"[red]{problem}[/]")
    console.print(
        f"{'[red]Failed' if report['problems'] else '[green]Passed'}[/]. Processors: {report['server_cpus']:.2f} for "
        f"the server and {report['client_cpus']:.2f} for the clients, of {report['processors']}. "
        f"Load (1, 5, 15 minutes): {loads}."
    )


if __name__ == "__main__":
    main()
