"""Options and arguments that several commands share: one name and one help text each."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.domain.errors import UsageError
from pipeline.domain.moments import written_moment
from pipeline.settings.environment import TOKEN_VARIABLE

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
TokenFile = Annotated[
    Path | None,
    typer.Option("--token-file", help=f"File with your token. Default: the environment variable {TOKEN_VARIABLE}."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why. Kept on record; the audit log keeps its digest.")]
DocumentName = Annotated[str, typer.Argument(help="Document id, or an ending that only one document has.")]
SourceName = Annotated[str, typer.Argument(help="Name of the source.")]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="From this time on, such as 2026-11-20T10:00Z.")]
Until = Annotated[str, typer.Option("--until", metavar="TIME", help="Before this time.")]


def given_moment(text: str) -> datetime | None:
    """The time that an option names; None for an empty one. Raises `UsageError`."""
    if not text:
        return None
    moment = written_moment(text)
    if moment is None:
        raise UsageError("That is not a time with its zone.", fix="Write a time as 2026-11-20T10:00Z.")
    return moment
