"""`corpusgate models …`: derive the file that embeddings are computed with, and show where it comes from."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import UsageError
from pipeline.workspace import Workspace

commands = typer.Typer(help="Derive embedding models, and show where they come from.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="models")


@commands.command(epilog="Example: corpusgate models derive")
def derive(
    context: typer.Context,
    installation: Annotated[
        bool, typer.Option("--installation", help="Derive the model that ships with Corpusgate, for homes to come.")
    ] = False,
    collection: Annotated[
        Path | None,
        typer.Option(
            "--collection",
            help="Folder with corpus.jsonl, queries.jsonl and qrels.tsv: compare nDCG@10 on it too.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Convert the locked model for onnxruntime, compare it with sentence-transformers, sign its lineage in the home."""
    workspace: Workspace = context.obj
    err.print("Converting the model and comparing it with sentence-transformers …", style="dim")
    lineage = workspace.derive_shipped_model(collection) if installation else workspace.derive_model(collection)
    _show(lineage.model_dump(mode="json"), as_json)


@commands.command(epilog="Example: corpusgate models show")
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the lineage of the home's derived model; its signature is verified first."""
    workspace: Workspace = context.obj
    lineage = workspace.model_lineage
    if lineage is None:
        raise UsageError("This home uses no derived model.", fix="Derive one: corpusgate models derive")
    _show(lineage.model_dump(mode="json"), as_json)


def _show(lineage: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json(lineage)
        return
    parity, versions = lineage.pop("parity"), lineage.pop("versions")
    rows = [(name, str(value)) for part in (lineage, parity, versions) for name, value in dict(part).items()]  # type: ignore[call-overload]
    table("Derived model", ("", ""), [(name, value) for name, value in rows if value != "None"])
    out.print("Vectors of the derived model are those of the reference, up to rounding.", style="dim")
