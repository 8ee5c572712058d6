"""`corpusgate serve`: the pages and the REST interface."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.output import err
from pipeline.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: corpusgate serve --port 8460")(serve)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: web.host of the settings.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Default: web.port of the settings.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Certificate chain, PEM.")] = None,
    tls_key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Its key, PEM.")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy with TLS is in front of this server: trust its headers.")
    ] = False,
) -> None:
    """Serve pages and REST until stopped. Only for this machine, unless there is TLS or a proxy in front."""
    from pipeline.web.server import Listening, serve  # loads the web framework

    workspace: Workspace = context.obj
    settings = workspace.home.settings.web
    listening = Listening(host or settings.host, port or settings.port, tls_cert, tls_key, behind_proxy)
    listening.check()
    shown = f"[{listening.host}]" if ":" in listening.host else listening.host
    err.print(f"Corpusgate answers at {listening.scheme}://{shown}:{listening.port}/ until Ctrl-C.", markup=False)
    if not workspace.principals.current().principals:
        err.print("No principal can log in yet: corpusgate principals add, then corpusgate tokens create.")
    if workspace.ledger.current_generation() is None:
        err.print("Nothing is served to searches yet: corpusgate refresh.")
    for state in workspace.checkpoints.examine():
        if state.clash:
            err.print(f"[bold red]Searches are refused.[/] {state.clash}", soft_wrap=True)
        if state.unreachable:
            err.print(f"[bold red]An anchor cannot be read:[/] {state.folder}: {state.unreachable}.", soft_wrap=True)
    serve(workspace, listening)
