"""`corpusgate canaries …`: canary questions and their answers."""

import typer

from pipeline.cli.options import AsJson
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.domain.serving.canary_questions import Answer, QuestionResult
from pipeline.workspace import Workspace

commands = typer.Typer(help="See and ask the questions of configs/canaries.yaml.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="canaries")


@commands.command("list", epilog="Example: corpusgate canaries list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """List the questions, their principals, and what they expect and forbid."""
    workspace: Workspace = context.obj
    questions = workspace.home.canaries
    if as_json:
        print_json({**questions.model_dump(mode="json"), "digest": questions.digest})
        return
    rows = [
        (
            one.id,
            one.question,
            one.asked_by,
            questions.depth(one),
            ", ".join(one.expect),
            ", ".join((*one.forbid.documents, *one.forbid.sources, *(c.value for c in one.forbid.classifications))),
        )
        for one in questions.questions
    ]
    columns = ("id", "question", "asked by", "k", "expects", "forbids")
    table("Canary questions", columns, rows, empty="none: write some into configs/canaries.yaml.")
    out.print(
        f"At least {questions.min_overlap:.0%} of an answer's documents must stay; more than "
        f"{questions.max_changed_questions} that lose more make a refresh wait for a person."
    )


@commands.command(epilog="Example: corpusgate canaries check")
def check(context: typer.Context, as_json: AsJson = False) -> None:
    """Ask every question of the current generation. Exit code 1: a forbidden document; 3: a document is missing."""
    from pipeline.publishing.canary_check import check as ask_all  # opens the index

    done = ask_all(context.obj)
    report = done.report
    if as_json:
        print_json({**done.model_dump(mode="json"), "holds": report.holds})
    else:
        number = f"generation {done.generation.number}" if done.generation else "an empty index"
        rows = [
            (r.question_id, r.principal, _state(r, report.min_overlap), _overlap(r), _says(r)) for r in report.results
        ]
        columns = ("question", "asked by", "state", "overlap", "answered from")
        table(f"Canary questions, asked of {number}", columns, rows, empty="none: see configs/canaries.yaml.")
        if report.forbidden:
            err.print(
                "An answer holds a forbidden document. Revoke the document (corpusgate revoke) or correct its readers, "
                "then refresh."
            )
        elif report.holds:
            err.print("Answers differ from what is expected. A refresh with these answers would wait for a person.")
    if report.forbidden:
        raise typer.Exit(ExitCode.FAILED)
    if report.holds:
        raise typer.Exit(ExitCode.WAITING)


def documents(answer: Answer | None) -> str:
    """An answer in one cell."""
    return "nothing" if not answer else ", ".join(found.doc_id for found in answer)


def _state(result: QuestionResult, least: float) -> str:
    if result.forbidden:
        return "forbidden"
    if result.missing:
        return "missing"
    return "changed" if result.overlap is not None and result.overlap < least else "fine"


def _overlap(result: QuestionResult) -> str:
    return "" if result.overlap is None else f"{result.overlap:.0%}"


def _says(result: QuestionResult) -> str:
    if result.forbidden:
        return f"must not be there: {', '.join(result.forbidden)}"
    if result.missing:
        return f"lacks {', '.join(result.missing)}; has {documents(result.after)}"
    return documents(result.after)
