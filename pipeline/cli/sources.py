"""`corpusgate sources …`: the sources of documents and their trust state."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.text import Text

from pipeline.cli.caller import caller, viewer
from pipeline.cli.options import AsJson, Reason, SourceName, TokenFile
from pipeline.cli.output import err, facts, out, print_json, table
from pipeline.cli.source_rates import rates
from pipeline.domain.documents.omissions import sentence
from pipeline.domain.documents.provenance import Source, SourceLimits, SourceState, inbox_uri
from pipeline.domain.errors import UsageError
from pipeline.domain.identity.permissions import DEFAULT_TENANT, Classification
from pipeline.reports.listings import next_refresh, unread_parts
from pipeline.reports.source_rates import why_narrowed
from pipeline.workspace import Workspace

commands = typer.Typer(help="Register, approve and revoke the origins of documents.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="sources")


@commands.command(
    epilog="Example: corpusgate sources add handbook --uri ./handbook --owner people-team "
    "--classification internal --allow group:staff --token-file ada.token"
)
def add(
    context: typer.Context,
    name: SourceName,
    owner: Annotated[str, typer.Option(help="Owner of the documents.")],
    classification: Annotated[
        Classification, typer.Option(help="Classification of documents that do not declare a higher one.")
    ],
    allow: Annotated[list[str], typer.Option(help="user:NAME, group:NAME or service:NAME, repeatable.")],
    uri: Annotated[
        str | None, typer.Option(help="Folder, glob, JSON Lines feed, or a bucket prefix Beam can read.")
    ] = None,
    inbox: Annotated[bool, typer.Option("--inbox", help="Instead of --uri: an inbox that people submit to.")] = False,
    deny: Annotated[list[str] | None, typer.Option(help="Principal who may never read it, repeatable.")] = None,
    until: Annotated[
        str | None, typer.Option(help="When all access ends, such as 2027-01-31T18:00:00Z. Default: never.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Tenant; tenants never see each other's documents.")] = DEFAULT_TENANT,
    licence: Annotated[str | None, typer.Option(help="SPDX identifier.")] = None,
    max_bytes: Annotated[int, typer.Option(min=1, help="Largest document.")] = SourceLimits().max_bytes,
    max_documents: Annotated[int, typer.Option(min=1, help="Most documents.")] = SourceLimits().max_documents,
    token_file: TokenFile = None,
) -> None:
    """Register a source. It contributes nothing until another person approves it."""
    workspace: Workspace = context.obj
    registrant = caller(workspace, token_file)
    registered = workspace.registrations.register(
        registrant,
        {
            "name": name,
            "uri": _place(name, uri, inbox=inbox),
            "owner": owner,
            "classification": classification,
            "tenant": tenant,
            "allow": tuple(allow),
            "deny": tuple(deny or ()),
            "until": until,
            "licence": licence,
            "limits": SourceLimits(max_bytes=max_bytes, max_documents=max_documents),
        },
    )
    out.print(f"Source [bold]{name}[/] is registered and pending: it contributes nothing yet.")
    for warning in registered.warnings:
        err.print(f"[yellow]warning[/] {escape(warning)}")
    if found := registered.preview:
        more, files = "" if found.complete else "more than ", "file" if found.files == 1 else "files"
        out.print(f"It would read {more}{found.files:,} {files}:")
        for file in found.first:
            out.print(f"  {escape(file)}")
        for unread in found.unread:
            err.print(f"[yellow]It cannot read[/] {escape(unread)}")
    out.print(f"Next, somebody other than {registrant.name}: corpusgate sources approve {name}")


def _place(name: str, uri: str | None, *, inbox: bool) -> str:
    if inbox is (uri is not None):
        raise UsageError("A source has a place or is an inbox.", fix="Give either --uri or --inbox.")
    if uri is None:
        return inbox_uri(name)
    return uri if "://" in uri else str(Path(uri).expanduser().absolute())


@commands.command(epilog="Example: corpusgate sources approve handbook --token-file grace.token")
def approve(context: typer.Context, name: SourceName, token_file: TokenFile = None) -> None:
    """Let a pending source contribute. The person who registered it cannot approve it."""
    context.obj.registrations.approve(caller(context.obj, token_file), name)
    out.print(f"Source [bold]{name}[/] is approved. Next: corpusgate refresh {name}")


@commands.command(
    epilog='Example: corpusgate sources narrow handbook --token-file grace.token --reason "unusual edits"'
)
def narrow(context: typer.Context, name: SourceName, reason: Reason, token_file: TokenFile = None) -> None:
    """Send new documents of a source to review. Its served documents stay."""
    context.obj.registrations.narrow(caller(context.obj, token_file), name, reason)
    out.print(f"Source [bold]{name}[/] is narrowed: its changes go to review.")


@commands.command(epilog='Example: corpusgate sources release handbook --token-file grace.token --reason "explained"')
def release(context: typer.Context, name: SourceName, reason: Reason, token_file: TokenFile = None) -> None:
    """Trust a narrowed source again."""
    context.obj.registrations.release(caller(context.obj, token_file), name, reason)
    out.print(f"Source [bold]{name}[/] is approved again.")


@commands.command(
    epilog='Example: corpusgate sources revoke handbook --token-file grace.token --reason "left the company"'
)
def revoke(
    context: typer.Context, name: SourceName, reason: Reason = "no longer trusted", token_file: TokenFile = None
) -> None:
    """Stop serving a source at once."""
    context.obj.registrations.revoke(caller(context.obj, token_file), name, reason)
    out.print(f"Source [bold]{name}[/] is revoked: none of its documents is served.")


@commands.command(epilog="Example: corpusgate sources name 'handbook:~3f9a1b2c4d5e6f70.md'")
def name(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="Document with a pseudonym in its name.", show_default=False)],
    token_file: TokenFile = None,
) -> None:
    """Show the name a pseudonym stands for, by listing the source again; for its owners and operators."""
    from pipeline.checks.real_names import real_name  # imports Beam

    out.print(Text(real_name(context.obj, document, viewer(context.obj, token_file))))


@commands.command("list", epilog="Example: corpusgate sources list --json")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """All sources."""
    registered = context.obj.sources.sources()
    unread = unread_parts(context.obj.ledger)
    if as_json:
        print_json(
            [
                {**source.model_dump(mode="json"), "unread": [one.model_dump() for one in unread.get(source.name, ())]}
                for source in registered
            ]
        )
        return
    rows = [
        (
            s.name,
            s.state.value + (", read in part" if s.name in unread else ""),
            s.owner,
            s.classification.value,
            s.tenant,
            ", ".join(s.allow),
            s.uri,
        )
        for s in registered
    ]
    columns = ("name", "state", "owner", "classification", "tenant", "may read", "where")
    table("Sources", columns, rows, empty="none yet; add one with `corpusgate sources add`.")


commands.command("rates", epilog="Example: corpusgate sources rates handbook --windows 50")(rates)


@commands.command(epilog="Example: corpusgate sources show handbook")
def show(context: typer.Context, name: SourceName, as_json: AsJson = False) -> None:
    """Show one source."""
    source: Source = context.obj.sources.source(name)
    why = why_narrowed(context.obj, name, source.state)
    coming = next_refresh(context.obj.ledger, source)
    if as_json:
        unread = [one.model_dump() for one in unread_parts(context.obj.ledger).get(name, ())]
        warnings = context.obj.registrations.warnings(source)
        more = {"why_narrowed": why, "unread": unread, "warnings": warnings, "next_refresh": coming}
        print_json({**source.model_dump(mode="json"), **more})
        return
    rule = source.access_rule
    waiting = source.state is SourceState.PENDING
    facts(
        f"Source {source.name}",
        [
            ("state", source.state.value),
            ("narrowed because", why),
            ("could not read", sentence(unread_parts(context.obj.ledger).get(name, ())) or None),
            ("to do", f"approve it, as somebody other than {source.registered_by}" if waiting else None),
            ("read next", coming),
            ("where", source.uri),
            ("owner", source.owner),
            ("classification", source.classification.value),
            ("tenant", source.tenant),
            ("may read", ", ".join(rule.allow)),
            ("may never read", ", ".join(rule.deny)),
            ("access ends", rule.until),
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
