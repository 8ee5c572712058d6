"""`corpusgate quarantine …`: work through documents in quarantine."""

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.caller import caller, viewer
from pipeline.cli.options import AsJson, DocumentName, Reason, TokenFile
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.domain.findings.findings import FindingKind
from pipeline.domain.review.quarantine import (
    QuarantineCounts,
    QuarantinedDocument,
    QuarantineFilter,
    QuarantinePlace,
    QuarantineSort,
)
from pipeline.reports.quarantine import quarantine_case, quarantine_of, quarantined
from pipeline.review.quarantine import QuarantineCase
from pipeline.workspace import Workspace

commands = typer.Typer(
    help="Work through what is in quarantine: list, ask, mark, ask for release.", no_args_is_help=True
)
_SHOWN, _PAGE = 50, 2_000
_FINDINGS_SHOWN = 40


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="quarantine")


@commands.command("list", epilog="Example: corpusgate quarantine list --source handbook --unseen --days 7")
def list_(
    context: typer.Context,
    source: Annotated[str, typer.Option("--source", help="Only of this source.")] = "",
    rule: Annotated[str, typer.Option("--rule", help="Only because of this rule.")] = "",
    kind: Annotated[FindingKind | None, typer.Option("--kind", help="Only with a finding of this kind.")] = None,
    owner: Annotated[str, typer.Option("--owner", help="Only of this owner.")] = "",
    text: Annotated[str, typer.Option("--text", help="Part of the document's id.")] = "",
    unseen: Annotated[bool, typer.Option("--unseen", help="Only versions that no person has marked as seen.")] = False,
    days: Annotated[int, typer.Option("--days", min=0, max=3650, help="For at least so many days.")] = 0,
    sort: Annotated[QuarantineSort, typer.Option("--sort", help="The order.")] = QuarantineSort.OLDEST,
    counts: Annotated[bool, typer.Option("--counts", help="Count by rule, source and kind of finding.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="The most rows of the table. JSON has all.")] = _SHOWN,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """List documents in quarantine with the reason, the owner, and the work of people on them."""
    workspace: Workspace = context.obj
    who = viewer(workspace, token_file)
    wanted = QuarantineFilter(source=source, rule=rule, kind=kind, owner=owner, text=text, unseen=unseen, days=days)
    if counts:
        _print_counts(quarantine_of(workspace).counts(who, wanted), as_json=as_json)
        return

    def each() -> Iterator[QuarantinedDocument]:
        after: QuarantinePlace | None = None
        while rows := quarantined(workspace, who, wanted, sort, after, _PAGE):
            yield from rows
            after = rows[-1].place

    if as_json:
        print_json([one.model_dump(mode="json") for one in each()])
        return
    rows = quarantined(workspace, who, wanted, sort, None, limit + 1)
    columns = ("document", "title", "since (UTC)", "owner", "alike", "seen by", "waits for", "why")
    table("Quarantine", columns, map(_row, rows[:limit]), empty="nothing is in it.")
    if len(rows) > limit:
        out.print(f"The first {limit:,}. `--limit` shows more, `--counts` counts all.", style="dim")
    elif rows:
        out.print("See what to do about one: corpusgate quarantine show DOCUMENT", style="dim")


@commands.command(epilog="Example: corpusgate quarantine show handbook:setup.md --token-file grace.token")
def show(context: typer.Context, document: DocumentName, token_file: TokenFile = None, as_json: AsJson = False) -> None:
    """Show one document in quarantine: why, what its owner can do, its findings, questions, and the way out."""
    workspace: Workspace = context.obj
    who = viewer(workspace, token_file)
    case = quarantine_case(workspace, who, workspace.ledger.resolve_document(document))
    if as_json:
        print_json(case.model_dump(mode="json"))
    else:
        _print_case(case)


@commands.command(
    epilog='Example: corpusgate quarantine seen handbook:a.md handbook:b.md --note "same key" --token-file grace.token'
)
def seen(
    context: typer.Context,
    documents: Annotated[list[str], typer.Argument(metavar="DOCUMENT…", help="Document ids, or their endings.")],
    note: Annotated[str, typer.Option("--note", help="A remark for the next person.")] = "",
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Mark exactly these versions as seen. It decides nothing, and a new version is unseen again."""
    workspace: Workspace = context.obj
    names = [workspace.ledger.resolve_document(name) for name in documents]
    results = quarantine_of(workspace).mark_seen(names, caller(workspace, token_file), note)
    if as_json:
        print_json([result.model_dump(mode="json") for result in results])
    else:
        rows = [(one.doc_id, "yes" if one.done else "no", one.problem) for one in results]
        table("Marked as seen", ("document", "seen", "why not"), rows)
    if not all(result.done for result in results):
        raise typer.Exit(ExitCode.FAILED)


@commands.command(
    epilog='Example: corpusgate quarantine ask handbook:setup.md "Is this key in use?" --token-file grace.token'
)
def ask(
    context: typer.Context,
    document: DocumentName,
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    token_file: TokenFile = None,
) -> None:
    """Ask the owner of a document in quarantine. It decides nothing."""
    workspace: Workspace = context.obj
    name = workspace.ledger.resolve_document(document)
    workspace.questions.ask_about(name, caller(workspace, token_file), question)
    out.print(f"Asked. The owner answers with: corpusgate quarantine answer {escape(name)}")


@commands.command(
    epilog='Example: corpusgate quarantine answer handbook:setup.md "It was revoked in May." --token-file olga.token'
)
def answer(
    context: typer.Context,
    document: DocumentName,
    words: Annotated[str, typer.Argument(metavar="ANSWER", help="Your answer.")],
    token_file: TokenFile = None,
) -> None:
    """Answer the oldest question about a document in quarantine that you own or submitted."""
    workspace: Workspace = context.obj
    workspace.questions.answer_about(workspace.ledger.resolve_document(document), caller(workspace, token_file), words)
    out.print("Answered. The document stays in quarantine until its findings are waived or a new version comes.")


@commands.command(
    epilog='Example: corpusgate quarantine release handbook:setup.md --reason "sample key of the vendor" --days 90 '
    "--token-file ada.token"
)
def release(
    context: typer.Context,
    document: DocumentName,
    reason: Reason,
    days: Annotated[int, typer.Option("--days", min=1, help="How long the waiver lasts. The settings limit it.")],
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Ask for release: one waiver of every finding that keeps a document in. Another person approves it."""
    workspace: Workspace = context.obj
    name = workspace.ledger.resolve_document(document)
    asked = workspace.waivers.release(name, caller(workspace, token_file), reason, days, workspace.home.policy)
    if as_json:
        print_json(asked.model_dump(mode="json"))
        return
    found = f"{len(asked.findings)} finding" + ("" if len(asked.findings) == 1 else "s")
    out.print(
        f"Asked for waiver {asked.waiver_id} of {found} of {escape(name)}, for {days} days.\n"
        "The document stays in quarantine until a reviewer who neither asked, submitted nor owns it approves: "
        f"corpusgate waivers approve {asked.waiver_id}\nThe refresh after that evaluates it again."
    )


def _row(one: QuarantinedDocument) -> tuple[object, ...]:
    waits = [*(["the owner's answer"] if one.question else []), *(["a second person"] if one.waiver else [])]
    return (
        one.doc_id,
        one.title or "",
        f"{one.since:%Y-%m-%d %H:%M}",
        one.owner,
        one.alike,
        ", ".join(look.person for look in one.seen),
        ", ".join(waits),
        "; ".join(one.reasons),
    )


def _print_counts(found: QuarantineCounts, *, as_json: bool) -> None:
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    for field, rows in (("rule", found.rules), ("source", found.sources), ("kind of finding", found.kinds)):
        table(f"By {field}", (field, "documents"), [(one.value, one.documents) for one in rows], empty="none.")
    out.print(f"{found.total:,} in quarantine, {found.unseen:,} of them unseen.")


def _print_case(case: QuarantineCase) -> None:
    one = case.document
    facts(
        one.doc_id,
        [
            ("title", one.title),
            *(("in quarantine because", reason) for reason in one.reasons),
            *(("the owner can", fix) for fix in case.fixes),
            ("since", f"{one.since:%Y-%m-%d %H:%M} UTC"),
            ("served", "an older version" if one.served else "no"),
            ("owner", one.owner),
            ("classification", one.classification.value),
            ("alike", f"{one.alike:,} of {one.source} for the same rules"),
            *(("seen by", f"{look.person}, {look.at:%Y-%m-%d %H:%M} UTC. {look.remark}") for look in one.seen),
            ("seen by", None if one.seen else "no person"),
            ("waiver asked", one.waiver and f"{one.waiver}, waits for another person"),
            *(("no release because", why) for why in case.way_out.hindrances),
            ("your part", case.involved and f"{case.involved}; another person has to approve its release"),
        ],
    )
    numbered = list(enumerate(case.findings, 1))
    rows = [
        (number, f.entity, f.severity.value, f.where, f.detector, "yes" if number in case.way_out.findings else "")
        for number, f in numbered[:_FINDINGS_SHOWN]
    ]
    if rows:
        table("Findings", ("number", "what", "severity", "where", "detector", "keeps it in quarantine"), rows)
    if len(numbered) > _FINDINGS_SHOWN:
        out.print(f"… and {len(numbered) - _FINDINGS_SHOWN:,} more findings", style="dim")
    for asked in case.thread:
        facts("Question", [("asked by", asked.asked_by), ("question", asked.question), ("answer", asked.answer)])
    if case.way_out.open and not one.waiver:
        out.print(
            f"Ask for release: corpusgate quarantine release {escape(one.doc_id)} --reason WHY --days N. "
            "Another person approves it."
        )
