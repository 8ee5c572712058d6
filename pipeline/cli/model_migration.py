"""`corpusgate models migrate`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pipeline.cli.caller import caller
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.domain.serving.canary_questions import Answer, QuestionResult
from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.publishing.migrate import Estimate, Migration

_TOP = 3
"""Documents of an answer that the table shows."""


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command(epilog="Example: corpusgate models migrate bge-small-en --estimate")(migrate)


def migrate(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Model of the lock to change over to.")],
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Say what it takes, by a sample; change nothing.")
    ] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Build the second generation and compare answers; do not switch.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask after the estimate.")] = False,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Embed what is served with another model next to it, compare canary answers, and switch in one step."""
    from pipeline.publishing import migrate as operation

    workspace: Workspace = context.obj
    by = None if estimate else caller(workspace, token_file)
    if estimate or not yes:
        expected = operation.estimate(workspace, name)
        if estimate and as_json:
            print_json(expected.model_dump(mode="json"))
        else:
            _show_estimate(expected)
        if by is None:
            return
        if not typer.confirm("Go on?", err=True):
            raise typer.Exit(ExitCode.WAITING)
    if by is None:
        return
    with _progress(quiet=as_json) as progress:
        result = operation.migrate(workspace, name, by, compare_only=compare, progress=progress)
    if as_json:
        print_json(result.model_dump(mode="json"))
    else:
        _report(result, compare)
    if result.held:
        raise typer.Exit(ExitCode.WAITING)


def _show_estimate(expected: "Estimate") -> None:
    err.print(
        f"{escape(expected.model)}: about {expected.chunks:,} chunks of {expected.documents:,} documents, of which "
        f"{expected.left:,} are to be embedded in {expected.processor_seconds:,.0f} processor-seconds, and "
        f"{expected.disk_bytes / 1e6:,.1f} MB of disk next to what is there."
    )


@contextmanager
def _progress(*, quiet: bool) -> "Iterator[Callable[[int, int], None]]":
    columns = (TextColumn("embedding"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task("documents", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _report(result: "Migration", compare: bool) -> None:
    rows = [
        (r.question_id, r.principal, _sameness(r), _top(r.before or ()), _top(r.after)) for r in result.report.results
    ]
    table(
        "Canary questions",
        ("question", "asked by", "answer", "top documents before", "top documents after"),
        rows,
        empty="there are none, so nothing was compared: docs/guides/canary_questions.md.",
    )
    if result.not_cut:
        out.print(f"{len(result.not_cut):,} documents could not be cut for this model and are not served with it.")
    if result.held:
        err.print(f"[yellow]{escape(result.held)}[/]")
    elif compare:
        out.print(f"Nothing was switched: generation {result.before.number} serves. Switch without --compare.")
    elif result.generation is not None:
        out.print(
            f"Serving generation {result.generation.number} with {escape(result.model)}: "
            f"{result.generation.documents:,} documents, {result.generation.chunks:,} chunks, {result.embedded:,} "
            f"embedded now.\nThe next refresh scans every document again. "
            f'The way back: corpusgate rollback {result.before.number} --reason "…"'
        )


def _sameness(result: QuestionResult) -> str:
    if result.before is None:
        return "not known before"
    same = _names(result.before) == _names(result.after)
    return "same" if same else f"changed, {result.overlap or 0:.0%} in common"


def _names(answer: Answer) -> list[str]:
    return [found.doc_id for found in answer]


def _top(answer: Answer) -> str:
    return "\n".join(_names(answer)[:_TOP])
