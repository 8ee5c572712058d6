"""`corpusgate tokens …`: the tokens that prove the identity of people and services."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import ConfigError
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.domain.identity.tokens import Token
from pipeline.settings.home import write_token
from pipeline.settings.operator import operator_name
from pipeline.workspace import Workspace

commands = typer.Typer(help="Make, list and revoke tokens.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="tokens")


@commands.command(epilog="Example: corpusgate tokens create grace --role reviewer --source handbook --days 30")
def create(
    context: typer.Context,
    principal: Annotated[str, typer.Argument(help="The principal it identifies, from configs/principals.yaml.")],
    role: Annotated[
        list[Role] | None, typer.Option(help="Only this role of the principal, repeatable. Default: all roles.")
    ] = None,
    source: Annotated[list[str] | None, typer.Option(help="Those roles only for this source, repeatable.")] = None,
    classification: Annotated[
        list[Classification] | None, typer.Option(help="Those roles only for this classification, repeatable.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="How long it lasts. Default: see configs.")] = None,
    name: Annotated[str, typer.Option(help="Purpose of the token, to recognise it.")] = "",
    to: Annotated[Path | None, typer.Option("--out", help="A new file that only you can read.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token. It is shown once, here or in --out, and is not stored."""
    workspace: Workspace = context.obj
    bounds = {"sources": tuple(source or ()), "classifications": tuple(classification or ())}
    if not role and any(bounds.values()):
        raise typer.BadParameter("--source and --classification narrow a --role.")
    grants = [Grant.model_validate({"role": one, **bounds}) for one in role] if role else None
    secret, token = workspace.tokens.create(principal, operator_name(), days, name=name, grants=grants)
    if to:
        try:
            write_token(to, secret)
        except ConfigError:
            workspace.tokens.revoke(token.token_id, operator_name())
            raise
    if as_json:
        print_json({**token.model_dump(mode="json"), **({} if to else {"token": secret})})
    elif not to:
        out.print(secret, markup=False)
    where = f"It is in {to}." if to else "It is not shown again."
    err.print(f"Token {token.token_id} of {token.principal}, until {token.expires_at:%Y-%m-%d}. {where}", markup=False)


@commands.command("list", epilog="Example: corpusgate tokens list --principal grace")
def list_(
    context: typer.Context,
    principal: Annotated[str | None, typer.Option(help="Only of this principal.")] = None,
    as_json: AsJson = False,
) -> None:
    """List every token. The tokens themselves are not stored."""
    workspace: Workspace = context.obj
    found = workspace.tokens.list_tokens(principal)
    if as_json:
        print_json([{**token.model_dump(mode="json"), "state": state.value} for token, state in found])
        return
    rows = [
        (
            token.token_id,
            state.value,
            token.principal,
            token.name,
            _grants(token),
            f"{token.expires_at:%Y-%m-%d}",
            f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never",
            token.created_by,
        )
        for token, state in found
    ]
    columns = ("token", "state", "of", "name", "may", "until", "last used (UTC)", "made by")
    table("Tokens", columns, rows, empty="none yet: corpusgate tokens create.")


@commands.command(epilog="Example: corpusgate tokens revoke 4f2a")
def revoke(context: typer.Context, token: Annotated[str, typer.Argument(help="Token id, or its beginning.")]) -> None:
    """End a token now, and every session that was opened with it."""
    workspace: Workspace = context.obj
    ended = workspace.tokens.revoke(token, operator_name())
    out.print(f"Token {ended.token_id} of {ended.principal} is no longer valid.", markup=False)


@commands.command("revoke-all", epilog="Example: corpusgate tokens revoke-all --principal user:grace")
def revoke_all(
    context: typer.Context,
    principal: Annotated[str, typer.Option(help="Everything of this principal, such as user:grace.")] = "",
    everyone: Annotated[bool, typer.Option("--everyone", help="Everything of every principal.")] = False,
) -> None:
    """End every token and session of a principal, or of all, from the next request on in every running server."""
    workspace: Workspace = context.obj
    if bool(principal) == everyone:
        raise typer.BadParameter("Give --principal or --everyone.")
    ended = workspace.tokens.revoke_all(None if everyone else principal, operator_name())
    out.print(f"{ended.tokens:,} tokens and {ended.sessions:,} sessions of {ended.principals:,} principals ended.")
    err.print("An identity provider may go on making sessions: end those of the person there, too.", style="dim")


def _grants(token: Token) -> str:
    return "all its principal may" if token.grants is None else ", ".join(map(str, token.grants))
