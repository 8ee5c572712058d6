"""`corpusgate submit` and `corpusgate submissions …`: submit a document and follow it."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.caller import caller
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import err, facts, out, print_json, table
from pipeline.domain.errors import ExitCode, UsageError
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.submissions.submissions import MENDED_BY_SUBMITTING, READ_NEXT, Draft
from pipeline.submissions.receipts import Receipt
from pipeline.workspace import Workspace

STANDARD_INPUT = "-"

commands = typer.Typer(help="Follow and withdraw what was submitted.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: corpusgate submit notice.md --source hr-inbox --token-file ada.token --now")(submit)
    app.add_typer(commands, name="submissions")


def submit(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A file, or - for text from standard input.")],
    source: Annotated[str, typer.Option(help="The inbox it goes to.")],
    document: Annotated[
        str | None, typer.Option(help="Submit a new version of this document: its id, or a submission of it.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the document. Default: the name of the file.")] = None,
    title: Annotated[str | None, typer.Option(help="Shown with it.")] = None,
    classification: Annotated[Classification | None, typer.Option(help="The source's, or a higher one.")] = None,
    allow: Annotated[list[str] | None, typer.Option(help="Fewer readers than the source allows, repeatable.")] = None,
    deny: Annotated[list[str] | None, typer.Option(help="Principal who may never read it, repeatable.")] = None,
    licence: Annotated[str | None, typer.Option(help="SPDX identifier.")] = None,
    key: Annotated[
        str | None, typer.Option(help="Idempotency key: a second submission with the same key is the same submission.")
    ] = None,
    now: Annotated[bool, typer.Option("--now", help="Refresh the source at once and wait for the verdict.")] = False,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Submit a file or a text to an inbox. The answer is a receipt that can be followed."""
    workspace: Workspace = context.obj
    who = caller(workspace, token_file)
    draft = Draft(
        source=source,
        document=document,
        name=name or (Path(file).name if file != STANDARD_INPUT else "text.md"),
        title=title,
        classification=classification.value if classification else None,
        allow=tuple(allow) if allow else None,
        deny=tuple(deny) if deny else None,
        licence=licence,
    )
    try:
        with sys.stdin.buffer if file == STANDARD_INPUT else Path(file).open("rb") as content:
            receipt = workspace.submissions.submit(who, draft, content, key).receipt
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}.",
            done="Nothing was submitted.",
            fix="Name a file that is there and that you may read.",
        ) from None
    if now:
        from pipeline.cli.refresh import refresh_at_once

        refresh_at_once(workspace, source, quiet=as_json)
        receipt = workspace.submissions.receipt(who, receipt.submission_id)
    _print(receipt, as_json=as_json)
    if receipt.status.waits:
        raise typer.Exit(ExitCode.WAITING)


@commands.command("list", epilog="Example: corpusgate submissions list --token-file ada.token")
def list_(
    context: typer.Context,
    document: Annotated[str | None, typer.Option(help="Only of this document.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Most rows.")] = 50,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Submissions you may see, newest first."""
    workspace: Workspace = context.obj
    found = workspace.submissions.list_submissions(caller(workspace, token_file), document=document, limit=limit)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    rows = [
        (
            one.submission_id,
            f"{one.received_at:%Y-%m-%d %H:%M}",
            one.status.value if one.generation is None else f"{one.status.value} in {one.generation}",
            one.document,
            one.version,
            one.submitted_by,
            one.name,
        )
        for one in found
    ]
    columns = ("submission", "received", "status", "document", "version", "by", "file")
    table("Submissions", columns, rows, empty="none yet; hand one in with `corpusgate submit`.")


@commands.command(epilog="Example: corpusgate submissions show 4f2a9c01d37b5e88 --token-file ada.token")
def show(
    context: typer.Context,
    submission: Annotated[str, typer.Argument(help="Id of the submission, from its receipt.")],
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Show one submission: its status, its findings, and how to fix them."""
    workspace: Workspace = context.obj
    receipt = workspace.submissions.receipt(caller(workspace, token_file), submission)
    _print(receipt, as_json=as_json)
    if receipt.status.waits:
        raise typer.Exit(ExitCode.WAITING)


@commands.command(epilog="Example: corpusgate submissions withdraw 4f2a9c01d37b5e88 --token-file ada.token")
def withdraw(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The document's id, or a submission of it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; the audit log keeps its digest.")] = "",
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw a document for good. It is not served from this moment on."""
    workspace: Workspace = context.obj
    receipt = workspace.submissions.withdraw(caller(workspace, token_file), name, reason)
    if as_json:
        print_json(receipt.model_dump(mode="json"))
        return
    out.print(f"[bold]{escape(receipt.document)}[/] is withdrawn: it is no longer served.")


def _print(receipt: Receipt, *, as_json: bool) -> None:
    if as_json:
        print_json(receipt.model_dump(mode="json"))
        return
    where = "" if receipt.generation is None else f" in generation {receipt.generation}"
    facts(
        f"Submission {receipt.submission_id}",
        [
            ("status", f"{receipt.status.value}{where}"),
            ("next", receipt.next),
            ("document", receipt.document),
            ("version", receipt.version),
            ("file", f"{receipt.name}, {receipt.bytes:,} bytes"),
            ("title", receipt.title or "none: readers see the name of the file. Say one with --title."),
            ("submitted", f"{receipt.received_at:%Y-%m-%d %H:%M:%S} UTC by {receipt.submitted_by}"),
            ("content", f"sha256 {receipt.content_digest}"),
            ("newer version", receipt.newer),
            *(("warning", warning) for warning in receipt.warnings),
            *(("same bytes", one.words) for one in receipt.same_bytes),
            *(("why", reason) for reason in receipt.reasons),
            *(("to do", fix) for fix in receipt.fixes),
            ("the reviewer wrote", receipt.review_reason),
        ],
    )
    if receipt.findings:
        rows = [
            (f.line, f"{f.start}-{f.end}", f.kind, f.entity, f.severity, f.preview, f.fix) for f in receipt.findings
        ]
        columns = ("line", "characters", "kind", "what", "severity", "there stood", "how to fix")
        table("Findings (values are never shown)", columns, rows)
    steps = [(step.status.value, f"{step.at:%Y-%m-%d %H:%M:%S}") for step in receipt.history]
    table("What happened", ("status", "when, UTC"), steps)
    err.print(f"Follow it: corpusgate submissions show {receipt.submission_id}", style="dim")
    if receipt.same_bytes:
        err.print(
            f"If one of them is enough: corpusgate submissions withdraw {receipt.submission_id}. A new version of a "
            "document is submitted with --document.",
            style="dim",
        )
    if receipt.status in MENDED_BY_SUBMITTING:
        again = f"corpusgate submit FILE --source {receipt.source} --document {receipt.submission_id} --now"
        err.print(f"When it is mended: {again}", style="dim")
    if receipt.status in READ_NEXT:
        err.print(f"Read it at once: corpusgate refresh {receipt.source}", style="dim")
