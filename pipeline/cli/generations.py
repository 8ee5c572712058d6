"""`corpusgate generations …`: past and present states of the index."""

from typing import Annotated

import typer

from pipeline.cli import held
from pipeline.cli.caller import caller
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import facts, out, print_json, table
from pipeline.publishing import retention
from pipeline.reports.served import verified_documents
from pipeline.workspace import Workspace

commands = typer.Typer(help="See the states of the index.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    held.add_to(commands)
    app.add_typer(commands, name="generations")


@commands.command("list", epilog="Example: corpusgate generations list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List every generation, newest first, and why it is kept."""
    workspace: Workspace = context.obj
    found = retention.retained(workspace)
    if as_json:
        print_json(
            [{**one.record.model_dump(mode="json"), **one.model_dump(mode="json", exclude={"record"})} for one in found]
        )
        return
    rows = [
        (
            one.record.number,
            f"pruned {one.pruned_at:%Y-%m-%d}" if one.pruned_at else "kept" if one.kept else "to be pruned",
            "; ".join(one.reasons),
            one.record.documents,
            one.record.chunks,
            f"{one.record.created_at:%Y-%m-%d %H:%M:%S}",
            one.record.run_id,
            one.record.digest[:16],
        )
        for one in found
    ]
    columns = ("generation", "", "why", "documents", "chunks", "made (UTC)", "run", "digest")
    table("Generations", columns, rows, empty="none yet: corpusgate refresh.")


@commands.command(epilog="Example: corpusgate generations show 3")
def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=1, help="Number of the generation.")],
    as_json: AsJson = False,
) -> None:
    """Show one generation, after verifying its signature and every digest."""
    workspace: Workspace = context.obj
    record = workspace.ledger.generation(number)
    documents = verified_documents(workspace, record)
    if as_json:
        print_json({**record.model_dump(mode="json"), "document_list": [d.model_dump() for d in documents]})
        return
    facts(f"Generation {number} (signature and digests hold)", record.model_dump().items())
    rows = [(d.doc_id, d.version_id[:12], d.access_id) for d in documents]
    table("Documents", ("document", "version", "access id"), rows)


@commands.command(epilog="Example: corpusgate generations prune --dry-run")
def prune(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be removed; remove nothing.")] = False,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Remove the files of generations that retention does not keep. Their record stays."""
    workspace: Workspace = context.obj
    done = retention.prune(workspace, caller(workspace, token_file), dry_run=dry_run)
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    which = ", ".join(map(str, done.generations)) or "none"
    out.print(
        f"{'Would remove' if dry_run else 'Removed'} generations: {which}; with {done.segments:,} segments, "
        f"{done.bytes / 1e6:,.1f} MB."
    )


@commands.command(epilog='Example: corpusgate generations pin 7 --reason "evidence for the audit of May"')
def pin(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=1, help="Number of the generation.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is kept.")],
    token_file: TokenFile = None,
) -> None:
    """Keep a generation, whatever its age."""
    workspace: Workspace = context.obj
    pinned = retention.pin(workspace, number, caller(workspace, token_file), reason)
    out.print(f"Generation {pinned.number} is pinned by {pinned.pinned_by}.", markup=False)


@commands.command(epilog="Example: corpusgate generations unpin 7")
def unpin(
    context: typer.Context,
    number: Annotated[int, typer.Argument(min=1, help="Number of the generation.")],
    token_file: TokenFile = None,
) -> None:
    """Unpin a generation: retention decides about it again."""
    workspace: Workspace = context.obj
    retention.unpin(workspace, number, caller(workspace, token_file))
    out.print(f"Generation {number} is no longer pinned.")
