"""`corpusgate keys …`: the keys that sign generations, checkpoints and receipts."""

from typing import Annotated

import typer

from pipeline.cli.caller import TokenFile, caller
from pipeline.cli.output import out, table
from pipeline.index.signing import trusted_keys
from pipeline.operations import keys as operation

commands = typer.Typer(help="Rotate and revoke signing keys.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="keys")


@commands.command("list", epilog="Example: corpusgate keys list")
def list_(context: typer.Context) -> None:
    """Every key, and whether what it signed is accepted."""
    used = context.obj.signer.key_id
    known = trusted_keys(context.obj.home.keys).items()
    rows = [(one, "in use" if one == used else "trusted" if valid else "revoked") for one, valid in known]
    table("Keys", ("key", ""), rows)


@commands.command(epilog="Example: corpusgate keys rotate --token-file oper.token")
def rotate(context: typer.Context, token_file: TokenFile = None) -> None:
    """Sign with a new key from now on; what older ones signed stays trusted until they are revoked."""
    out.print(f"Signing with {operation.rotate(context.obj, caller(context.obj, token_file))} from now on.")


@commands.command(epilog="Example: corpusgate keys revoke 3f0c9a --token-file oper.token")
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Key id, or its unique beginning.")],
    token_file: TokenFile = None,
) -> None:
    """Refuse everything that only this key signed; kept generations are verified and signed again first."""
    signed = operation.revoke(context.obj, key, caller(context.obj, token_file))
    out.print(f"Revoked. Signed again: {', '.join(map(str, signed)) or 'nothing'}.")
    out.print("Checkpoints and receipts it signed are refused from now on: make a new audit checkpoint.")
