"""`corpusgate notifications …`: delivered and failed messages."""

from typing import Annotated

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.output import out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.domain.telemetry.messages import MessageState
from pipeline.settings.operator import operator_name
from pipeline.workspace import Workspace

commands = typer.Typer(help="List, test and resend notifications.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="notifications")


@commands.command("list", epilog="Example: corpusgate notifications list --state dead")
def list_(
    context: typer.Context,
    state: Annotated[MessageState | None, typer.Option(help="Only messages in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most rows.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Messages, newest first."""
    workspace: Workspace = context.obj
    found = workspace.notifications.messages([state] if state else tuple(MessageState), limit)
    if as_json:
        print_json([message.model_dump(mode="json") for message in found])
        return
    rows = [
        (
            message.message_id,
            message.channel,
            message.state.value,
            message.events,
            message.attempts,
            message.reason_code or "",
            f"{message.created_at:%Y-%m-%d %H:%M}",
            f"{message.next_at:%Y-%m-%d %H:%M}" if message.state is MessageState.WAITING else "",
        )
        for message in found
    ]
    columns = ("message", "channel", "state", "events", "attempts", "last problem", "made, UTC", "tried next")
    table("Notifications", columns, rows, empty="none; channels are set in configs/corpusgate.yaml.")


@commands.command(epilog="Example: corpusgate notifications retry 9d1f…")
def retry(
    context: typer.Context,
    message: Annotated[str | None, typer.Argument(help="Id of a message that was given up, or that waits.")] = None,
    all_dead: Annotated[bool, typer.Option("--all", help="Every message that was given up.")] = False,
) -> None:
    """Try messages again, in the next round."""
    workspace: Workspace = context.obj
    service = workspace.notifications
    chosen = [one.message_id for one in service.messages([MessageState.DEAD], 1000)] if all_dead else [message or ""]
    for message_id in chosen:
        service.retry(message_id, operator_name())
    out.print(f"Messages to send again: {len(chosen)}. Next: corpusgate notifications deliver")


@commands.command(epilog="Example: corpusgate notifications test hr-owners")
def test(context: typer.Context, channel: Annotated[str, typer.Argument(help="Name of the channel.")]) -> None:
    """Send a test message to a channel."""
    context.obj.notifications.test(channel)
    out.print(f"The test of channel [bold]{channel}[/] arrived.")


@commands.command(epilog="Example: corpusgate notifications deliver")
def deliver(context: typer.Context, as_json: AsJson = False) -> None:
    """Run one round: collect events, bundle them, send due messages. A refresh and the server do this by themselves."""
    done = context.obj.notifications.deliver()
    if as_json:
        print_json(done.model_dump())
    else:
        out.print(
            f"{done.noted} noted, {done.bundled} bundled, {done.delivered} delivered, {done.failed} to be tried again, "
            f"{done.dead} given up."
        )
    if done.failed or done.dead:
        raise typer.Exit(ExitCode.FAILED)
