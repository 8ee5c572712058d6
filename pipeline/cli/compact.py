"""`corpusgate compact`."""

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.output import out, print_json
from pipeline.settings.operator import operator_name
from pipeline.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: corpusgate compact")(compact)


def compact(context: typer.Context, as_json: AsJson = False) -> None:
    """Merge small segments and leave out unused rows. Answers stay the same, and searches go on."""
    from pipeline.publishing import compact as operation

    workspace: Workspace = context.obj
    result = operation.compact(workspace, operator_name())
    if as_json:
        print_json(result.model_dump(mode="json"))
    elif result.generation is None:
        out.print("Nothing is served yet: corpusgate refresh.")
    elif not result.published:
        out.print(f"Compaction would save nothing: generation {result.generation.number} stays.")
    else:
        out.print(
            f"Generation {result.generation.number}: {result.merged_segments} segments became "
            f"{result.written_segments}, {result.dropped_rows} unused rows left behind, {result.seconds:.1f} s."
        )
