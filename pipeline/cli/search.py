"""`corpusgate search`."""

from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.options import AsJson
from pipeline.cli.output import err, out, print_json
from pipeline.web.local.client import ask
from pipeline.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: corpusgate search "How long is the notice period?" --as user:ada -k 3')(search)


def search(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="What to look for.")],
    principal: Annotated[
        str, typer.Option("--as", help="The principal who asks, from configs/principals.yaml. Audited.")
    ],
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="How many results.")] = 5,
    server: Annotated[
        bool, typer.Option("--server/--no-server", help="Ask a running server of this home, if there is one.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Search as a principal. Only passages that this principal may read are searched."""
    workspace: Workspace = context.obj
    answers, outdated = ask(workspace.files, principal, question, k) if server else (None, ())
    if outdated:
        err.print(f"[yellow]Searched without the running server.[/] Changed since it started: {', '.join(outdated)}.")
        err.print("Its pages and its REST interface use what it started with until you restart it.")
    if answers is None:
        from pipeline.search.answers import search_as  # loads the index and the model

        answers = [
            answer.model_dump(mode="json") for answer in search_as(workspace, principal, question, k, door="cli")
        ]
    if as_json:
        print_json(answers)
        return
    if not answers:
        out.print("Nothing was found that this principal may read.")
        return
    for answer in answers:
        title = f"[bold]{answer['score']:.3f}[/]  [bold cyan]{escape(answer['document'])}[/]"
        out.print(f"{title}  {answer['classification']}, owner {escape(answer['owner'])}")
        out.print(escape(" ".join(answer["text"].split())), style="dim" if len(answer["text"]) > 1500 else "")
        out.print()
    first = answers[0]
    out.print(f"Generation {first['generation']}. Trace a result: corpusgate trace {first['chunk_id']}", style="dim")
