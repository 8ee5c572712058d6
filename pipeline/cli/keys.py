"""`corpusgate keys …`: the keys that sign generations, checkpoints and receipts."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.caller import caller
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import err, out, print_json, table
from pipeline.publishing import keys as operation

commands = typer.Typer(help="Rotate and revoke signing keys.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="keys")


@commands.command("list", epilog="Example: corpusgate keys list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List every key, and whether its signatures are accepted."""
    known = operation.public_keys(context.obj)
    if as_json:
        print_json([{"key": one.key_id, "state": one.state} for one in known])
        return
    table("Keys", ("key", ""), [(one.key_id, one.state) for one in known])


@commands.command(epilog="Example: corpusgate keys export --to for-the-auditor")
def export(
    context: typer.Context,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for one PEM file per key. Default: print them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Export public keys, for auditors who check signatures without Corpusgate. The state of each key is given."""
    keys = operation.public_keys(context.obj)
    if to is not None:
        for file in operation.write_public_keys(keys, to):
            err.print(f"Wrote {file}", markup=False)
    if as_json:
        print_json([one.model_dump() for one in keys])
    elif to is None:
        for one in keys:
            out.print(f"# {one.key_id} {one.state}\n{one.pem}", markup=False, highlight=False, soft_wrap=True)


@commands.command(epilog="Example: corpusgate keys rotate --token-file oper.token")
def rotate(context: typer.Context, token_file: TokenFile = None) -> None:
    """Sign with a new key from now on. Signatures of older keys stay trusted until those are revoked."""
    out.print(f"Signing with {operation.rotate(context.obj, caller(context.obj, token_file))} from now on.")


@commands.command(epilog="Example: corpusgate keys revoke 3f0c9a --token-file oper.token")
def revoke(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Key id, or its unique beginning.")],
    token_file: TokenFile = None,
) -> None:
    """Refuse signatures of this key. Kept generations are verified and signed again first."""
    signed = operation.revoke(context.obj, key, caller(context.obj, token_file))
    out.print(f"Revoked. Signed again: {', '.join(map(str, signed)) or 'nothing'}.")
    out.print("Checkpoints and receipts that this key signed are refused from now on. A new checkpoint was made.")
