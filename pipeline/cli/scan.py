"""`corpusgate scan`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.documents.documents import SERVED, Action
from pipeline.domain.errors import ExitCode, UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from pipeline.checks.scan import GivenText, ScanResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Examples: corpusgate scan ./docs · cat note.txt | corpusgate scan - · corpusgate scan --jsonl")(
        scan
    )


def scan(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders; - or nothing reads standard input.")
    ] = None,
    classification: Annotated[
        Classification, typer.Option(help="Evaluate as a document of this classification.")
    ] = Classification.INTERNAL,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='For programs: {"id", "text"} lines in, results out, in order.')
    ] = False,
    source: Annotated[
        str | None, typer.Option(help="Judge files as documents of this source: its tags, limits and state.")
    ] = None,
    masked: Annotated[
        bool, typer.Option("--masked", help="Show each text too, with a placeholder for every value.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the gate would find in texts, and what the policy would do. Stores nothing; never shows a value."""
    if jsonl and any(path != Path("-") for path in paths or []):
        raise UsageError(
            "With --jsonl the lines come from standard input, and a path was given as well.",
            done="Nothing was scanned.",
            fix="Write `corpusgate scan --jsonl < FILE`, or leave out --jsonl to scan the path.",
        )
    with home_or_passing(context) as workspace:
        workspace.begin_detectors()
        from pipeline.checks.scan import TextScanner, for_programs

        if jsonl:
            for result in TextScanner(workspace, classification, masked=masked).scan(_records()):
                sys.stdout.write(json.dumps(for_programs(result, masked=masked)) + "\n")
            return
        results, notes = _scanned(workspace, paths or [], classification, source, masked=masked)
    for note in notes:
        err.print(note, markup=False)
    if as_json:
        print_json([for_programs(result, masked=masked) for result in results])
    else:
        table("Scanned", ("text", "verdict", "findings"), [(r.id, r.verdict.value, len(r.findings)) for r in results])
        for result in results:
            if result.verdict.rank >= Action.QUARANTINE.rank:
                err.print(f"{result.id}: {' '.join(result.reasons)}", markup=False)
        rows = [
            (
                r.id,
                j.finding.where,
                j.finding.kind.value,
                j.finding.entity,
                j.finding.severity.value,
                j.action.value,
                j.finding.reason,
            )
            for r in results
            for j in r.findings
        ]
        table(
            "Findings (values are never shown)",
            ("text", "where", "kind", "what", "severity", "action", "why"),
            rows,
            empty="none.",
        )
        for result in results if masked else ():
            out.print(f"{result.id}, values masked:", style="bold", markup=False)
            out.print(
                "It was not scanned to its end, so it is not shown." if result.masked is None else result.masked,
                markup=False,
                highlight=False,
            )
        out.print("Evaluated as " + classification.value + " documents under the policy of this home.", style="dim")
    if notes or any(result.verdict not in SERVED for result in results):
        raise typer.Exit(ExitCode.WAITING)


def _scanned(
    workspace: Workspace, paths: list[Path], classification: Classification, source: str | None, *, masked: bool
) -> "tuple[list[ScanResult], list[str]]":
    """Results in the order of the paths, and notes on what is not a document."""
    from pipeline.checks.scan import STANDARD_INPUT, TextScanner, standard_input

    results: list[ScanResult] = []
    notes: list[str] = []
    for is_text, group in groupby(paths or [STANDARD_INPUT], key=lambda path: path == STANDARD_INPUT):
        if is_text:
            given = standard_input(sys.stdin.buffer, workspace)
            results += TextScanner(workspace, classification, masked=masked).scan([given])
            continue
        from pipeline.checks.scan_files import FileScanner  # imports Beam: seconds, so only here

        files = FileScanner(workspace, classification, source, masked=masked)
        results += files.scan(group)
        notes += files.notes
    return results, notes


@contextmanager
def home_or_passing(context: typer.Context) -> Iterator[Workspace]:
    """The home; if there is none and none was named, a temporary one with the default policy and detectors."""
    workspace: Workspace = context.obj
    origin = context.find_root().get_parameter_source("folder")
    if origin is None or origin.name != "DEFAULT" or workspace.home.configs.exists():
        yield workspace
        return
    err.print("There is no home here: the default policy applies.", style="dim")
    with TemporaryDirectory(prefix="corpusgate-") as folder:
        passing = Workspace(Path(folder))
        passing.home.create()
        yield passing


def _records() -> "Iterator[GivenText]":
    """Texts as given, one JSON object a line."""
    from pipeline.checks.scan import given_text

    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        try:
            record: Any = json.loads(line)
            name, text = record["id"], record["text"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, KeyError, TypeError, RecursionError):
            raise UsageError(
                f"Line {number} of standard input is not an object with an id and a text.",
                done="The lines before it were answered.",
                fix="Send one JSON object a line.",
            ) from None
        yield given_text(name, text)
