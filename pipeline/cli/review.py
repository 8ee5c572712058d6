"""`corpusgate review …`: what waits for a person."""

from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.output import facts, out, print_json, table
from pipeline.stores.review_queue import ItemState
from pipeline.workspace import Workspace

commands = typer.Typer(help="See and decide what waits for a person.", no_args_is_help=True)
Item = Annotated[str, typer.Argument(help="Item id, or its beginning.")]
By = Annotated[str, typer.Option("--by", help="Who decides; never who submitted.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; goes into the audit log.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="review")


@commands.command("list", epilog="Example: corpusgate review list --json")
def list_(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Decided items too.")] = False,
    as_json: AsJson = False,
) -> None:
    """What waits, oldest first."""
    workspace: Workspace = context.obj
    items = workspace.reviews.list_items(None if everything else ItemState.OPEN)
    if as_json:
        print_json([item.model_dump(mode="json") for item in items])
        return
    rows = [
        (
            item.item_id,
            item.doc_id,
            item.kind.value,
            item.state.value,
            item.impact.score if item.impact else 0,
            f"{sum(d.decision.value == 'approve' for d in item.decisions)} of {item.required_approvals}",
            " ".join(item.reasons),
        )
        for item in items
    ]
    table(
        "Review queue",
        ("item", "document", "about", "state", "impact", "approvals", "why"),
        rows,
        empty="nothing waits.",
    )
    waiting = workspace.ledger.waiting()
    quarantined = sum(count for action, count in waiting.items() if action.value == "quarantine")
    if quarantined:
        out.print(
            f"{quarantined} more are in quarantine: their owners must mend them. See: corpusgate explain DOCUMENT"
        )


@commands.command(epilog="Example: corpusgate review show 4f2a")
def show(context: typer.Context, item: Item, as_json: AsJson = False) -> None:
    """One item: why it waits, whose it is, who may read it, what was found."""
    workspace: Workspace = context.obj
    case = workspace.reviews.show(item)
    if as_json:
        print_json(case.model_dump(mode="json"))
        return
    waiting = case.item
    facts(
        f"Review {waiting.item_id}",
        [
            ("document", waiting.doc_id),
            ("about", waiting.kind.value),
            ("why", " ".join(waiting.reasons)),
            ("state", f"{waiting.state.value}, needs {waiting.required_approvals} approvals"),
            ("submitted by", waiting.submitter),
            ("waits since", f"{waiting.opened_at:%Y-%m-%d %H:%M} UTC"),
        ],
    )
    if waiting.impact:
        rows = [(factor.name, factor.points, factor.reason) for factor in waiting.impact.factors]
        table(f"Impact {waiting.impact.score} of 100", ("factor", "points", "why"), rows, empty="no factors.")
    out.print(f"Everything on record: corpusgate explain {escape(waiting.doc_id)}", style="dim")


@commands.command(epilog='Example: corpusgate review approve 4f2a --by grace --reason "checked with legal"')
def approve(context: typer.Context, item: Item, by: By, reason: Reason) -> None:
    """Let exactly this version in. The next refresh publishes it."""
    decided = context.obj.reviews.approve(item, by, reason)
    given = sum(d.decision.value == "approve" for d in decided.decisions)
    missing = decided.required_approvals - given
    out.print(
        f"Approved by {by}."
        + (f" {missing} more approval needed, by somebody else." if missing > 0 else " The next refresh publishes it.")
    )


@commands.command(epilog='Example: corpusgate review reject 4f2a --by grace --reason "contradicts the contract"')
def reject(context: typer.Context, item: Item, by: By, reason: Reason) -> None:
    """Keep this version out. What was served before stays."""
    context.obj.reviews.reject(item, by, reason)
    out.print(f"Rejected by {by}. What was served before stays.")
