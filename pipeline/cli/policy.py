"""`corpusgate policy …`."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import policy_simulation
from pipeline.cli.output import facts, out, table
from pipeline.domain.policy.policy import FIELDS
from pipeline.settings.files import load_policy

commands = typer.Typer(help="Check and read the policy.", no_args_is_help=True)
PolicyFile = Annotated[Path | None, typer.Argument(help="A policy file. Default: the policy of the home.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    policy_simulation.register(commands)
    app.add_typer(commands, name="policy")


@commands.command(epilog="Example: corpusgate policy check ./policy.yaml")
def check(context: typer.Context, file: PolicyFile = None) -> None:
    """Compile every rule. An error names the file, the line and the fix."""
    policy = load_policy(file) if file else context.obj.home.policy
    out.print(f"Policy version {policy.version} is fine: {len(policy.rules)} rules, digest {policy.digest[:16]}.")
    rows = [
        (rule.action.value, rule.id, rule.each.value, rule.reason)
        for rule in sorted(policy.rules, key=lambda r: -r.action.rank)
    ]
    table("Rules, the most severe first", ("action", "rule", "each", "reason"), rows)


@commands.command(epilog="Example: corpusgate policy fields")
def fields() -> None:
    """List the fields that conditions can mention."""
    for variable, known in FIELDS.items():
        facts(variable, ((f"{variable}.{name}", meaning) for name, meaning in known.items()))


@commands.command(epilog="Example: corpusgate policy changelog")
def changelog(context: typer.Context) -> None:
    """List changes of the policy: author, time and reason."""
    entries = sorted(context.obj.home.policy.changelog, key=lambda entry: -entry.version)
    table("Policy changelog", ("version", "date", "by", "note"), [(e.version, e.date, e.by, e.note) for e in entries])
