"""`corpusgate policy simulate`: differences that a policy would make."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.domain.policy.backtest import MOST_WEEKS, WEEKS, Backtest
from pipeline.domain.policy.rule_differences import PolicyDifferences
from pipeline.domain.policy.simulated import Simulation
from pipeline.domain.policy.simulation import EvidenceGap
from pipeline.settings.files import load_policy
from pipeline.workspace import Workspace

_IN_TABLE = 20
"""Rows of a table; `--json` gives all."""


class FailOn(StrEnum):
    """Differences that a build can fail on."""

    CHANGE = "change"
    LEAVES = "leaves"
    ENTERS = "enters"
    ERRORS = "errors"
    UNDECIDED = "undecided"


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command(epilog="Example: corpusgate policy simulate --policy ./policy.yaml --fail-on leaves")(simulate)


def simulate(
    context: typer.Context,
    policy: Annotated[Path, typer.Option("--policy", help="The policy file to try.")],
    source: Annotated[
        list[str] | None, typer.Option("--source", help="Only this source; give it again for more.")
    ] = None,
    sample: Annotated[int | None, typer.Option("--sample", min=1, help="About this many documents, not all.")] = None,
    weeks: Annotated[
        int, typer.Option("--weeks", min=0, max=MOST_WEEKS, help="Weeks of the past to compare; 0 for none.")
    ] = WEEKS,
    fail_on: Annotated[
        list[FailOn] | None, typer.Option("--fail-on", help="End with exit code 3 if there are any.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try a policy on the verdicts on record: what changes for documents, readers and reviewers. Scans nothing.

    Exit code 3: there is a difference that --fail-on names.
    """
    from pipeline.reports.policy_simulation import SimulationQuestion, simulate

    workspace: Workspace = context.obj
    asked = SimulationQuestion(tuple(source or ()), sample, weeks)
    found = simulate(workspace, viewer(workspace, None), load_policy(policy), asked)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_differences(found.differences)
        _print(found.next_run)
        _print_past(found.past)
    if any(_holds(found.next_run, one) for one in fail_on or ()):
        raise typer.Exit(ExitCode.WAITING)


def _holds(found: Simulation, condition: FailOn) -> bool:
    match condition:
        case FailOn.CHANGE:
            return found.changed > 0
        case FailOn.LEAVES:
            return found.leaves > 0
        case FailOn.ENTERS:
            return found.enters > 0
        case FailOn.ERRORS:
            return any(one.gap is EvidenceGap.RULE_FAILED for one in found.gaps)
        case FailOn.UNDECIDED:
            return any(one.gap.undecided for one in found.gaps)


def _print_differences(found: PolicyDifferences) -> None:
    rows = [(one.rule_id, one.change.value, ", ".join(part.field for part in one.fields)) for one in found.rules]
    table("Rules that differ from the policy in force", ("rule", "change", "fields"), rows, empty="none.")
    weights = [(one.field, one.before, one.after) for one in found.weights]
    table("Weights that differ", ("weight", "before", "after"), weights, empty="none.")


def _print(found: Simulation) -> None:
    facts(
        f"Policy version {found.policy_version}, digest {found.policy_digest[:16]}",
        [
            ("documents", f"{found.documents:,} of {found.known:,}"),
            ("verdict stays", f"{found.unchanged:,}"),
            ("no longer served", f"{found.leaves:,}"),
            ("newly served", f"{found.enters:,}"),
            ("served, and waits for a person", f"{found.waits:,}"),
            ("approvals that end", f"{found.approvals_void:,}"),
            ("redacted", f"{found.redaction.before:,} before, {found.redaction.after:,} after"),
        ],
    )
    transitions = [
        (one.before.value, one.after.value, one.documents, one.served, _counted(one.rules), ", ".join(one.examples))
        for one in found.transitions
    ]
    columns = ("before", "after", "documents", "served now", "rules", "examples")
    table("Verdicts that change", columns, transitions, empty="none.")
    rules = [(one.rule_id, one.before, one.after) for one in found.rules[:_IN_TABLE]]
    table("Rules that decide", ("rule", "before", "after"), rules, empty="the same as before.")
    access = [
        (one.access_id, one.classification, ", ".join(one.allow), one.loses, one.gains)
        for one in found.access[:_IN_TABLE]
    ]
    table("Access", ("access rule", "classification", "readers", "loses", "gains"), access, empty="as before.")
    readers = [(one.principal, one.loses, one.gains) for one in found.principals[:_IN_TABLE]]
    table("Principals", ("principal", "loses", "gains"), readers, empty="as before.")
    canaries = [(one.question, one.documents, one.of, ", ".join(one.examples)) for one in found.canaries]
    table("Canary answers", ("question", "loses", "of", "documents"), canaries, empty="as before.")
    gaps = [(one.gap.value, one.documents, ", ".join(one.rules), one.reason) for one in found.gaps]
    table("Not certain", ("gap", "documents", "rules", "reason"), gaps, empty="nothing.")
    for note in found.notes:
        out.print(note, style="dim")


def _counted(rules: dict[str, int]) -> str:
    return ", ".join(f"{rule} ({count:,})" for rule, count in rules.items())


def _print_past(past: Backtest | None) -> None:
    if past is None:
        out.print("The past: nothing was decided in that time, or it was not asked for.", style="dim")
        return
    before, after = past.reviews_a_week
    facts(
        f"The past: {past.verdicts:,} verdicts since {past.since:%Y-%m-%d}",
        [
            ("reviews a week", f"{before} before, {after} after"),
            ("kept out", f"{past.kept_out_before:,} before, {past.kept_out_after:,} after"),
            ("people kept it out", f"{past.hits:,} hits, {past.misses:,} misses"),
            (
                "people let it in",
                f"{past.agreed:,} not asked, {past.asked_again:,} asked, {past.false_alarms:,} kept out",
            ),
            ("undecided", f"{past.undecided:,}"),
        ],
    )
