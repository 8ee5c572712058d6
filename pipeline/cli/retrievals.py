"""`corpusgate retrievals …`: who received which passage, and when."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, Since, Until, given_moment
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import ExitCode, UsageError
from pipeline.domain.serving.retrievals import RecordedRetrieval
from pipeline.reports.retrieved import Wanted, every_retrieval, retrievals, verified_retrievals
from pipeline.workspace import Workspace

commands = typer.Typer(help="See who received which passage, and prove that the record is whole.", no_args_is_help=True)

Document = Annotated[str, typer.Option("--document", help="Only answers that held it. Id, or an unambiguous ending.")]
Chunk = Annotated[str, typer.Option("--chunk", help="Only answers that held this passage.")]
Who = Annotated[
    str, typer.Option("--principal", help="Receiver of the answer, or the principal whose permissions were used.")
]
Question = Annotated[str, typer.Option("--question", help="The exact words. They are compared by their fingerprint.")]
Generation = Annotated[int | None, typer.Option("--generation", min=0, help="The generation that was searched.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="retrievals")


@commands.command("list", epilog="Example: corpusgate retrievals list --document handbook:pages/notice.md")
def list_(
    context: typer.Context,
    document: Document = "",
    chunk: Chunk = "",
    principal: Who = "",
    question: Question = "",
    generation: Generation = None,
    since: Since = "",
    until: Until = "",
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many.")] = 30,
    as_json: AsJson = False,
) -> None:
    """The newest answers, with the documents they held."""
    workspace: Workspace = context.obj
    wanted = _wanted(document, chunk, principal, question, generation, since, until)
    found = retrievals(workspace, viewer(workspace, None), wanted, size=last)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    columns = ("no.", "when (UTC)", "received by", "on behalf of", "through", "generation", "documents")
    table("Retrievals, newest first", columns, [_row(one) for one in found], empty="none is on record.")
    if len(found) == last:
        out.print(f"The newest {last:,}. `--last` shows more, `corpusgate retrievals export` all.", style="dim")


@commands.command(epilog="Example: corpusgate retrievals export --to retrievals.jsonl --since 2026-11-01T00:00Z")
def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", help="File to write, one JSON object a line.")],
    document: Document = "",
    chunk: Chunk = "",
    principal: Who = "",
    question: Question = "",
    generation: Generation = None,
    since: Since = "",
    until: Until = "",
) -> None:
    """Write the log to a file, oldest first. It holds ids and scores, and no text."""
    workspace: Workspace = context.obj
    wanted = _wanted(document, chunk, principal, question, generation, since, until)
    written = 0
    try:
        with to.open("x", encoding="utf-8") as file:
            to.chmod(0o600)
            for one in every_retrieval(workspace, viewer(workspace, None), wanted):
                file.write(one.model_dump_json() + "\n")
                written += 1
    except OSError as error:
        raise UsageError(
            f"{to} cannot be written ({type(error).__name__}).",
            done=f"{written:,} retrievals were written." if written else "Nothing was written.",
            fix="Name a file that does not exist yet, in a folder with space.",
        ) from None
    out.print(f"Wrote {written:,} retrievals to {to}.", markup=False)


@commands.command(epilog="Example: corpusgate retrievals verify")
def verify(context: typer.Context, as_json: AsJson = False) -> None:
    """Compare the log with its digests in the audit log: edits, additions, removals."""
    workspace: Workspace = context.obj
    report = verified_retrievals(workspace, viewer(workspace, None))
    if as_json:
        print_json({**report.model_dump(mode="json"), "ok": report.ok})
    elif report.ok:
        out.print(f"The retrieval log is whole: {report.retrievals:,} retrievals in {report.batches:,} batches.")
        out.print("Its digests are in the audit log: corpusgate audit verify", style="dim")
    else:
        err.print(f"[bold red]The retrieval log was tampered with.[/] {report.problem}")
    if not report.ok:
        raise typer.Exit(ExitCode.FAILED)


def _row(one: RecordedRetrieval) -> tuple[object, ...]:
    documents = dict.fromkeys(
        (passage.document or f"version {passage.version_id[:12]}") + ("" if passage.shown else " (not shown)")
        for passage in one.passages
    )
    return (
        one.number,
        f"{one.at:%Y-%m-%d %H:%M:%S}",
        one.principal,
        one.on_behalf_of or "",
        one.door,
        one.generation,
        ", ".join(documents) or "nothing found",
    )


def _wanted(
    document: str, chunk: str, principal: str, question: str, generation: int | None, since: str, until: str
) -> Wanted:
    return Wanted(
        document=document,
        chunk=chunk,
        principal=principal,
        question=question,
        generation=generation,
        since=given_moment(since),
        until=given_moment(until),
    )
