"""`corpusgate explain` and `corpusgate trace`: the origin of a document or chunk, and why it is served or not."""

from typing import Annotated

import typer
from rich.markup import escape

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.documents.documents import Action
from pipeline.domain.errors import UsageError
from pipeline.reports.explained import find_explained
from pipeline.workspace import Workspace


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog="Examples: corpusgate explain handbook:pages/notice.md · "
        'corpusgate explain --principal user:ada --query "notice period" --at 2026-11-20T10:00Z'
    )(explain)
    app.command(epilog="Example: corpusgate trace 3f0c9a…")(trace)


def explain(
    context: typer.Context,
    document: Annotated[
        str | None, typer.Argument(help="Document id, or an ending that only one document has.")
    ] = None,
    principal: Annotated[
        str | None, typer.Option(help="With --query: the principal who asks, from configs/principals.yaml.")
    ] = None,
    query: Annotated[
        str | None,
        typer.Option(help="Instead of a document: a question. Shows what --principal could retrieve. Audited."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME|GENERATION",
            help="With --query: the time, such as 2026-11-20T10:00Z, or a generation, such as 3.",
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="With --query: how many results.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Show everything on record about a document; or what a principal could retrieve at some moment, and why."""
    workspace: Workspace = context.obj
    if query is not None and principal is not None and document is None:
        from pipeline.cli.retrieval import explain_query  # opens the index

        explain_query(workspace, principal, query, at, k, as_json=as_json)
        return
    if document is None or query is not None or principal is not None or at is not None:
        raise UsageError(
            "Give either a document, or --principal and --query.", fix="`corpusgate explain --help` shows both."
        )
    found = find_explained(workspace, viewer(workspace, None), document)
    history, held_by = found.record.history, found.record.generations or ()
    assert history is not None, "the operator of this machine keeps every source"
    if as_json:
        named = [one.model_dump(mode="json") for one in found.record.served_as or ()]
        standing = {"state": found.record.state, "obstacles": found.record.obstacles}
        print_json({**history.model_dump(mode="json"), **standing, "generations": held_by, "served_as": named})
        return
    state = f"gone from its source (run {history.deleted_by_run})" if history.deleted_by_run else found.record.state
    generations = ", ".join(str(number) for number in held_by) or "none"
    obstacles = [("not served because", obstacle) for obstacle in found.record.obstacles or ()]
    names = [("older name", one.says) for one in found.record.served_as or ()]
    facts(history.doc_id, [("state", state), *obstacles, ("in generations", generations), *names])
    for version in history.versions:
        provenance = version.provenance
        facts(
            f"Version {version.version_id[:12]}" + (" (served)" if version.live else ""),
            [
                ("owner", provenance.owner),
                ("submitted by", provenance.submitter),
                ("ingested", f"{provenance.ingested_at:%Y-%m-%d %H:%M:%S} UTC, run {provenance.run_id}"),
                ("classification", provenance.access.classification.value),
                ("may read", ", ".join(provenance.access.allow)),
                ("may never read", ", ".join(provenance.access.deny)),
                ("access ends", provenance.access.until),
                ("tenant", provenance.access.tenant),
                ("licence", provenance.licence),
                ("content", f"sha256 {provenance.content_digest}"),
                ("provenance", f"sha256 {version.provenance_digest}"),
            ],
        )
        for record in version.verdicts:
            verdict = record.verdict
            facts(
                f"Verdict: {verdict.action.value} ({record.kind.value}, {record.decided_at:%Y-%m-%d %H:%M} UTC)",
                [
                    *(
                        (f"rule {rule}", reason)
                        for rule, reason in zip(verdict.rule_ids, verdict.reasons, strict=False)
                    ),
                    *(("to do", fix) for fix in _fixes(workspace, verdict.rule_ids, verdict.action)),
                    ("tags", ", ".join(verdict.tags)),
                    ("waivers", ", ".join(verdict.waivers)),
                    ("impact", record.impact.score if record.impact else None),
                    ("extracted by", record.extractor),
                    ("text", f"sha256 {record.text_digest}" if record.text_digest else None),
                    ("policy", verdict.binding.policy_digest[:16]),
                    ("detectors", verdict.binding.detector_digest[:16]),
                    ("model", verdict.binding.model_digest[:16]),
                ],
            )
            rows = [
                (
                    number,
                    finding.kind.value,
                    finding.entity,
                    finding.where,
                    finding.severity.value,
                    finding.confidence,
                    finding.preview,
                    "in clear" if record == found.verdict and number in found.in_clear else "",
                    finding.fingerprint[:12],
                    finding.reason or finding.detector,
                )
                for number, finding in enumerate(record.findings, 1)
            ]
            if rows:
                columns = (
                    "#",
                    "kind",
                    "what",
                    "where",
                    "severity",
                    "confidence",
                    "there stood",
                    "for readers",
                    "fingerprint",
                    "why",
                )
                table("Findings (values are never shown)", columns, rows)
        for item in version.reviews:
            decided = [(d.person, d.decision.value, f"{d.at:%Y-%m-%d %H:%M}", d.reason) for d in item.decisions]
            title = f"Review {item.item_id} ({item.state.value}, {item.required_approvals} approvals needed)"
            table(title, ("who", "decided", "when", "why"), decided, empty="no decision yet.")


def _fixes(workspace: Workspace, rule_ids: tuple[str, ...], action: Action) -> list[str]:
    if action.rank < Action.REDACT.rank:
        return []
    return workspace.home.policy.fixes(rule_ids)


def trace(
    context: typer.Context,
    chunk: Annotated[str, typer.Argument(help="Chunk id, as search prints it.")],
    as_json: AsJson = False,
) -> None:
    """Trace a served chunk back to source bytes, model and policy."""
    workspace: Workspace = context.obj
    from pipeline.search import passages  # opens the index

    origin = passages.trace(workspace, viewer(workspace, None), chunk)
    found, version = origin.trace, origin.version
    provenance, generation = version.provenance, found.generation
    pairs = [
        ("document", found.doc_id),
        ("place", f"characters {found.start:,} to {found.end:,} of the served text, chunk {found.ordinal}"),
        ("chunk text", f"sha256 {found.text_digest}"),
        ("source", provenance.source),
        ("source bytes", f"sha256 {provenance.content_digest}"),
        ("owner", provenance.owner),
        ("ingested", f"{provenance.ingested_at:%Y-%m-%d %H:%M:%S} UTC, run {provenance.run_id}"),
        ("access", f"{found.access.classification.value}, {', '.join(found.access.allow)} ({found.access_id})"),
        ("verdict", version.verdicts[-1].verdict.action.value),
        ("rules", ", ".join(version.verdicts[-1].verdict.rule_ids)),
        ("generation", f"{generation.number}, digest {generation.digest}"),
        ("segment", f"{found.segment}, row {found.row}"),
        ("model", generation.model_digest),
        ("policy", generation.policy_digest),
    ]
    if as_json:
        print_json({"chunk_id": chunk, **{name.replace(" ", "_"): value for name, value in pairs}})
    else:
        facts(f"Chunk {chunk}", pairs)
        out.print(f"More: corpusgate explain {escape(found.doc_id)}", style="dim")
