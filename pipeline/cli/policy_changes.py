"""`corpusgate policy propose|proposals|approve|reject|rollback|status|restore`: the policy as a controlled file."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.caller import caller, viewer
from pipeline.cli.options import AsJson, Reason, TokenFile
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.policy.proposals import PolicyProposal
from pipeline.settings.files import read_text
from pipeline.workspace import Workspace

ProposalId = Annotated[str, typer.Argument(metavar="ID", help="Id of the proposal, or its beginning.")]


def register(commands: typer.Typer) -> None:
    """Add the commands to `corpusgate policy`."""
    commands.command(
        epilog='Example: corpusgate policy propose ./policy.yaml --reason "too many reviews" --token-file olga.token'
    )(propose)
    commands.command(epilog="Example: corpusgate policy proposals --all")(proposals)
    commands.command(
        epilog='Example: corpusgate policy approve 3f2a90 --reason "the simulation is right" --token-file rosa.token'
    )(approve)
    commands.command(
        epilog='Example: corpusgate policy reject 3f2a90 --reason "it would admit mail" --token-file rosa.token'
    )(reject)
    commands.command(epilog='Example: corpusgate policy rollback --reason "too many reviews" --token-file olga.token')(
        rollback
    )
    commands.command(epilog="Example: corpusgate policy status")(status)
    commands.command(epilog="Example: corpusgate policy restore --token-file olga.token")(restore)


def propose(
    context: typer.Context,
    policy: Annotated[Path, typer.Argument(metavar="FILE", help="The policy file to propose.")],
    reason: Reason,
    token_file: TokenFile = None,
) -> None:
    """Propose a policy, with its simulation. Another person approves it; then the next run puts it in force."""
    from pipeline.reports.policy_changes import propose_policy

    workspace: Workspace = context.obj
    made = propose_policy(workspace, caller(workspace, token_file), read_text(policy), reason)
    _show(made)
    out.print(f"Another person approves it: corpusgate policy approve {made.proposal_id} --reason …", markup=False)


def proposals(
    context: typer.Context,
    proposal: Annotated[str | None, typer.Argument(help="Show this proposal, with its simulation.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Include decided proposals.")] = False,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """List proposals of policies. Without a token: the operator's view."""
    from pipeline.reports.policy_changes import policy_changes

    workspace: Workspace = context.obj
    service, who = policy_changes(workspace), viewer(workspace, token_file)
    if proposal is not None:
        found = service.show(proposal, who)
        if as_json:
            print_json(found.model_dump(mode="json"))
        else:
            _show(found)
        return
    items = service.list_proposals(who, everything=everything)
    if as_json:
        print_json([item.model_dump(mode="json") for item in items])
        return
    rows = [
        (
            one.proposal_id,
            one.state.value,
            one.version,
            one.proposed_by,
            f"{one.proposed_at:%Y-%m-%d %H:%M}",
            one.reason,
        )
        for one in items
    ]
    columns = ("proposal", "state", "version", "by", "since (UTC)", "why")
    table("Proposals of policies", columns, rows, empty="none waits.")


def approve(context: typer.Context, proposal: ProposalId, reason: Reason, token_file: TokenFile = None) -> None:
    """Approve a policy that another person proposed. The next run puts it in force."""
    from pipeline.reports.policy_changes import policy_changes

    workspace: Workspace = context.obj
    done = policy_changes(workspace).approve(proposal, caller(workspace, token_file), reason)
    out.print(f"Approved {done.proposal_id}. The next run puts policy version {done.version} in force.")


def reject(context: typer.Context, proposal: ProposalId, reason: Reason, token_file: TokenFile = None) -> None:
    """Reject a policy, also one that was approved and not yet in force. Its proposer withdraws it so."""
    from pipeline.reports.policy_changes import policy_changes

    workspace: Workspace = context.obj
    done = policy_changes(workspace).reject(proposal, caller(workspace, token_file), reason)
    out.print(f"Proposal {done.proposal_id} is {done.state.value}. The policy in force stays.")


def rollback(context: typer.Context, reason: Reason, token_file: TokenFile = None) -> None:
    """Put the policy before the one in force back, at the next run. No other person is asked: it was approved."""
    from pipeline.reports.policy_changes import roll_back_policy

    workspace: Workspace = context.obj
    made = roll_back_policy(workspace, caller(workspace, token_file), reason)
    _show(made)
    out.print(f"The next run puts policy version {made.version} back in force: corpusgate refresh.")


def status(context: typer.Context, token_file: TokenFile = None, as_json: AsJson = False) -> None:
    """Show the policy in force, what takes effect next, and whether the file was edited by hand."""
    from pipeline.reports.policy_changes import policy_changes

    workspace: Workspace = context.obj
    service, who = policy_changes(workspace), viewer(workspace, token_file)
    found, past = service.standing(who), service.activations(who)
    if as_json:
        print_json(
            {
                **found.model_dump(mode="json"),
                "activations": [activation.model_dump(mode="json") for activation in past],
            }
        )
        return
    last = found.activation
    facts(
        "Policy",
        [
            ("in force", f"version {last.version}, digest {last.policy_digest[:16]}" if last else "no run yet"),
            ("file", f"digest {found.file_digest[:16]}" + (", edited by hand" if found.drifted else "")),
            ("edits by hand", found.hand_edits),
            ("next", f"proposal {found.next.proposal_id}, version {found.next.version}" if found.next else "nothing"),
        ],
    )
    rows = [
        (one.number, one.version, one.origin.value, one.proposal_id or "", f"{one.activated_at:%Y-%m-%d %H:%M}")
        for one in past
    ]
    columns = ("number", "version", "origin", "proposal", "since (UTC)")
    table("Policies that were in force", columns, rows, empty="no run has looked at a policy yet.")


def restore(context: typer.Context, token_file: TokenFile = None) -> None:
    """Write the policy in force over a file that was edited by hand."""
    from pipeline.runs.policy_in_force import restore_policy

    workspace: Workspace = context.obj
    last = restore_policy(workspace, caller(workspace, token_file))
    out.print(f"The file is policy version {last.version} again, as it was activated.")


def _show(found: PolicyProposal) -> None:
    seen = found.evidence.simulation
    facts(
        f"Proposal {found.proposal_id}",
        [
            ("state", found.state.value),
            ("policy", f"version {found.version}, digest {found.policy_digest[:16]}"),
            ("instead of", f"digest {found.base_digest[:16]}"),
            ("proposed", f"by {found.proposed_by}, {found.proposed_at:%Y-%m-%d %H:%M} UTC: {found.reason}"),
            (
                "decided",
                f"by {found.decided_by}: {found.decision_reason or found.reason}" if found.decided_by else "no",
            ),
            ("simulated", f"{seen.documents:,} documents, {seen.changed:,} verdicts change"),
            ("no longer served", f"{seen.leaves:,}"),
            ("newly served", f"{seen.enters:,}"),
            ("served, and waits for a person", f"{seen.waits:,}"),
            ("not certain", f"{seen.uncertain:,}"),
        ],
    )
    rules = [
        (one.rule_id, one.change.value, ", ".join(f.field for f in one.fields))
        for one in found.evidence.differences.rules
    ]
    table("Rules that differ", ("rule", "change", "fields"), rules, empty="none.")
    rows = list(seen.transitions.items())
    table("Verdicts that change", ("transition", "documents"), rows, empty="none.")
