"""What `corpusgate refresh` prints at its end."""

from rich.markup import escape

from pipeline.cli.output import err, out, table
from pipeline.domain.documents.documents import Action
from pipeline.domain.documents.listings import Omission
from pipeline.runs.result import RefreshResult

_ORPHANS_SHOWN = 5
_WHERE = {
    Action.REVIEW.value: "corpusgate review list",
    Action.QUARANTINE.value: "corpusgate quarantine list",
}


def report(result: RefreshResult, limit: int) -> None:
    """Tables and notices for people; lists of up to `limit` documents, 0 for all."""
    summary = result.summary
    table(
        f"Run {summary.run_id}, {summary.bytes / 1000:,.0f} kB in {summary.seconds:.1f} s"
        + (" (dry run: nothing was changed)" if result.dry_run else ""),
        ("documents", *(kind.value for kind in summary.documents)),
        [("found", *summary.documents.values())],
    )
    table(
        "Verdicts on what changed",
        ("verdict", "documents", "meaning"),
        [(action.value, count, _MEANINGS[action]) for action, count in summary.verdicts.items() if count],
        empty="no document had to be evaluated.",
    )
    if result.without_text:
        out.print(f"{result.without_text:,} of the admitted documents hold no text: nothing of them is served.\n")
    _lists(result, limit)
    for listing in result.lone_metadata:
        names = ", ".join(listing.orphans[:_ORPHANS_SHOWN])
        more = f" and {len(listing.orphans) - _ORPHANS_SHOWN} more" if len(listing.orphans) > _ORPHANS_SHOWN else ""
        err.print(
            f"[yellow]Source {listing.source} has metadata files without their document:[/] {escape(names)}{more}. "
            "Rename or remove them: corpusgate tags check"
        )
    for listing in result.failed_listings:
        err.print(
            f"[red]Source {listing.source} could not be listed[/] ({listing.failure}). "
            "Nothing of it was changed or deleted. Check its URI: corpusgate sources show " + listing.source
        )
    for source, omissions in summary.incomplete.items():
        err.print(f"[yellow]Source {source} could not be read completely:[/]")
        _print_omissions(omissions)
        err.print("Nothing beneath was changed or deleted. Make it readable, then run the refresh again.")
    for source, omissions in result.skipped.items():
        err.print(f"Skipped in source {source}:")
        _print_omissions(omissions)
    if summary.held_deletions:
        err.print(
            f"[yellow]{summary.held_deletions} deletions are held by the mass-delete guard.[/] "
            "See: corpusgate review list"
        )
    for breach in result.breaches:
        source = breach.source
        err.print(
            f"[yellow]Source {source} is out of pattern:[/] {escape(breach.sentence)} "
            + ("It would be narrowed." if result.dry_run else f"It is narrowed. See: corpusgate sources rates {source}")
        )
    if result.held:
        err.print(f"[yellow]{escape(result.held.says)}[/]", escape(result.held.fix), sep="\n")
    served = result.generation
    state = (
        f"generation {served.number}, {served.documents} documents, digest {served.digest[:16]}"
        if served
        else "nothing yet"
    )
    out.print(
        f"Serving {state}" + ("" if result.published else " (unchanged)") + f". {summary.scanned:,} scanned, "
        f"{summary.embedded:,} chunks embedded."
    )
    waiting = {action.value: count for action, count in result.waiting.items() if count}
    if waiting:
        what = " and ".join(f"{count} in {name}" for name, count in waiting.items())
        see = " and ".join(_WHERE[name] for name in waiting)
        out.print(f"Waiting: {what}. See: {see}")


def _lists(result: RefreshResult, limit: int) -> None:
    """Documents that changed and documents that are not served, a line each."""
    most = limit or None
    changes = [(one.doc_id, one.change, one.before or "", one.verdict or "") for one in result.changes]
    if changes:
        table("Changed", ("document", "change", "older name", "verdict"), changes[:most])
        _more(len(changes) - len(changes[:most]))
    kept_out = [
        (one.doc_id, one.verdict, f"{one.decided_at:%Y-%m-%d %H:%M}" if one.decided_at else "this run", one.why)
        for one in result.kept_out
    ]
    if kept_out:
        table("Not served", ("document", "verdict", "since (UTC)", "why"), kept_out[:most])
        _more(len(kept_out) - len(kept_out[:most]))


def _more(left: int) -> None:
    if left > 0:
        out.print(f"… and {left:,} more: --limit 0 names all\n")


def _print_omissions(omissions: tuple[Omission, ...]) -> None:
    for omission in omissions[:10]:
        err.print(f"  {escape(omission.name) or 'all of it'}: {escape(omission.reason)}")
    if len(omissions) > 10:
        err.print(f"  … and {len(omissions) - 10} more")


_MEANINGS = {
    Action.ADMIT: "served as it is",
    Action.REDACT: "served with placeholders for personal identifiers",
    Action.REVIEW: "waits for a person; the served version stays",
    Action.QUARANTINE: "kept out until its owner fixes it; the served version stays",
    Action.REJECT: "refused",
}
