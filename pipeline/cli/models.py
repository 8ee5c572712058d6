"""`corpusgate models …`: bring embedding models, derive them, and change over from one to another."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from pipeline.cli.caller import caller
from pipeline.cli.model_migration import register as register_migration
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import UsageError
from pipeline.domain.identity.roles import Role
from pipeline.workspace import Workspace

commands = typer.Typer(
    help="Add, derive and change embedding models, and show where they come from.", no_args_is_help=True
)
ModelName = Annotated[str | None, typer.Option("--name", help="Model of the lock. Default: the one in use.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    register_migration(commands)
    app.add_typer(commands, name="models")


@commands.command("list", epilog="Example: corpusgate models list")
def list_models(context: typer.Context, as_json: AsJson = False) -> None:
    """Show the embedding models of this home. Nothing is verified or loaded."""
    workspace: Workspace = context.obj
    from pipeline.publishing.models_of_home import models_of

    models = models_of(workspace)
    if as_json:
        print_json([model.model_dump(mode="json") for model in models])
        return
    table(
        "Embedding models",
        ("model", "in use", "dimensions", "tokens", "engine", "licence", "digest"),
        [
            (m.name, "yes" if m.in_use else "", m.dimensions, m.max_tokens, m.engine, m.licence, m.digest[:12])
            for m in models
        ],
    )


@commands.command(epilog="Example: corpusgate models add ./bge-small-en --name bge-small-en --licence MIT")
def add(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Folder as sentence-transformers saves it.")
    ],
    name: Annotated[str, typer.Option("--name", help="Name in the model lock.")],
    licence: Annotated[str, typer.Option("--licence", help="Licence of the weights, for the record.")] = "not stated",
    origin: Annotated[str, typer.Option("--origin", help="Where they come from, for the record.")] = "not stated",
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Copy a local model into the home, lock every file of it, and derive it. Searches do not change."""
    workspace: Workspace = context.obj
    by = caller(workspace, token_file)
    by.require(Role.OPERATOR)
    err.print("Copying, locking and trying the model …", style="dim")
    from pipeline.publishing.models_of_home import add_model

    model = add_model(workspace, folder, name, licence, origin, by.name)
    if as_json:
        print_json({"name": name, "digest": model.digest, **model.model_dump(mode="json")})
        return
    engine = "onnxruntime" if model.derivable else "torch (it cannot be derived)"
    out.print(
        f"{escape(name)}: {len(model.files)} files locked, digest {model.digest[:12]}, {model.dimensions} dimensions, "
        f"{model.max_tokens} tokens, computed by {engine}.\nServe with it: corpusgate models migrate {escape(name)}"
    )


@commands.command(epilog="Example: corpusgate models derive")
def derive(
    context: typer.Context,
    installation: Annotated[
        bool, typer.Option("--installation", help="Derive the model that ships with Corpusgate, for homes to come.")
    ] = False,
    name: ModelName = None,
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
    """Convert a locked model for onnxruntime, compare it with sentence-transformers, sign its lineage in the home."""
    workspace: Workspace = context.obj
    if installation and name is not None:
        raise UsageError("--installation derives the model that ships with Corpusgate.", fix="Leave --name out.")
    err.print("Converting the model and comparing it with sentence-transformers …", style="dim")
    lineage = workspace.derive_shipped_model(collection) if installation else workspace.derive_model(name, collection)
    _show(lineage.model_dump(mode="json"), as_json)


@commands.command(epilog="Example: corpusgate models show")
def show(context: typer.Context, name: ModelName = None, as_json: AsJson = False) -> None:
    """Show the lineage of a derived model of the home; its signature is verified first."""
    workspace: Workspace = context.obj
    lineage = workspace.lineage_of(name or workspace.embedding.model)
    if lineage is None:
        raise UsageError("This home uses no such derived model.", fix="Derive one: corpusgate models derive")
    _show(lineage.model_dump(mode="json"), as_json)


def _show(lineage: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(lineage)
        return
    own = {name: value for name, value in lineage.items() if name not in ("parity", "versions", "engines")}
    rows = [
        (name, str(value)) for part in (own, lineage["parity"], lineage["versions"]) for name, value in part.items()
    ]
    table("Derived model", ("", ""), [(name, value) for name, value in rows if value != "None"])
    if lineage["engines"]:
        table(
            "Engines of the machine that derived it",
            ("engine", "probe texts per processor second", "lowest cosine", "same bits in any company", "nDCG@10"),
            [
                (
                    engine["engine"],
                    engine["texts_per_processor_second"],
                    str(engine["lowest_cosine"]),
                    "yes" if engine["same_bits"] else "no",
                    "" if engine["ndcg"] is None else str(engine["ndcg"]),
                )
                for engine in lineage["engines"]
            ],
        )
    out.print("Vectors of the derived model are those of the reference, up to rounding.", style="dim")
