"""`corpusgate scan`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from pydantic import JsonValue

from pipeline.cli.options import AsJson
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.documents.documents import Action, ExtractedText
from pipeline.domain.errors import ExitCode, UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.workspace import Workspace


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
    as_json: AsJson = False,
) -> None:
    """Show what the gate would find in texts, and what the policy would do. Stores nothing; never shows a value."""
    from pipeline.checks.scan import STANDARD_INPUT, TextScanner, for_programs, texts_of

    with home_or_passing(context) as workspace:
        scanner = TextScanner(workspace, classification, reads_tags=not jsonl)
        if jsonl:
            for result in scanner.scan(_records()):
                sys.stdout.write(json.dumps(for_programs(result)) + "\n")
            return
        results = list(scanner.scan(texts_of(workspace, paths or [STANDARD_INPUT], sys.stdin.buffer)))
    if as_json:
        print_json([for_programs(result) for result in results])
    else:
        table("Scanned", ("text", "verdict", "findings"), [(r.id, r.verdict.value, len(r.findings)) for r in results])
        for result in results:
            if result.verdict.rank >= Action.QUARANTINE.rank:
                err.print(f"{result.id}: {' '.join(result.reasons)}", markup=False)
        rows = [
            (
                r.id,
                j.finding.line,
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
            ("text", "line", "kind", "what", "severity", "action", "why"),
            rows,
            empty="none.",
        )
        out.print("Evaluated as " + classification.value + " documents under the policy of this home.", style="dim")
    if any(result.verdict not in (Action.ADMIT, Action.REDACT) for result in results):
        raise typer.Exit(ExitCode.WAITING)


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


def _records() -> Iterator[tuple[JsonValue, ExtractedText]]:
    """Texts as given: not normalised, so that offsets are offsets into what the caller sent."""
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
        yield name, ExtractedText(text=text, media_type="text/plain", extractor="none")
