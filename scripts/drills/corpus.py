"""Whatever is in these folders: every file ends in exactly one verdict, in bounds, and no traceback is shown.

    python scripts/drills/corpus.py FOLDER… [--home FOLDER]

Registers every folder as a source of a fresh home, runs the real `corpusgate refresh`, and checks that

- every file (every record of a JSON Lines feed) has exactly one verdict in the ledger,
- no traceback appears in what the command printed, and it did not fail,
- nothing hangs: the longest time in which no document moved stays under the limits of one document,
- no child process has more private memory than its own limit allows.

Prints verdicts by suffix and failures by reason: words of a closed set, never anything of a document. Exit code 1 when
a check fails.
"""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline.domain.documents.documents import Action
from pipeline.domain.findings.findings import FindingKind
from pipeline.workspace import Workspace
from tests.support.trial import FINE, SAMPLE_SECONDS, Home, tree

FEEDS = (".jsonl", ".ndjson")
SIDECAR = ".meta.yaml"
OBSERVED = "--observed"
"""First argument of the process that this script starts."""
console = Console()


@dataclass
class Watched:
    """A refresh as seen from outside."""

    code: int = 0
    seconds: float = 0
    output: str = ""
    errors: str = ""
    longest_stall: float = 0
    children: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Of each child: most private memory seen and its limit, both in MB."""


def main() -> None:
    if sys.argv[1:2] == [OBSERVED]:
        refresh_observed(Path(sys.argv[2]), Path(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--home", type=Path, help="make the home here and leave it, to look at")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="corpusgate-drill-") as scratch:
        problems = drill(arguments.home or Path(scratch, "home"), Path(scratch), arguments.folders)
    for problem in problems:
        console.print(f"[red]{problem}[/]")
    console.print("[red]Failed[/]" if problems else "[green]Passed[/]")
    sys.exit(1 if problems else 0)


def drill(folder: Path, scratch: Path, folders: Sequence[Path]) -> list[str]:
    """Register, refresh, look; what went wrong."""
    home = Home.make(folder)
    expected: Counter[str] = Counter()
    for number, corpus in enumerate(folders):
        name = f"{re.sub('[^a-z0-9]+', '-', corpus.resolve().name.lower()).strip('-') or 'source'}-{number}"
        home.add_source(name, corpus.resolve())
        expected.update(inputs(name, corpus.resolve()))
    watched = watch(home, scratch / "progress")
    problems = []
    if watched.code not in FINE:
        problems.append(f"The refresh ended with exit code {watched.code}.")
    if "Traceback" in watched.output + watched.errors:
        problems.append("A traceback reached the user.")
    workspace = Workspace(folder)
    problems += verdicts(workspace, expected, watched)
    problems += bounds(workspace, watched, sum(expected.values()))
    return problems


def inputs(source: str, folder: Path) -> Iterator[str]:
    """What of a folder is a document: files as `source:uri`, records of a feed as their file's `source:uri`."""
    files = {path for path in folder.rglob("*") if path.is_file()}
    for path in files:
        if path.name.endswith(SIDECAR) and path.with_name(path.name.removesuffix(SIDECAR)) in files:
            continue
        name = f"{source}:{path.relative_to(folder).as_posix()}"
        if path.name.endswith(FEEDS):
            yield from [name] * sum(1 for line in path.read_bytes().splitlines() if line.strip())
        else:
            yield name


def watch(home: Home, progress: Path) -> Watched:
    """Run the command line in a process that also notes how many documents have moved."""
    command = [sys.executable, __file__, OBSERVED, str(progress), str(home.folder)]
    watched = Watched()
    started = moved = time.monotonic()
    counted = ""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    outputs: list[str] = []
    reader = threading.Thread(target=lambda: outputs.extend(process.communicate()), daemon=True)
    reader.start()
    while reader.is_alive():
        reader.join(SAMPLE_SECONDS)
        with contextlib.suppress(OSError):
            seen = progress.read_text()
            if seen != counted:
                counted, moved = seen, time.monotonic()
        if counted:
            watched.longest_stall = max(watched.longest_stall, time.monotonic() - moved)
        for pid in tree(process.pid)[1:]:
            note_memory(pid, watched.children)
    watched.code, watched.seconds = process.returncode, time.monotonic() - started
    watched.output, watched.errors = outputs
    return watched


def note_memory(pid: int, children: dict[int, tuple[float, float]]) -> None:
    """Keep the most private memory a sandboxed child was seen to have, and its limit."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        limit = Path(f"/proc/{pid}/limits").read_text().partition("Max data size")[2].split(maxsplit=1)[0]
        if limit == "unlimited":
            return
        used = int(Path(f"/proc/{pid}/status").read_text().partition("RssAnon:")[2].split(maxsplit=1)[0]) * 1024
        children[pid] = max(children.get(pid, (0.0, 0.0))[0], used / 1e6), int(limit) / 1e6


def refresh_observed(file: Path, home: Path) -> None:
    """`corpusgate refresh --json` itself, and a thread that notes the counts a person would see on a terminal."""
    from pipeline.cli.main import main as command_line
    from pipeline.telemetry.progress import PROGRESS

    def note() -> None:
        while True:
            time.sleep(SAMPLE_SECONDS)
            if counts := PROGRESS.counts():
                partial = file.with_suffix(".partial")
                partial.write_text(json.dumps(counts))
                partial.replace(file)

    threading.Thread(target=note, daemon=True).start()
    sys.argv = ["corpusgate", "--home", str(home), "refresh", "--json"]
    command_line()


def verdicts(workspace: Workspace, expected: Counter[str], watched: Watched) -> list[str]:
    """One verdict for every input, as a table by suffix, and failures by reason."""
    by_suffix: defaultdict[str, Counter[str]] = defaultdict(Counter)
    reasons: Counter[tuple[str, str]] = Counter()
    judged: Counter[str] = Counter()
    for source in workspace.sources.sources():
        for known in workspace.ledger.known_versions(source.name):
            record = workspace.ledger.document_history(known.doc_id).versions[-1].verdicts
            name = known.doc_id
            feed = name.rpartition("#")[0]
            judged[feed if feed.endswith(FEEDS) else name] += len(record)
            suffix = Path(feed if feed.endswith(FEEDS) else name).suffix.lower() or "(none)"
            by_suffix[suffix][known.action.value] += 1
            for finding in record[-1].findings:
                if finding.kind is FindingKind.SCAN_FAILED:
                    reasons[finding.detector, finding.reason or finding.preview] += 1
    table = Table("suffix", *(action.value for action in Action), title="Verdicts by suffix", title_justify="left")
    for suffix, counts in sorted(by_suffix.items()):
        table.add_row(suffix, *(str(counts[action.value] or "") for action in Action))
    total = sum(by_suffix.values(), Counter())
    table.add_section()
    table.add_row("all", *(str(total[action.value]) for action in Action))
    console.print(table)
    failures = Table("what failed", "why", "documents", title="Failures by reason", title_justify="left")
    for (what, why), count in reasons.most_common():
        failures.add_row(what, why, str(count))
    console.print(failures)
    problems = []
    missing, unknown = expected - judged, judged - expected
    if missing or unknown:
        problems.append(f"{missing.total()} inputs have no verdict of their own, {unknown.total()} verdicts no input.")
    with contextlib.suppress(ValueError):
        said = json.loads(watched.output)
        if sum(said["verdicts"].values()) != judged.total():
            problems.append("The run reported another number of verdicts than the ledger holds.")
    return problems


def bounds(workspace: Workspace, watched: Watched, inputs_seen: int) -> list[str]:
    """Time and memory, and their limits."""
    settings = workspace.home.settings
    limit = settings.extraction.wall_seconds + 4 * settings.detectors.seconds_per_document
    table = Table("bound", "seen", "limit", title="Bounds", title_justify="left")
    table.add_row("longest time without any document moving, s", f"{watched.longest_stall:.1f}", f"{limit:.0f}")
    problems = [] if watched.longest_stall < limit else ["The run stood still longer than one document may take."]
    by_limit: defaultdict[float, list[float]] = defaultdict(list)
    for used, allowed in watched.children.values():
        by_limit[allowed].append(used)
    for allowed, used in sorted(by_limit.items()):
        table.add_row(f"private memory of {len(used)} child processes, MB", f"{max(used):,.0f}", f"{allowed:,.0f}")
        if max(used) > allowed:
            problems.append("A child process had more memory than its limit.")
    if not by_limit:
        problems.append("No child process with a memory limit was seen.")
    console.print(table)
    rate = inputs_seen / watched.seconds if watched.seconds else 0
    console.print(
        f"{inputs_seen:,} inputs in {watched.seconds:.1f} s ({rate:.1f} a second), {os.cpu_count()} processors."
    )
    return problems


if __name__ == "__main__":
    main()
