"""`corpusgate principals …`: the identity file."""

from typing import Annotated

import typer

from pipeline.cli.output import out, print_json, table
from pipeline.domain.permissions import DEFAULT_TENANT, Classification
from pipeline.settings import PrincipalSettings

commands = typer.Typer(help="Who may ask.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="principals")


@commands.command(epilog="Example: corpusgate principals add ada --group staff --clearance internal")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="user:NAME or service:NAME; a bare name is a user.")],
    clearance: Annotated[Classification, typer.Option(help="Up to which classification.")] = Classification.INTERNAL,
    group: Annotated[list[str] | None, typer.Option(help="Group, repeatable.")] = None,
    tenant: Annotated[str, typer.Option(help="Wall between customers.")] = DEFAULT_TENANT,
) -> None:
    """Add a principal to configs/principals.yaml, or replace it."""
    entry = PrincipalSettings(name=name, tenant=tenant, groups=tuple(group or ()), clearance=clearance)
    added = context.obj.add_principal(entry)
    out.print(f"{added.name} may ask, up to {added.clearance.value}.")


@commands.command("list", epilog="Example: corpusgate principals list")
def list_(context: typer.Context, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Everybody who may ask."""
    identities = context.obj.home.identities
    everybody = [identities.principal(entry.name) for entry in identities.principals]
    if as_json:
        print_json([principal.model_dump(mode="json") for principal in everybody])
        return
    rows = [(p.name, p.tenant, p.clearance.value, ", ".join(sorted(p.groups))) for p in everybody]
    table("Principals", ("name", "tenant", "clearance", "groups"), rows, empty="nobody yet: corpusgate principals add.")
