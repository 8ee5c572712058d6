"""Options and arguments that several commands share: one name and one help text each."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.settings.environment import TOKEN_VARIABLE

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help=f"File with your token. Default: the environment variable {TOKEN_VARIABLE}."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why. Kept on record; the audit log keeps its digest.")]
DocumentName = Annotated[str, typer.Argument(help="Document id, or an ending that only one document has.")]
SourceName = Annotated[str, typer.Argument(help="Name of the source.")]
