"""`corpusgate generations held|approve|reject`: generations that wait because they change watched answers."""

from typing import Annotated

import typer

from pipeline.cli.caller import caller, viewer
from pipeline.cli.canaries import documents
from pipeline.cli.options import AsJson, Reason, TokenFile
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.review.held_generations import HeldGeneration
from pipeline.workspace import Workspace

Digest = Annotated[str, typer.Argument(metavar="DIGEST", help="Digest of the held generation, or its beginning.")]


def add_to(commands: typer.Typer) -> None:
    """Add the commands to `corpusgate generations`."""
    commands.command(epilog="Example: corpusgate generations held 3f2a90 --token-file grace.token")(held)
    commands.command(
        epilog='Example: corpusgate generations approve 3f2a90 --reason "the new policy is meant" --token-file t'
    )(approve)
    commands.command(
        epilog='Example: corpusgate generations reject 3f2a90 --reason "the old memo must stay" --token-file t'
    )(reject)


def held(
    context: typer.Context,
    digest: Annotated[str | None, typer.Argument(help="Show this generation, with answers before and after.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Include decided generations.")] = False,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """List generations that wait for a person, with changed canary answers. Without a token: the operator's view."""
    workspace: Workspace = context.obj
    who = viewer(workspace, token_file)
    if digest is not None:
        item = workspace.held_generations.show(digest, who)
        if as_json:
            print_json(item.model_dump(mode="json"))
        else:
            _show(item)
        return
    items = workspace.held_generations.list_items(who, everything=everything)
    if as_json:
        print_json([item.model_dump(mode="json") for item in items])
    else:
        held_table(items)


def held_table(items: list[HeldGeneration]) -> None:
    """Held generations, one a line."""
    rows = [
        (item.digest[:12], item.state.value, f"{item.opened_at:%Y-%m-%d %H:%M}", item.run_id, item.report.sentence)
        for item in items
    ]
    columns = ("generation", "state", "since (UTC)", "run", "what it changes")
    table("Held generations", columns, rows, empty="none waits.")


def approve(context: typer.Context, digest: Digest, reason: Reason, token_file: TokenFile = None) -> None:
    """Let exactly this generation be served. The next refresh, or the same migration, publishes it if unchanged."""
    workspace: Workspace = context.obj
    item = workspace.held_generations.approve(digest, caller(workspace, token_file), reason)
    out.print(f"Approved {item.digest[:12]}. Now {item.published_by} publishes it.")


def reject(context: typer.Context, digest: Digest, reason: Reason, token_file: TokenFile = None) -> None:
    """Keep this generation out. The current one stays."""
    workspace: Workspace = context.obj
    item = workspace.held_generations.reject(digest, caller(workspace, token_file), reason)
    out.print(f"Rejected {item.digest[:12]}. The current generation stays.")


def _show(item: HeldGeneration) -> None:
    facts(
        f"Held generation {item.digest[:12]}",
        [
            ("state", item.state.value),
            ("says", item.report.sentence),
            ("instead of", f"generation {item.replaces}" if item.replaces else "nothing: it is the first"),
            ("documents", ", ".join(f"{count} {kind}" for kind, count in item.changes.items())),
            ("submitted by", ", ".join(item.submitters)),
            ("run", item.run_id),
            ("waits since", f"{item.opened_at:%Y-%m-%d %H:%M} UTC"),
            ("digest", item.digest),
        ],
    )
    rows = [
        (
            result.question_id,
            result.question,
            result.principal,
            "" if result.overlap is None else f"{result.overlap:.0%}",
            "not known" if result.before is None else documents(result.before),
            documents(result.after) + (f" (lacks {', '.join(result.missing)})" if result.missing else ""),
        )
        for result in item.report.results
    ]
    table("Answers", ("id", "question", "asked by", "overlap", "before", "after"), rows, empty="unchanged.")
    decided = [(d.person, d.decision.value, f"{d.at:%Y-%m-%d %H:%M}", d.reason) for d in item.decisions]
    table("Decisions", ("who", "decided", "when", "why"), decided, empty="no decision yet.")
