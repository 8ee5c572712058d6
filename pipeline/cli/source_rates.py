"""`corpusgate sources rates`: recent figures of a source, and its normal range."""

from typing import Annotated

import typer

from pipeline.cli.options import AsJson, SourceName
from pipeline.cli.output import facts, print_json, table
from pipeline.domain.rates.ingest_rates import Figure
from pipeline.domain.rates.recorded import RecordedWindow
from pipeline.reports.source_rates import source_rates


def rates(
    context: typer.Context,
    name: SourceName,
    windows: Annotated[int, typer.Option(min=1, max=1_000, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the figures of a source in its last runs and windows, its bands and limits, and its breaches."""
    found = source_rates(context.obj, name, windows)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    facts(f"Source {name}", [("state", found.state.value), ("narrowed because", found.why_narrowed)])
    table(
        "Windows",
        ("from", "of", "known", *(figure.value.replace("_", " ") for figure in Figure), "out of pattern"),
        [_row(window) for window in found.windows],
        empty="no change yet.",
    )
    table(
        "What is normal",
        ("figure", "of", "learned from", "median", "band ends at"),
        [
            (
                one.figure.value.replace("_", " "),
                one.graph.value,
                one.windows,
                one.band.median if one.band else f"warming up: {found.limits.warm_up} are needed",
                one.band.bound if one.band else "",
            )
            for one in found.bands
        ],
        empty="not known yet.",
    )
    shares = {
        name.removeprefix("max_").replace("_", " "): value
        for name, value in found.limits.model_dump().items()
        if name.startswith("max_") and value is not None
    }
    facts("Fixed limits", shares.items())


def _row(window: RecordedWindow) -> tuple[object, ...]:
    said = "; ".join(f"{breach.figure.value.replace('_', ' ')} over {breach.bound:,}" for breach in window.breaches)
    return (
        f"{window.start:%Y-%m-%d %H:%M}",
        window.graph.value,
        window.known,
        *(window.figures.of(figure) for figure in Figure),
        said or ("" if window.normal else "narrowed"),
    )
