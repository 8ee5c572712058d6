"""`corpusgate evidence …`: bundles for auditors."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import TokenFile
from pipeline.cli.output import out
from pipeline.domain.bills import written
from pipeline.domain.errors import ConfigError, UsageError
from pipeline.domain.moments import written_moment
from pipeline.reports.bill_of_materials import bill_of_materials
from pipeline.reports.evidence_bundle import EvidenceRequest, export_evidence

commands = typer.Typer(help="Export evidence that an auditor verifies without Corpusgate.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="evidence")


@commands.command(epilog="Example: corpusgate evidence export --generation 12 --to generation-12.tar")
def export(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", help="Archive to write. It holds no text of a document.")],
    generation: Annotated[int | None, typer.Option("--generation", min=1, help="About this generation.")] = None,
    period: Annotated[
        str, typer.Option("--period", metavar="FROM..UNTIL", help="About a time: 2026-11-01T00:00Z..2026-12-01T00:00Z")
    ] = "",
    incident: Annotated[
        str,
        typer.Option(
            "--incident",
            metavar="SUBJECT",
            help="About a document, passage, source, run or model: exposure, and all audit entries since its first.",
        ),
    ] = "",
    kept: Annotated[
        Path | None, typer.Option("--kept", help="A checkpoint its reader kept: prove that the log continues it.")
    ] = None,
    token_file: TokenFile = None,
) -> None:
    """Write manifests, attestations, audit entries, proofs and receipts to one archive with a signed index."""
    if sum((generation is not None, bool(period), bool(incident))) != 1:
        raise UsageError(
            "A bundle is about a generation, a period or an incident.", fix="Give --generation, --period or --incident."
        )
    since, _, until = period.partition("..")
    moments = (written_moment(since), written_moment(until)) if period else (None, None)
    if period and None in moments:
        raise UsageError("That is not a period.", fix="Write 2026-11-01T00:00Z..2026-12-01T00:00Z")
    try:
        note = None if kept is None else kept.read_text("utf-8")
    except (OSError, ValueError):
        raise ConfigError(f"{kept} cannot be read.", fix="Give a note that `audit checkpoint` wrote.") from None
    wanted = EvidenceRequest(generation=generation, since=moments[0], until=moments[1], incident=incident, kept=note)
    made = export_evidence(context.obj, viewer(context.obj, token_file), wanted, to)
    out.print(f"Wrote {to}: {made.entries:,} audit entries, generations {list(made.generations)}.", markup=False)
    out.print(f"SHA-256 {made.sha256}", markup=False)
    for sentence in made.absent:
        out.print(f"not in it: {sentence}", markup=False)


@commands.command("bill", epilog="Example: corpusgate evidence bill --generation 12 --to generation-12.cdx.json")
def bill_(
    context: typer.Context,
    to: Annotated[Path, typer.Option("--to", help="File to write. It holds no id and no text of a document.")],
    generation: Annotated[
        int | None, typer.Option("--generation", min=1, help="Generation. Default: the one that is served.")
    ] = None,
    token_file: TokenFile = None,
) -> None:
    """Write the bill of materials of a generation: models with each file, sources with owner and classification."""
    content = bill_of_materials(context.obj, viewer(context.obj, token_file), generation)
    try:
        with to.open("xb") as file:
            file.write(written(content))
    except OSError as error:
        raise ConfigError(f"{to} cannot be written: {error.strerror}.", fix="Name a new file.") from None
    kinds = [one["type"] for one in content["components"]]
    models, corpora = kinds.count("machine-learning-model"), kinds.count("data")
    out.print(f"Wrote {to}: {models} models and {corpora} sets of data, CycloneDX 1.7.", markup=False)
