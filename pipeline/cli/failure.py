"""Failures on standard error: sentences for people, one JSON object for machines that asked for JSON.

Invariant: standard output holds the answer of a command and nothing else, so it is empty or whole.
"""

import json
import sys

from rich.markup import escape

from pipeline.cli.output import err
from pipeline.domain.errors import ExitCode

DEFECT = "defect"
"""Name of a failure that Corpusgate did not foresee; the others are in docs/reference/errors.md."""


def show(name: str, what: str, done: str, fix: str, exit_code: ExitCode) -> ExitCode:
    """Write one failure, and return its exit code. With `--json` on the command line it is one line of JSON."""
    if "--json" in sys.argv[1:]:
        found = {"error": name, "what": what, "done": done, "fix": fix, "exit_code": int(exit_code)}
        sys.stderr.write(json.dumps(found, ensure_ascii=False) + "\n")
    else:
        err.print(f"[bold red]{escape(what)}[/]", *(escape(part) for part in (done, fix) if part), sep="\n")
    return exit_code
