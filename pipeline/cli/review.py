"""`corpusgate review …`: show the review queue and decide its items."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.caller import caller, viewer
from pipeline.cli.held import held_table
from pipeline.cli.options import AsJson, Reason, TokenFile
from pipeline.cli.output import err, facts, out, print_json, table
from pipeline.cli.review_case import print_case
from pipeline.domain.documents.provenance import source_of
from pipeline.domain.errors import ExitCode
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.review.items import DecisionKind, ItemKind, ItemState, ReviewItem
from pipeline.domain.review.queue import QueueFilter, Sort
from pipeline.reports.review_page import review_page
from pipeline.workspace import Workspace

commands = typer.Typer(help="See and decide what waits for a person.", no_args_is_help=True)
Item = Annotated[str, typer.Argument(help="Item id, or its beginning.")]
Now = Annotated[bool, typer.Option("--now", help="With the last approval, refresh the source at once.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="review")


@commands.command("list", epilog="Example: corpusgate review list --source handbook --sort age --unclaimed")
def list_(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Option("--source", help="Only of this source; repeatable.")] = None,
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Only because of this rule; repeatable.")] = None,
    kind: Annotated[list[ItemKind] | None, typer.Option("--kind", help="Versions or deletions.")] = None,
    state: Annotated[list[ItemState] | None, typer.Option("--state", help="Default: open and asked.")] = None,
    classification: Annotated[list[Classification] | None, typer.Option("--classification", help="Repeatable.")] = None,
    submitter: Annotated[str | None, typer.Option(help="Only what this person submitted.")] = None,
    claimed_by: Annotated[str | None, typer.Option("--claimed-by", help="Only what this person claimed.")] = None,
    unclaimed: Annotated[bool, typer.Option("--unclaimed", help="Only unclaimed items.")] = False,
    min_impact: Annotated[int, typer.Option("--min-impact", min=0, max=100, help="Lowest impact, 0 to 100.")] = 0,
    older_than: Annotated[float | None, typer.Option("--older-than", help="Waiting for at least so many days.")] = None,
    text: Annotated[str | None, typer.Option("--text", help="Part of the document's name.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Decided items too.")] = False,
    sort: Annotated[Sort, typer.Option("--sort", help="Highest impact first, or oldest first.")] = Sort.IMPACT,
    after: Annotated[str | None, typer.Option("--after", help="Where the page before ended.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Lines of a page.")] = 100,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """List waiting items. Without a token, the operator of this machine sees all of them, but no text of a document."""
    workspace: Workspace = context.obj
    before = None if older_than is None else datetime.now(UTC) - timedelta(days=older_than)
    chosen = {} if not (everything or state) else {"states": () if everything else tuple(state or ())}
    wanted = QueueFilter(
        sources=tuple(source or ()),
        rules=tuple(rule or ()),
        kinds=tuple(kind or ()),
        classifications=tuple(classification or ()),
        submitter=submitter,
        claimed_by=claimed_by,
        unclaimed=unclaimed,
        min_impact=min_impact,
        opened_before=before,
        text=text,
        **chosen,
    )
    page = workspace.reviews.page(viewer(workspace, token_file), wanted, sort=sort, after=after, size=limit)
    glass = workspace.reviews.open_break_glass()
    for one in glass:
        err.print(
            f"[bold red]Break-glass[/] by {escape(one.broken_by)}: {escape(one.doc_id)} until "
            f"{one.expires_at:%Y-%m-%d %H:%M} UTC. Somebody else has to confirm or undo it: {one.item_id}"
        )
    if as_json:
        print_json([_line(row.item) | {"claim": row.claim and row.claim.model_dump(mode="json")} for row in page.rows])
        return
    rows = [
        (
            row.item.item_id,
            row.item.doc_id,
            row.item.kind.value,
            row.item.state.value,
            row.item.impact_score,
            f"{row.item.valid_approvals(datetime.now(UTC))} of {row.item.required_approvals}",
            row.claim.person if row.claim else "",
            " ".join(row.item.reasons),
        )
        for row in page.rows
    ]
    columns = ("item", "document", "about", "state", "impact", "approvals", "claimed by", "why")
    table("Review queue", columns, rows, empty="nothing waits.")
    if page.next:
        out.print(f"{page.total:,} in all. The next page: --after {page.next}")
    held = workspace.held_generations.list_items(viewer(workspace, token_file))
    if held:
        held_table(held)
    quarantined = sum(n for action, n in workspace.ledger.waiting().items() if action.value == "quarantine")
    if quarantined:
        out.print(f"{quarantined} more are in quarantine: their owners must fix them. See: corpusgate quarantine list")


def _line(item: ReviewItem) -> dict[str, object]:
    return item.model_dump(mode="json")


@commands.command(epilog="Example: corpusgate review show 4f2a --token-file grace.token")
def show(context: typer.Context, item: Item, token_file: TokenFile = None, as_json: AsJson = False) -> None:
    """Show one item: why it waits, who could read it, its findings, and for its reviewers the changes."""
    workspace: Workspace = context.obj
    who = viewer(workspace, token_file)
    if who.means == "command-line":
        found = workspace.reviews.item(item, who)
        if as_json:
            print_json(_line(found))
            return
        facts(
            f"Review {found.item_id}",
            [
                ("document", found.doc_id),
                ("about", found.kind.value),
                ("why", " ".join(found.reasons)),
                ("state", f"{found.state.value}, needs {found.required_approvals} approvals"),
                ("submitted by", found.submitter),
                ("waits since", f"{found.opened_at:%Y-%m-%d %H:%M} UTC"),
            ],
        )
        out.print("With a reviewer's token this shows what changed, with values masked.", style="dim")
        return
    page = review_page(workspace, item, who)
    if as_json:
        print_json(page.model_dump(mode="json"))
    else:
        print_case(page)


@commands.command(epilog="Example: corpusgate review claim 4f2a --token-file grace.token")
def claim(context: typer.Context, item: Item, token_file: TokenFile = None) -> None:
    """Claim an item for a while, so that no one else decides it meanwhile."""
    taken = context.obj.reviews.claim(item, caller(context.obj, token_file))
    out.print(f"Claimed by {taken.person} until {taken.expires_at:%H:%M} UTC.")


@commands.command(epilog="Example: corpusgate review release 4f2a --token-file grace.token")
def release(context: typer.Context, item: Item, token_file: TokenFile = None) -> None:
    """Release a claimed item."""
    context.obj.reviews.release(item, caller(context.obj, token_file))
    out.print("The item is not claimed.")


@commands.command(
    epilog='Example: corpusgate review approve 4f2a --token-file grace.token --reason "checked with legal" --now'
)
def approve(
    context: typer.Context,
    item: Item,
    reason: Reason,
    redacted: Annotated[
        bool, typer.Option("--redacted", help="Approve the text without the findings that need a person.")
    ] = False,
    now: Now = False,
    token_file: TokenFile = None,
) -> None:
    """Approve exactly this version. The next refresh publishes it; --now starts one."""
    workspace: Workspace = context.obj
    who = caller(workspace, token_file)
    decided = workspace.reviews.approve(item, who, reason, redacted=redacted)
    missing = decided.required_approvals - decided.valid_approvals(datetime.now(UTC))
    if decided.state is not ItemState.APPROVED:
        out.print(f"Approved by {who.name}. {missing} more approval needed, by somebody else.")
        return
    kept_out = workspace.reviews.obstacles(decided.item_id, who)
    out.print(f"Approved by {who.name}." + ("" if now or kept_out else " The next refresh publishes it."))
    for obstacle in kept_out:
        out.print(f"[yellow]It stays out of every answer:[/] {escape(obstacle)}.")
    if now:
        _publish(workspace, decided.source)


@commands.command(epilog='Example: corpusgate review reject 4f2a --token-file grace.token --reason "not agreed"')
def reject(context: typer.Context, item: Item, reason: Reason, token_file: TokenFile = None) -> None:
    """Keep this version out. A version that is served stays."""
    who = caller(context.obj, token_file)
    context.obj.reviews.reject(item, who, reason)
    out.print(f"Rejected by {who.name}. A version that is served stays.")


@commands.command(epilog='Example: corpusgate review quarantine 4f2a --token-file grace.token --reason "forged"')
def quarantine(context: typer.Context, item: Item, reason: Reason, token_file: TokenFile = None) -> None:
    """Keep this version out, whatever the policy says later, until its owner submits another one."""
    who = caller(context.obj, token_file)
    context.obj.reviews.quarantine(item, who, reason)
    out.print(f"Put into quarantine by {who.name}; the next refresh records it.")


@commands.command(
    epilog='Example: corpusgate review bulk approve 4f2a 77c0 91ed --token-file grace.token --reason "same notice"'
)
def bulk(
    context: typer.Context,
    decision: Annotated[DecisionKind, typer.Argument(help="approve, redact (approve with redaction), reject, …")],
    items: Annotated[list[str], typer.Argument(help="Item ids; all must wait for the same rules in one source.")],
    reason: Reason,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Decide several items in the same way. Each item is checked on its own."""
    results = context.obj.reviews.bulk(items, caller(context.obj, token_file), decision, reason)
    if as_json:
        print_json([result.model_dump(mode="json") for result in results])
    else:
        rows = [(one.item_id, one.state.value if one.state else "not decided", one.problem) for one in results]
        table("Decided", ("item", "state", "why not"), rows)
    if any(result.state is None for result in results):
        raise typer.Exit(ExitCode.FAILED)


@commands.command(
    epilog='Example: corpusgate review waive 4f2a --finding 2 --days 90 --token-file grace.token --reason "sample key"'
)
def waive(
    context: typer.Context,
    item: Item,
    finding: Annotated[list[int], typer.Option("--finding", help="Number of the finding; repeatable.")],
    days: Annotated[int, typer.Option("--days", min=1, help="How long it lasts.")],
    reason: Reason,
    token_file: TokenFile = None,
) -> None:
    """Ask for a waiver of findings. It has no effect until another person approves it: corpusgate waivers approve."""
    asked = context.obj.reviews.waive(item, caller(context.obj, token_file), finding, days, reason)
    out.print(f"Asked for waiver {asked.waiver_id}; somebody else has to approve it.")


@commands.command(epilog='Example: corpusgate review ask 4f2a "Is page 3 meant for everybody?" --token-file g.token')
def ask(
    context: typer.Context,
    item: Item,
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    token_file: TokenFile = None,
) -> None:
    """Ask the owner a question. It decides nothing."""
    context.obj.questions.ask_owner(item, caller(context.obj, token_file), question)
    out.print("Asked. The owner answers with: corpusgate review answer")


@commands.command(epilog='Example: corpusgate review answer 4f2a "Yes, since May." --token-file olga.token')
def answer(
    context: typer.Context,
    item: Item,
    words: Annotated[str, typer.Argument(metavar="ANSWER", help="Your answer.")],
    token_file: TokenFile = None,
) -> None:
    """Answer a reviewer's question about your document."""
    context.obj.questions.answer(item, caller(context.obj, token_file), words)
    out.print("Answered. The item waits for its reviewers again.")


@commands.command(epilog="Example: corpusgate review questions --token-file olga.token")
def questions(context: typer.Context, token_file: TokenFile = None, as_json: AsJson = False) -> None:
    """List questions of reviewers that wait for your answer."""
    asked = context.obj.questions.open_questions(caller(context.obj, token_file))
    if as_json:
        print_json([question.model_dump(mode="json") | {"doc_id": doc_id} for doc_id, question in asked])
        return
    rows = [(one.item_id or "in quarantine", doc_id, one.asked_by, one.question) for doc_id, one in asked]
    table("Questions to you", ("item", "document", "asked by", "question"), rows, empty="none.")
    if any(one.item_id is None for _, one in asked):
        out.print("About a document in quarantine: corpusgate quarantine answer DOCUMENT")


@commands.command(
    "break-glass", epilog='Example: corpusgate review break-glass 4f2a --hours 4 --token-file op.token --reason "storm"'
)
def break_glass(
    context: typer.Context,
    item: Item,
    reason: Reason,
    hours: Annotated[
        float, typer.Option("--hours", min=0.1, help="How long the version is served before it must be reviewed.")
    ] = 24,
    token_file: TokenFile = None,
) -> None:
    """Operators only: admit one version alone, at once and for a while. Others must check it afterwards."""
    workspace: Workspace = context.obj
    broken = workspace.reviews.break_glass(item, caller(workspace, token_file), reason, hours)
    err.print(
        f"[bold red]You let {escape(broken.doc_id)} in alone[/] until {broken.expires_at:%Y-%m-%d %H:%M} UTC. "
        f"Somebody else has to look at it: corpusgate review confirm {broken.item_id}, or undo"
    )
    _publish(workspace, source_of(broken.doc_id))


@commands.command(epilog='Example: corpusgate review confirm 4f2a --token-file grace.token --reason "it was right"')
def confirm(context: typer.Context, item: Item, reason: Reason, token_file: TokenFile = None) -> None:
    """Confirm a break-glass admission. With enough confirmations the version stays."""
    glass = context.obj.reviews.confirm(item, caller(context.obj, token_file), reason)
    missing = glass.required_approvals - sum(one.decision == "confirm" for one in glass.reviews)
    out.print("Confirmed." if glass.confirmed_at else f"Noted; {missing} more person has to confirm it.")


@commands.command(epilog='Example: corpusgate review undo 4f2a --token-file grace.token --reason "not urgent at all"')
def undo(context: typer.Context, item: Item, reason: Reason, token_file: TokenFile = None) -> None:
    """Undo a break-glass admission. The version is not served from this moment on."""
    context.obj.reviews.undo(item, caller(context.obj, token_file), reason)
    out.print("Undone: the version is no longer served.")


def _publish(workspace: Workspace, source: str) -> None:
    from pipeline.cli.refresh import refresh_at_once

    result = refresh_at_once(workspace, source)
    number = result.generation.number if result.generation else 0
    if result.published:
        out.print(f"Published: generation {number} is being served.")
    else:
        out.print(f"Nothing was published; generation {number} is being served. See: corpusgate generations list")
