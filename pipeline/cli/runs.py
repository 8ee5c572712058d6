"""`corpusgate runs …`: the runs on record, and what each did to which document."""

from collections.abc import Mapping
from typing import Annotated

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.documents.documents import Action, ChangeKind
from pipeline.domain.documents.listings import Omission
from pipeline.reports.runs import RunView, list_runs, run_documents, run_view
from pipeline.workspace import Workspace

commands = typer.Typer(help="See what refreshes and streams did, document by document.", no_args_is_help=True)
_ALL = 1_000_000


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="runs")


@commands.command("list", epilog="Example: corpusgate runs list --last 5")
def list_(
    context: typer.Context,
    last: Annotated[int, typer.Option("--last", min=1, max=1_000, help="How many.")] = 20,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """The newest runs, the last one at the end. Without a token: the operator's view."""
    workspace: Workspace = context.obj
    found = list_runs(workspace, viewer(workspace, token_file), last)[::-1]
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    columns = ("run", "state", "began (UTC)", "took", "sources", "came in", "verdicts", "generation")
    table("Runs", columns, [_row(one) for one in found], empty="none yet: corpusgate refresh.")


@commands.command(epilog="Example: corpusgate runs show 20261201-033738-5d1a16 --verdict quarantine")
def show(
    context: typer.Context,
    run: Annotated[str, typer.Argument(help="Id of the run.")],
    verdict: Annotated[Action | None, typer.Option(help="Only documents that were judged so.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Documents to name, also in JSON. 0 names all.")] = 50,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """One run with its documents: those it judged and those it found gone. Without a token: the operator's view."""
    workspace: Workspace = context.obj
    who = viewer(workspace, token_file)
    found = run_view(workspace, who, run)
    documents = run_documents(workspace, who, run, verdict, size=(limit or _ALL) + 1)
    shown = documents[: limit or None]
    if as_json:
        print_json({**found.model_dump(mode="json"), "documents": [one.model_dump(mode="json") for one in shown]})
        return
    facts(f"Run {run}", _facts(found))
    rows = [(one.doc_id, one.change, one.before or "", one.verdict or "", one.why) for one in shown]
    table("Documents", ("document", "change", "older name", "verdict", "why"), rows, empty="none was judged or gone.")
    if len(documents) > len(shown):
        out.print("… and more: --limit 0 names all", style="dim")


def _row(one: RunView) -> tuple[object, ...]:
    run, summary = one.run, one.run.summary
    took = f"{summary.seconds:,.1f} s" if summary else ""
    return (
        run.run_id,
        run.state,
        f"{run.started_at:%Y-%m-%d %H:%M:%S}",
        took,
        ", ".join(run.sources),
        _counted(summary.documents) if summary else run.reason_code or "",
        _counted(summary.verdicts) if summary else "",
        one.generation or "",
    )


def _facts(one: RunView) -> list[tuple[str, object]]:
    run, summary = one.run, one.run.summary
    ended = f"{run.finished_at:%Y-%m-%d %H:%M:%S} UTC" if run.finished_at else None
    unread = {source: ", ".join(o.name or "all of it" for o in left) for source, left in _incomplete(one)}
    return [
        ("state", run.state),
        ("because of", run.reason_code),
        ("sources", ", ".join(run.sources)),
        ("began", f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("ended", ended),
        ("came in", summary and _counted(summary.documents)),
        ("verdicts", summary and _counted(summary.verdicts)),
        ("deletions held", (summary and summary.held_deletions) or None),
        ("not readable", "; ".join(f"{source}: {names}" for source, names in unread.items()) or None),
        ("took", summary and f"{summary.seconds:,.1f} s, {summary.scanned:,} scanned, {summary.embedded:,} embedded"),
        ("generation", one.generation or "none: what is served stayed"),
    ]


def _incomplete(one: RunView) -> list[tuple[str, tuple[Omission, ...]]]:
    return list(one.run.summary.incomplete.items()) if one.run.summary else []


def _counted(counts: Mapping[ChangeKind, int] | Mapping[Action, int]) -> str:
    return ", ".join(f"{count:,} {kind.value}" for kind, count in counts.items() if count) or "nothing"
