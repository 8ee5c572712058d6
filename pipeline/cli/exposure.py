"""`corpusgate exposure`: who received something, and who could have."""

from datetime import datetime
from typing import Annotated

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, given_moment
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.serving.exposure import ExposedDocument, Exposure, ExposureKind
from pipeline.reports.exposure import LISTED, ExposureQuestion, exposure
from pipeline.workspace import Workspace

_IN_TABLE = 30
"""Documents in the table; `--json` gives more."""
_RECEIVED = ("principal", "on behalf of", "answers", "passages", "with text", "first (UTC)", "last")
_COULD = ("principal", "from (UTC)", "until", "role reader", "known from")
_DOCUMENTS = (
    "document", "answers", "served now", "generations", "classification", "submitter", "run", "last verdict",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("exposure", epilog="Examples: corpusgate exposure pages/notice.md · corpusgate exposure --kind run r1")(
        exposure_
    )


def exposure_(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(help="Document (id or unambiguous ending), passage, source, run, or digest of a model."),
    ],
    kind: Annotated[ExposureKind | None, typer.Option(help="Kind of the subject. By default its name decides.")] = None,
    since: Annotated[str, typer.Option("--since", metavar="TIME", help="From this time on: 2026-11-20T10:00Z.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Before this time.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show when something was served, who received it, who could have, and what else came with it. Never text."""
    workspace: Workspace = context.obj
    asked = ExposureQuestion(subject, kind, given_moment(since), given_moment(until))
    found = exposure(workspace, viewer(workspace, None), asked)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print(found)


def _print(found: Exposure) -> None:
    facts(
        f"Exposure of {found.kind.value} {found.subject}",
        [
            ("from", _when(found.since)),
            ("until", _when(found.until)),
            ("documents", f"{found.documents:,} with {found.versions:,} versions"),
            ("received by", f"{len({one.principal for one in found.received}):,} principals"),
            ("could have read", f"{len({one.principal for one in found.could_have}):,} principals"),
            ("canary questions", ", ".join(found.canaries) or "none"),
        ],
    )
    received = [
        (one.principal, one.on_behalf_of or "", one.answers, one.passages, one.shown, _when(one.first), _when(one.last))
        for one in found.received
    ]
    table("Received it", _RECEIVED, received, empty="no one on record.")
    could = [
        (one.principal, _when(one.since), _when(one.until) or "still", "yes" if one.searches else "no", one.origin)
        for one in found.could_have
    ]
    table("Could have read it", _COULD, could, empty="no one on record.")
    documents = [_document(one) for one in found.listed[:_IN_TABLE]]
    table("Documents", _DOCUMENTS, documents)
    if found.documents > _IN_TABLE:
        most = min(found.documents, LISTED)
        out.print(f"{_IN_TABLE} of {found.documents:,} documents. `--json` lists {most:,}.", style="dim")
    takedowns = [
        (one.kind, one.subject, _when(one.since), _when(one.until) or "in force", one.by, one.reason)
        for one in found.takedowns
    ]
    table("Takedowns", ("of", "subject", "since (UTC)", "until", "by", "why"), takedowns, empty="none.")
    related = [(one.kind, one.subject, one.documents, ", ".join(one.examples)) for one in found.related]
    table("What else came from there", ("from", "name", "other documents", "newest"), related, empty="nothing.")
    for note in found.notes:
        out.print(note, style="dim")


def _document(one: ExposedDocument) -> tuple[object, ...]:
    numbers = [span.generations for span in one.served if span.generations is not None]
    generations = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in numbers)
    return (
        one.doc_id,
        one.answers,
        "yes" if one.live else "no",
        generations or "none",
        one.classification.value,
        one.submitter,
        one.run_id,
        one.action.value if one.action else "",
    )


def _when(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"
