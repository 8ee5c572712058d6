"""The command tree: the name of each command, the module it is in, and the line that `--help` shows.

Invariants: a module of commands is imported when one of its commands is named, never to list them. The lines here equal
the helps of the commands; a test compares.
"""

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.completion import completion_init  # type: ignore[attr-defined]
from typer.core import TyperCommand, TyperGroup

COMMANDS = {
    "init": (
        "home",
        "Make a home: commented configuration, keys that only you can read, an empty ledger. Never overwrites.",
    ),
    "doctor": ("home", "Check models, database, index, keys, clock and configuration, and show what to do."),
    "refresh": ("refresh", "Read approved sources, pass their documents through the gate, and publish what passes."),
    "runs": ("runs", "See what refreshes and streams did, document by document."),
    "stream": (
        "stream",
        "Take in documents all day: each window passes the gate and is published as a small generation.",
    ),
    "submit": ("submit", "Submit a file or a text to an inbox. The answer is a receipt that can be followed."),
    "search": ("search", "Search as a principal. Only passages that this principal may read are searched."),
    "serve": (
        "serve",
        "Serve pages and REST until stopped. Only for this machine, unless there is TLS or a proxy in front.",
    ),
    "explain": (
        "documents",
        "Show everything on record about a document; or what a principal could retrieve at some moment, and why.",
    ),
    "trace": ("documents", "Trace a served chunk back to source bytes, model and policy."),
    "revoke": ("revoke", "Stop serving everything a name stands for, at once, in every running server."),
    "lift": ("revoke", "Lift a revocation. Documents that no generation holds come back with the next refresh."),
    "rollback": (
        "rollback",
        "Go back to an earlier generation, at once. Documents revoked, deleted or erased since stay away.",
    ),
    "reconcile": (
        "reconcile",
        "Compare ledger, index, files and sources, and name each difference. Exit code 3 if one is left.",
    ),
    "compact": (
        "compact",
        "Merge small segments and leave out unused rows. Answers stay the same, and searches go on.",
    ),
    "scan": (
        "scan",
        "Show what the gate would find in texts, and what the policy would do. Stores nothing; never shows a value.",
    ),
    "impact": (
        "impact",
        "Score the edit between two files with the policy's weights. Reads no ledger and changes nothing.",
    ),
    "keys": ("keys", "Rotate and revoke signing keys."),
    "models": ("models", "Add, derive and change embedding models, and show where they come from."),
    "sources": ("sources", "Register, approve and revoke the origins of documents."),
    "submissions": ("submit", "Follow and withdraw what was submitted."),
    "erase": ("erase", "Erase documents, and prove it."),
    "review": ("review", "See and decide what waits for a person."),
    "quarantine": ("quarantine", "Work through what is in quarantine: list, ask, mark, ask for release."),
    "waivers": ("waivers", "Waive findings that two people judged harmless, for a time."),
    "generations": ("generations", "See the states of the index."),
    "revocations": ("revoke", "List revocations."),
    "index": ("index", "Verify the index."),
    "canaries": ("canaries", "See and ask the questions of configs/canaries.yaml."),
    "retrievals": ("retrievals", "See who received which passage, and prove that the record is whole."),
    "findings": (
        "findings",
        "List or count findings by kind, severity, verdict, owner and more. Never shows a value.",
    ),
    "documents": (
        "findings",
        "List or count documents by verdict, rule, owner, findings and more, with the reasons of the verdict.",
    ),
    "exposure": (
        "exposure",
        "Show when something was served, who received it, who could have, and what else came with it. Never text.",
    ),
    "report": (
        "report",
        "Show the signals of a week with their trend, and first the ones that need a person. Never shows text.",
    ),
    "audit": ("audit", "Read, sign and verify the audit log."),
    "backup": ("backup", "Back up a live home, verify a backup, and restore it into a new home."),
    "drill": ("drill", "Rehearse bad days on a copy of this home, and keep a signed record."),
    "evidence": ("evidence", "Export evidence that an auditor verifies without Corpusgate."),
    "controls": (
        "controls",
        "Show which control of which framework is met and by what, and when this home last recorded it at work.",
    ),
    "notifications": ("notifications", "List, test and resend notifications."),
    "policy": ("policy", "Check and read the policy."),
    "principals": ("principals", "Principals: who may search, and who holds which role."),
    "tokens": ("tokens", "Make, list and revoke tokens."),
    "tags": ("tags", "Check the tags that documents declare."),
}
"""Name to module in this folder and one-line help, in the order of `--help`."""


class CommandTree(TyperGroup):
    """The group above all commands; it lists them from the table and loads the one that is run."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Commands()
        completion_init()  # shells may ask for completions; the options that install them are left out

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library names it
        """The names, in the order of the help."""
        return list(self.commands)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the library names it
        """The command of that name, or what a list needs of it if nothing has loaded it."""
        return self.commands.listed(cmd_name)  # type: ignore[attr-defined]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command to run, loaded."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and self.commands[command.name or ""], rest


class Commands(MutableMapping[str, Any]):
    """Commands by name; one is loaded when it is taken out."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def listed(self, name: str) -> Any:
        """The command, or a stand-in with its name and help; None for any other name."""
        if name in self._loaded or name not in COMMANDS:
            return self._loaded.get(name)
        return TyperCommand(name, help=COMMANDS[name][1])

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            module, _ = COMMANDS[name]
            group = typer.Typer(rich_markup_mode="rich", pretty_exceptions_enable=False)
            import_module(f"pipeline.cli.{module}").register(group)
            self._loaded = {**typer.main.get_group(group).commands, **self._loaded}
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*COMMANDS, *self._loaded]))

    def __len__(self) -> int:
        return len({**COMMANDS, **self._loaded})

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        raise TypeError("the table of commands is fixed")
