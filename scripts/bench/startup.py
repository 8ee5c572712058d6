"""How long commands take from the first instruction to the last, for one revision or two in turn.

    python -m scripts.bench.startup [REVISION [REVISION]] [--rounds 5] [--only NAME …] [--documents 92] [--json]

Without a revision it measures this checkout, with one the revision against this checkout, with two the first against
the second. Each side runs its own code in a home that its own commands made, over a corpus of its own; the interpreter
and its libraries are the same. Every command is a whole process. Sides take turns, and the side that goes first changes
every round; the table gives medians. Processor seconds are those of the process and of every child it waited for.
Memory is the peak of the largest single process. `refresh-changed` edits one document before each run.
"""

import argparse
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.support.trial import COMMAND, FINE

ROOT = Path(__file__).parents[2]
HERE = "this checkout"
ERR = Console(stderr=True)
SUBJECTS = ("The keeper", "A visitor", "The harbour office", "Our workshop", "The evening shift")
VERBS = ("checks", "paints", "measures", "describes", "replaces")
OBJECTS = ("the lamp", "the railing", "a mooring cable", "the tide chart", "the signal lens")
SENTENCES = 40
QUESTION = "Who checks the lamp?"
LINE = b"The lamp is lit at dusk, and the keeper writes the hour into the register.\n"

COMMANDS: dict[str, tuple[str, ...]] = {
    "help": ("--help",),
    "version": ("--version",),
    "sources-list": ("sources", "list"),
    "audit-verify": ("audit", "verify"),
    "explain": ("explain", "000.md"),
    "doctor": ("doctor",),
    "search": ("search", QUESTION, "--as", "user:reader"),
    "scan-line": ("scan", "-"),
    "refresh-unchanged": ("refresh", "--json"),
    "refresh-changed": ("refresh", "--json"),
}
"""Name of each measurement and its command; `scan -` reads one line."""


@dataclass(frozen=True, slots=True)
class TimedRun:
    """One command, from start to end."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


class Revision:
    """One revision: its code, a home that it made, and a corpus."""

    def __init__(self, name: str, code: Path, scratch: Path, documents: int) -> None:
        self.name, self._code = name, code
        self._home, self.corpus = scratch / "home", scratch / "corpus"
        self._edits = 0
        self.corpus.mkdir(parents=True)
        for number in range(documents):
            (self.corpus / f"{number:03}.md").write_text(made_text(number))

    def prepare(self) -> None:
        """Compile the code as an installation does; make the home, people and source; bring the corpus in."""
        subprocess.run([sys.executable, "-m", "compileall", "-q", "pipeline", "transforms"], cwd=self._code, check=True)
        self("init", str(self._home))
        self("principals", "add", "reader", "--group", "everyone")
        for person, role in (("registrar", "owner"), ("approver", "reviewer")):
            self("principals", "add", person, "--role", role)
            self("tokens", "create", person, "--out", str(self._token(person)))
        access = ("--owner", "user:owner", "--classification", "internal", "--allow", "group:everyone")
        add = ("sources", "add", "notes", "--uri", str(self.corpus), *access)
        self(*add, "--token-file", str(self._token("registrar")))
        self("sources", "approve", "notes", "--token-file", str(self._token("approver")))
        self("refresh", "--json")

    def measure(self, name: str) -> TimedRun:
        """One run of the command of that name."""
        if name == "refresh-changed":
            self._edits += 1
            with (self.corpus / "001.md").open("a") as changed:
                changed.write(f"\nThe keeper came back {self._edits} times.\n")
        return self(*COMMANDS[name])

    def __call__(self, *arguments: str) -> TimedRun:
        """Run one command to its end. Exits when it fails."""
        environment = os.environ | {"PYTHONPATH": str(self._code)}
        command = [str(COMMAND), "--home", str(self._home), *arguments]
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as complaints:
            given.write(LINE)
            given.seek(0)
            started = time.monotonic()
            process = subprocess.Popen(
                command, stdin=given, stdout=subprocess.DEVNULL, stderr=complaints, env=environment, cwd=self._code
            )
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.monotonic() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode not in FINE:
                complaints.seek(0)
                said = complaints.read().decode(errors="replace")[-2000:]
                raise SystemExit(f"{self.name}: `{' '.join(arguments[:2])} …` ended with {process.returncode}:\n{said}")
        return TimedRun(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6)

    def _token(self, person: str) -> Path:
        return self._home / f"{person}.token"


def made_text(number: int) -> str:
    """A small document of harmless sentences."""
    chance = random.Random(number)
    words = (f"{chance.choice(SUBJECTS)} {chance.choice(VERBS)} {chance.choice(OBJECTS)}." for _ in range(SENTENCES))
    return f"# Note {number}\n\n{' '.join(words)}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revisions", nargs="*", metavar="REVISION", help="of git; at most two")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(COMMANDS), default=list(COMMANDS), metavar="NAME")
    parser.add_argument("--documents", type=int, default=92)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if len(given.revisions) > 2:
        parser.error("two revisions at most")
    names = [*given.revisions, HERE] if len(given.revisions) < 2 else given.revisions
    with tempfile.TemporaryDirectory(prefix="corpusgate-bench-") as folder, contextlib.ExitStack() as checkouts:
        sides = []
        for number, name in enumerate(names):
            scratch = Path(folder, str(number))
            scratch.mkdir()
            code = ROOT if name == HERE else checkouts.enter_context(checked_out(name, scratch / "code"))
            sides.append(Revision(name, code, scratch, given.documents))
            ERR.print(f"{name}: makes its home …", style="dim")
            sides[-1].prepare()
        report = measure(sides, given.only, given.rounds)
    print(json.dumps(report, indent=2)) if given.json else show(report)


@contextlib.contextmanager
def checked_out(revision: str, folder: Path) -> Iterator[Path]:
    """The code of a revision in a work tree that is removed in the end."""
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), revision], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*git, "remove", "--force", str(folder)], check=True)


def measure(sides: Sequence[Revision], names: Sequence[str], rounds: int) -> dict[str, Any]:
    """Every command on every side, in turns; medians, and the load when it began and ended."""
    load = [os.getloadavg()[0]]
    commands = {}
    for name in names:
        runs: dict[str, list[TimedRun]] = {side.name: [] for side in sides}
        for number in range(rounds + 1):
            for side in sides if number % 2 else reversed(sides):
                ERR.print(f"{name}, round {number} of {rounds}: {side.name}", style="dim")
                done = side.measure(name)
                if number:  # the first one warms the file cache
                    runs[side.name].append(done)
        commands[name] = {side: medians(done) for side, done in runs.items()}
    load.append(os.getloadavg()[0])
    return {
        "processor": processor(),
        "processors": os.cpu_count(),
        "load_one_minute": load,
        "rounds": rounds,
        "sides": [side.name for side in sides],
        "commands": commands,
    }


def medians(runs: Sequence[TimedRun]) -> dict[str, float]:
    """The median of each figure, with the quickest and the slowest run."""
    figures = [asdict(run) for run in runs]
    middle = {name: statistics.median(run[name] for run in figures) for name in figures[0]}
    return middle | {
        "fastest_seconds": min(run.seconds for run in runs),
        "slowest_seconds": max(run.seconds for run in runs),
    }


def processor() -> str:
    """Name of the processor, as the kernel gives it, with the instructions that matter to models."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        fields = dict(part for line in lines if len(part := [half.strip() for half in line.split(":", 1)]) == 2)
        present = set(fields.get("flags", "").split())
        kinds = [kind for kind in ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16") if kind in present]
        return f"{fields.get('model name', 'unknown')} ({', '.join(kinds) or 'no AVX2'})"
    return "unknown"


def show(report: dict[str, Any]) -> None:
    """One table: a row a command, the figures of each side, and the ratio where there are two."""
    begin, end = report["load_one_minute"]
    table = Table(
        title=f"Median of {report['rounds']} whole processes on {report['processors']} × {report['processor']}, "
        f"load {begin:.1f} to {end:.1f}",
        title_justify="left",
    )
    sides = report["sides"]
    table.add_column("command")
    for side in sides:
        for column in (f"{side}\nseconds", "from to", "processor s", "MB"):
            table.add_column(column, justify="right")
    if len(sides) == 2:
        table.add_column("ratio", justify="right")
    for name, found in report["commands"].items():
        cells = []
        for side in sides:
            row = found[side]
            spread = f"{row['fastest_seconds']:.2f} {row['slowest_seconds']:.2f}"
            cells += [f"{row['seconds']:.2f}", spread, f"{row['cpu_seconds']:.2f}", f"{row['peak_mb']:,.0f}"]
        if len(sides) == 2:
            cells.append(f"{found[sides[0]]['seconds'] / found[sides[1]]['seconds']:.1f}×")
        table.add_row(name, *cells)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


if __name__ == "__main__":
    main()
