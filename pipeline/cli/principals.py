"""`corpusgate principals …`: the identity file."""

from typing import Annotated

import typer
from pydantic import ValidationError

from pipeline.cli.options import AsJson
from pipeline.cli.output import out, print_json, table
from pipeline.domain.identity.permissions import DEFAULT_TENANT, Classification
from pipeline.domain.identity.roles import Grant, Role
from pipeline.settings.principals import PrincipalSettings

commands = typer.Typer(help="Principals: who may search, and who holds which role.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="principals")


@commands.command(epilog="Example: corpusgate principals add ada --group staff --clearance internal")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="user:NAME or service:NAME; a bare name is a user.")],
    clearance: Annotated[
        Classification, typer.Option(help="Highest classification it may read.")
    ] = Classification.INTERNAL,
    group: Annotated[list[str] | None, typer.Option(help="Group, repeatable.")] = None,
    tenant: Annotated[str, typer.Option(help="Tenant; tenants never see each other's documents.")] = DEFAULT_TENANT,
    role: Annotated[
        list[str] | None,
        typer.Option(
            help="Additional role: owner, reviewer, auditor, operator, or for one source reviewer:SOURCE. Repeatable."
        ),
    ] = None,
) -> None:
    """Add or replace a principal in configs/principals.yaml. Every principal added so may search."""
    roles = (Grant(role=Role.READER), *map(_grant, role or ()))
    entry = PrincipalSettings(
        name=name, tenant=tenant, groups=tuple(group or ()), clearance=clearance, roles=tuple(dict.fromkeys(roles))
    )
    added = context.obj.principals.add(entry)
    out.print(f"{added.name} may search, up to {added.clearance.value}. Roles: {', '.join(map(str, entry.roles))}.")


@commands.command("list", epilog="Example: corpusgate principals list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List everyone who may ask."""
    identities = context.obj.home.identities
    everybody = [identities.principal(entry.name) for entry in identities.principals]
    if as_json:
        print_json(
            [
                {**p.model_dump(mode="json"), "roles": [g.model_dump(mode="json") for g in identities.grants(p.name)]}
                for p in everybody
            ]
        )
        return
    rows = [
        (
            p.name,
            p.tenant,
            p.clearance.value,
            ", ".join(sorted(p.groups)),
            ", ".join(map(str, identities.grants(p.name))),
        )
        for p in everybody
    ]
    columns = ("name", "tenant", "clearance", "groups", "roles")
    table("Principals", columns, rows, empty="none yet: corpusgate principals add.")


def _grant(words: str) -> Grant:
    role, _, source = words.partition(":")
    try:
        return Grant.model_validate({"role": role, "sources": (source,) if source else ()})
    except ValidationError as error:
        raise typer.BadParameter(error.errors(include_url=False, include_input=False)[0]["msg"]) from None
