"""`corpusgate sources …`: where documents come from, and whether that is trusted."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.errors import UsageError
from pipeline.domain.permissions import DEFAULT_TENANT, Classification
from pipeline.domain.provenance import Source, SourceLimits, SourceState
from pipeline.workspace import Workspace

Name = Annotated[str, typer.Argument(help="Name of the source.")]
By = Annotated[str, typer.Option("--by", help="Who does this; goes into the audit log.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; goes into the audit log.")]

commands = typer.Typer(help="Register, approve and revoke the origins of documents.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="sources")


@commands.command(
    epilog="Example: corpusgate sources add handbook --uri ./handbook --owner people-team "
    "--classification internal --allow group:staff --by ada"
)
def add(
    context: typer.Context,
    name: Name,
    uri: Annotated[str, typer.Option(help="Folder, glob, JSON Lines feed, or a bucket prefix Beam can read.")],
    owner: Annotated[str, typer.Option(help="Whose documents these are.")],
    classification: Annotated[Classification, typer.Option(help="Of documents that do not declare a higher one.")],
    by: By,
    allow: Annotated[list[str], typer.Option(help="user:, group: or service:, repeatable; a bare name is a user.")],
    deny: Annotated[list[str] | None, typer.Option(help="Who may never read, repeatable.")] = None,
    tenant: Annotated[str, typer.Option(help="Wall between customers.")] = DEFAULT_TENANT,
    licence: Annotated[str | None, typer.Option(help="SPDX identifier.")] = None,
    max_bytes: Annotated[int, typer.Option(min=1, help="Largest document.")] = SourceLimits().max_bytes,
    max_documents: Annotated[int, typer.Option(min=1, help="Most documents.")] = SourceLimits().max_documents,
) -> None:
    """Register a source. It contributes nothing until somebody else approves it."""
    workspace: Workspace = context.obj
    try:
        source = Source(
            name=name,
            uri=uri if "://" in uri else str(Path(uri).expanduser().absolute()),
            owner=owner,
            classification=classification,
            tenant=tenant,
            allow=tuple(allow),
            deny=tuple(deny or ()),
            licence=licence,
            limits=SourceLimits(max_bytes=max_bytes, max_documents=max_documents),
            registered_by=by,
            registered_at=datetime.now(UTC),
        )
        _ = source.access_rule
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(
            f"The source was not registered: {'.'.join(map(str, first['loc']))}: {first['msg']}.",
            fix="See corpusgate sources add --help.",
        ) from None
    workspace.sources.add_source(source, by)
    out.print(f"Source [bold]{name}[/] is registered and pending: it contributes nothing yet.")
    out.print(f"Next, somebody other than {by}: corpusgate sources approve {name} --by PERSON")


@commands.command(epilog="Example: corpusgate sources approve handbook --by grace")
def approve(context: typer.Context, name: Name, by: By) -> None:
    """Let a pending source contribute. Not by the person who registered it."""
    context.obj.sources.approve_source(name, by)
    out.print(f"Source [bold]{name}[/] is approved. Next: corpusgate refresh {name}")


@commands.command(epilog='Example: corpusgate sources narrow handbook --by grace --reason "unusual edits"')
def narrow(context: typer.Context, name: Name, by: By, reason: Reason) -> None:
    """Send everything new from a source to review; what it serves keeps serving."""
    context.obj.sources.narrow_source(name, by, reason)
    out.print(f"Source [bold]{name}[/] is narrowed: its changes go to review.")


@commands.command(epilog='Example: corpusgate sources release handbook --by grace --reason "explained"')
def release(context: typer.Context, name: Name, by: By, reason: Reason) -> None:
    """Trust a narrowed source again."""
    context.obj.sources.release_source(name, by, reason)
    out.print(f"Source [bold]{name}[/] is approved again.")


@commands.command(epilog='Example: corpusgate sources revoke handbook --by grace --reason "left the company"')
def revoke(context: typer.Context, name: Name, by: By, reason: Reason = "no longer trusted") -> None:
    """Stop serving a source, at once."""
    context.obj.sources.revoke_source(name, by, reason)
    out.print(f"Source [bold]{name}[/] is revoked: nothing of it is served any more.")


@commands.command("list", epilog="Example: corpusgate sources list --json")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """All sources."""
    registered = context.obj.sources.sources()
    if as_json:
        print_json([source.model_dump(mode="json") for source in registered])
        return
    rows = [
        (s.name, s.state.value, s.owner, s.classification.value, s.tenant, ", ".join(s.allow), s.uri)
        for s in registered
    ]
    columns = ("name", "state", "owner", "classification", "tenant", "may read", "where")
    table("Sources", columns, rows, empty="none yet; add one with `corpusgate sources add`.")


@commands.command(epilog="Example: corpusgate sources show handbook")
def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """One source, whole."""
    source: Source = context.obj.sources.source(name)
    if as_json:
        print_json(source.model_dump(mode="json"))
        return
    rule = source.access_rule
    waiting = source.state is SourceState.PENDING
    facts(
        f"Source {source.name}",
        [
            ("state", source.state.value),
            ("to do", f"approve it, as somebody other than {source.registered_by}" if waiting else None),
            ("where", source.uri),
            ("owner", source.owner),
            ("classification", source.classification.value),
            ("tenant", source.tenant),
            ("may read", ", ".join(rule.allow)),
            ("may never read", ", ".join(rule.deny)),
            ("licence", source.licence),
            ("largest document", f"{source.limits.max_bytes:,} bytes"),
            ("most documents", source.limits.max_documents),
            ("registered", f"{source.registered_at:%Y-%m-%d %H:%M} UTC by {source.registered_by}"),
            (
                "approved",
                f"{source.approved_at:%Y-%m-%d %H:%M} UTC by {source.approved_by}" if source.approved_at else None,
            ),
        ],
    )
