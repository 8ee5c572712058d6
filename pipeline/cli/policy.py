"""`corpusgate policy …`."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import policy_changes, policy_explanation, policy_simulation
from pipeline.cli.output import facts, out, table
from pipeline.domain.errors import ExitCode
from pipeline.domain.policy.policy import FIELDS, Policy
from pipeline.domain.policy.policy_tests import PolicyTests, run_tests, untested
from pipeline.settings.files import load, load_policy

commands = typer.Typer(help="Check and read the policy.", no_args_is_help=True)
PolicyFile = Annotated[Path | None, typer.Argument(help="A policy file. Default: the policy of the home.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    policy_simulation.register(commands)
    policy_changes.register(commands)
    policy_explanation.register(commands)
    app.add_typer(commands, name="policy")


@commands.command(epilog="Example: corpusgate policy check ./policy.yaml")
def check(
    context: typer.Context,
    file: PolicyFile = None,
    tests: Annotated[
        Path | None, typer.Option("--tests", help="A file of tests. Default: policy.tests.yaml next to policy.yaml.")
    ] = None,
) -> None:
    """Compile every rule and run the tests of the policy. An error names the file, the line and the fix.

    Exit code 1: a test fails.
    """
    place = file or context.obj.home.folder / "configs" / "policy.yaml"
    policy = load_policy(file) if file else context.obj.home.policy
    out.print(f"Policy version {policy.version} is fine: {len(policy.rules)} rules, digest {policy.digest[:16]}.")
    rows = [
        (rule.action.value, rule.id, rule.each.value, rule.reason)
        for rule in sorted(policy.rules, key=lambda r: -r.action.rank)
    ]
    table("Rules, the most severe first", ("action", "rule", "each", "reason"), rows)

    _run_tests(policy, tests or place.with_suffix(".tests.yaml"), asked=tests is not None)


def _run_tests(policy: Policy, file: Path, *, asked: bool) -> None:
    if not asked and not file.exists():
        out.print(f"No tests: there is no {file.name} next to the policy.")
        return
    tests = load(file, PolicyTests).tests
    failed = [one for one in run_tests(policy, tests) if not one.passed]
    out.print(f"{len(tests) - len(failed)} of {len(tests)} tests pass.")
    if missing := untested(policy, tests):
        out.print(f"Rules without a test: {', '.join(missing)}.")
    if failed:
        rows = [
            (one.test.name, one.test.verdict.value, one.action.value, ", ".join(one.test.rules), ", ".join(one.rules))
            for one in failed
        ]
        table("Tests that fail", ("test", "expected", "got", "expected rules", "rules"), rows)
        raise typer.Exit(ExitCode.FAILED)


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
