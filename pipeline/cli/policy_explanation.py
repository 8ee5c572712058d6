"""`corpusgate policy explain`: the rules behind a verdict."""

import typer

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, DocumentName, TokenFile
from pipeline.cli.output import facts, out, print_json, table
from pipeline.domain.policy.explaining import ExplainedRule, RuleStanding
from pipeline.workspace import Workspace


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command(epilog="Example: corpusgate policy explain handbook:notice.md")(explain)


def explain(
    context: typer.Context, document: DocumentName, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Show which rules hold for the evidence of a document's last verdict, and which nearly do."""
    from pipeline.reports.policy_explained import explain_policy

    workspace: Workspace = context.obj
    found = explain_policy(workspace, viewer(workspace, token_file), document)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    facts(
        found.document,
        [
            ("verdict", found.verdict.value),
            ("by rules", ", ".join(found.rules)),
            ("findings", f"{found.findings:,}"),
            ("impact", "not weighed" if found.impact is None else str(found.impact)),
        ],
    )
    if not found.same_policy:
        out.print("The verdict was made under another policy; the rules below are those in force.", style="dim")
    rows = {standing: [one for one in found.explained if one.standing is standing] for standing in RuleStanding}
    columns = ("rule", "action", "decides", "about", "condition")
    table("Rules that hold", columns, map(_row, rows[RuleStanding.HELD]), empty="none: it is quarantined.")
    near = [
        (one.rule_id, one.action.value, _about(one), one.missed.part, f"{one.missed.value:g}")
        for one in rows[RuleStanding.NEARLY]
        if one.missed
    ]
    table("Rules that nearly hold", ("rule", "action", "about", "fails by", "value"), near, empty="none.")
    if unknown := rows[RuleStanding.UNKNOWN]:
        names = ", ".join(one.rule_id for one in unknown)
        out.print(f"Not on record, or not to be evaluated: {names}.", style="dim")


def _row(rule: ExplainedRule) -> tuple[str, ...]:
    return rule.rule_id, rule.action.value, "yes" if rule.decides else "", _about(rule), " ".join(rule.when.split())


def _about(rule: ExplainedRule) -> str:
    return f"{rule.findings:,}: {', '.join(rule.seen)}" if rule.seen else "the document"
