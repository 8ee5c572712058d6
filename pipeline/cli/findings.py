"""`corpusgate findings` and `corpusgate documents`: what stands on record, asked by its fields."""

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, given_moment
from pipeline.cli.output import out, print_json, table
from pipeline.cli.terminal_text import for_terminal
from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import UsageError
from pipeline.domain.findings.findings import FindingKind, Severity
from pipeline.domain.findings.questions import CountBy, FindingQuestion, FoundDocument, FoundFinding
from pipeline.domain.frozen import Frozen
from pipeline.domain.identity.permissions import Classification
from pipeline.domain.identity.roles import Caller
from pipeline.reports.findings import counted, document_key, finding_key, found_documents, found_findings
from pipeline.workspace import Workspace

Kind = Annotated[FindingKind | None, typer.Option("--kind", help="Family of the finding.")]
Entity = Annotated[str, typer.Option("--entity", help="Type of the value, such as EMAIL_ADDRESS.")]
AtLeast = Annotated[Severity | None, typer.Option("--severity", help="This severity or a worse one.")]
Detector = Annotated[str, typer.Option("--detector", help="Name of the detector.")]
Lowered = Annotated[
    bool | None, typer.Option("--lowered/--not-lowered", help="Whether the detector judged it harmless.")
]
Waived = Annotated[bool | None, typer.Option("--waived/--not-waived", help="Whether a waiver lets it through.")]
Verdict = Annotated[Action | None, typer.Option("--verdict", help="Last verdict on the document.")]
RuleId = Annotated[str, typer.Option("--rule", help="A policy rule that decided.")]
Source = Annotated[str, typer.Option("--source", help="Name of the source.")]
Owner = Annotated[str, typer.Option("--owner", help="Owner of the document.")]
Classified = Annotated[Classification | None, typer.Option("--classification", help="Classification of the document.")]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="Verdicts from then on: 2026-11-20T10:00Z.")]
Until = Annotated[str, typer.Option("--until", metavar="TIME", help="Verdicts before then.")]
Version = Annotated[str, typer.Option("--detector-version", metavar="DIGEST", help="Beginning of the digest.")]
Missing = Annotated[
    str, typer.Option("--missing-from", metavar="DIGEST", help="Only what that version did not find in the same text.")
]
Past = Annotated[bool, typer.Option("--past", help="Count older verdicts and deleted documents too.")]
Count = Annotated[CountBy | None, typer.Option("--count-by", help="Count by this field.")]
Last = Annotated[int, typer.Option("--limit", min=1, help="The most rows of the table. JSON and CSV have all.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Row = TypeVar("Row", bound=Frozen)
_PAGE = 2_000
_SHOWN = 50
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that spreadsheets take for a formula."""


@dataclass(frozen=True)
class _Listing(Generic[Row]):
    """One of the two lists that the same questions are asked of."""

    title: str
    columns: tuple[str, ...]
    model: type[Row]
    page: Callable[[Workspace, Caller, FindingQuestion, Any, int], list[Row]]
    """Rows after a key, or from the first on with None; at most so many."""
    key: Callable[[Row], Any]
    cells: Callable[[Row], tuple[object, ...]]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        "findings",
        help="List or count findings by kind, severity, verdict, owner and more. Never shows a value.",
        epilog="Examples: corpusgate findings --kind secret --not-waived · corpusgate findings --count-by entity",
    )(_command(_FINDINGS))
    app.command(
        "documents",
        help="List or count documents by verdict, rule, owner, findings and more, with the reasons of the verdict.",
        epilog="Examples: corpusgate documents --kind pii · corpusgate documents --verdict quarantine --csv",
    )(_command(_DOCUMENTS))


def _command(listing: _Listing[Row]) -> Callable[..., None]:
    """The command that asks for rows of `listing`, or counts them."""

    def asked_and_printed(
        context: typer.Context,
        kind: Kind = None,
        entity: Entity = "",
        severity: AtLeast = None,
        detector: Detector = "",
        lowered: Lowered = None,
        waived: Waived = None,
        verdict: Verdict = None,
        rule: RuleId = "",
        source: Source = "",
        owner: Owner = "",
        classification: Classified = None,
        since: Since = "",
        until: Until = "",
        detector_version: Version = "",
        missing_from: Missing = "",
        past: Past = False,
        count_by: Count = None,
        limit: Last = _SHOWN,
        as_csv: AsCsv = False,
        as_json: AsJson = False,
    ) -> None:
        asked = FindingQuestion(
            kind=kind,
            entity=entity,
            severity=severity,
            detector=detector,
            lowered=lowered,
            waived=waived,
            action=verdict,
            rule=rule,
            source=source,
            owner=owner,
            classification=classification,
            since=given_moment(since),
            until=given_moment(until),
            detector_version=_digest(detector_version),
            missing_from=_digest(missing_from),
            past=past,
        )
        workspace: Workspace = context.obj
        page = partial(listing.page, workspace, viewer(workspace, None), asked)
        if count_by is not None:
            _print_counts(workspace, asked, count_by, as_csv=as_csv, as_json=as_json)
        elif as_csv or as_json:
            _print_all(_each(page, listing.key), listing.model, as_csv=as_csv)
        else:
            rows = page(None, limit + 1)
            table(listing.title, listing.columns, map(listing.cells, rows[:limit]), empty="none match.")
            _more(rows, limit)

    return asked_and_printed


def _print_counts(workspace: Workspace, asked: FindingQuestion, by: CountBy, *, as_csv: bool, as_json: bool) -> None:
    rows = counted(workspace, viewer(workspace, None), asked, by)
    if as_json:
        print_json([one.model_dump(mode="json") for one in rows])
    elif as_csv:
        _print_csv((by.value, "documents", "findings"), ((one.value, one.documents, one.findings) for one in rows))
    else:
        columns = (by.value, "documents", "findings")
        cells = [(one.value, one.documents, "" if one.findings is None else one.findings) for one in rows]
        table(f"Counted by {by.value}", columns, cells, empty="none match.")


def _each(page: Callable[[Any, int], list[Row]], key: Callable[[Row], Any]) -> Iterator[Row]:
    after: Any = None
    while rows := page(after, _PAGE):
        yield from rows
        if len(rows) < _PAGE:
            return
        after = key(rows[-1])


def _print_all(rows: Iterator[Row], model: type[Row], *, as_csv: bool) -> None:
    if as_csv:
        _print_csv(tuple(model.model_fields), (one.model_dump(mode="json").values() for one in rows))
    else:
        print_json([one.model_dump(mode="json") for one in rows])


def _print_csv(columns: Sequence[str], rows: Iterator[object]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row])  # type: ignore[attr-defined]


def _cell(value: object) -> object:
    if isinstance(value, dict):
        value = ", ".join(f"{name} {count}" for name, count in value.items())
    elif isinstance(value, list):
        value = "; ".join(map(str, value))
    if not isinstance(value, str):
        return value
    return for_terminal(f"'{value}" if value.startswith(_FORMULA) else value)


def _finding(one: FoundFinding) -> tuple[object, ...]:
    where = f"line {one.line}" if one.place == "text" else one.place.value
    return (
        one.doc_id,
        one.kind.value,
        one.entity,
        one.severity.value,
        where,
        one.action.value,
        one.detector,
        "yes" if one.waived else "no",
        one.fingerprint[:12],
    )


def _document(one: FoundDocument) -> tuple[object, ...]:
    why = [f"{rule}: {reason}" for rule, reason in zip(one.rules, one.reasons, strict=False)]
    return (
        one.doc_id,
        one.action.value,
        "gone" if one.deleted else "yes" if one.served else "no",
        one.classification.value,
        one.owner,
        ", ".join(f"{count} {kind}" for kind, count in one.findings.items()) or "none",
        _when(one.decided_at),
        "; ".join(why),
    )


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _more(rows: Sequence[object], limit: int) -> None:
    if len(rows) > limit:
        out.print(f"The first {limit:,}. `--limit` shows more, `--json` and `--csv` all.", style="dim")


def _digest(text: str) -> str:
    if text and (set(text) - set("0123456789abcdef") or len(text) > 64):
        raise UsageError(
            "That is not the beginning of a digest.", fix="`corpusgate findings --past --count-by detector-version`."
        )
    return text


_FINDINGS = _Listing(
    "Findings",
    ("document", "kind", "what", "severity", "where", "verdict", "detector", "waived", "fingerprint"),
    FoundFinding,
    found_findings,
    finding_key,
    _finding,
)
_DOCUMENTS = _Listing(
    "Documents",
    ("document", "verdict", "served", "classification", "owner", "findings", "decided (UTC)", "why"),
    FoundDocument,
    found_documents,
    document_key,
    _document,
)
