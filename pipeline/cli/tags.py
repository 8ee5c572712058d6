"""`corpusgate tags …`: what documents declare about themselves, as the gate reads it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import ExitCode

if TYPE_CHECKING:
    from pipeline.checks.declarations import CheckedTags, TagsReport

commands = typer.Typer(help="Check the tags that documents declare.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="tags")


@commands.command(epilog="Example: corpusgate tags check ./handbook --source handbook")
def check(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file, or a folder with everything beneath it.")],
    source: Annotated[
        str | None, typer.Option(help="The source it is for: says what would widen it, and who could read.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say line by line which tags the gate reads, and what keeps a document out. Stores nothing."""
    from pipeline.checks.declarations import check_tags  # imports Beam: seconds, so only here

    report = check_tags(context.obj, path, source)
    if as_json:
        print_json(report.model_dump(mode="json"))
    else:
        _show(report)
    if not report.is_fine:
        raise typer.Exit(ExitCode.WAITING)


def _show(report: "TagsReport") -> None:
    for document in report.documents:
        _show_document(document)
    for orphan in report.orphans:
        err.print(f"[yellow]{escape(orphan)}[/] describes a document that is not there.")
    if report.users_unknown:
        err.print("An identity provider names users too, so names after `user:` were not checked.")
    broken = sum(bool(document.problems) for document in report.documents)
    out.print(
        f"{len(report.documents):,} documents, {broken:,} with problems, {len(report.orphans):,} metadata files alone."
    )


def _show_document(document: "CheckedTags") -> None:
    if not (document.tags or document.problems or document.warnings):
        return
    table(
        document.document + (f" and {document.sidecar}" if document.sidecar else ""),
        ("where", "tag", "read as"),
        [(tag.place, tag.key, tag.value) for tag in document.tags],
        empty="no tag is read.",
    )
    if document.access is not None:
        rule = document.access
        denied = f", never by {', '.join(rule.deny)}" if rule.deny else ""
        until = f", until {rule.until:%Y-%m-%d %H:%M} UTC" if rule.until else ""
        out.print(escape(f"  {rule.classification.value}, read by {', '.join(rule.allow)}{denied}{until}"))
    for problem in document.problems:
        out.print(f"  [red]problem[/] {escape(problem)}")
    for warning in document.warnings:
        out.print(f"  [yellow]warning[/] {escape(warning)}")
