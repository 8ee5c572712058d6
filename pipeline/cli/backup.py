"""`corpusgate backup …`: back up a live home, verify a backup, restore it."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from pipeline.cli.caller import viewer
from pipeline.cli.options import AsJson, TokenFile
from pipeline.cli.output import err, out, print_json, table
from pipeline.domain.errors import ExitCode
from pipeline.workspace import Workspace

if TYPE_CHECKING:
    from pipeline.backups.restore import RestoredHome

commands = typer.Typer(
    help="Back up a live home, verify a backup, and restore it into a new home.", no_args_is_help=True
)
Backup = Annotated[Path, typer.Argument(help="Folder or archive that `backup create` wrote.")]
PublicKeys = Annotated[
    Path | None,
    typer.Option("--key", help="Folder of the public keys that count: a home, or from `keys export`."),
]
DecryptWith = Annotated[
    str,
    typer.Option("--decrypt-with", help="Where the key of an encrypted backup is: file:PATH, env:NAME, command:WORDS."),
]
_SHOWN = 20


_USE_ANOTHER = "Restore from another backup, and make a new one: `corpusgate backup create`."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="backup")


@commands.command(epilog="Example: corpusgate backup create /mnt/backups/monday --keys /mnt/safe/monday-keys.tar")
def create(
    context: typer.Context,
    to: Annotated[Path, typer.Argument(help="New folder; or a new archive, if the name ends with .tar.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", help="New file for the private keys. Keep it apart from the backup.")
    ] = None,
    encrypt_with: Annotated[
        str,
        typer.Option(
            "--encrypt-with",
            help="Encrypt it to one file. Where the key of 32 bytes is: file:PATH, env:NAME or command:WORDS.",
        ),
    ] = "",
    wait: Annotated[
        float | None, typer.Option("--wait", min=0, help="Seconds to wait for a run that publishes.")
    ] = None,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Write a signed backup of this home. Servers, reviewers and submitters go on meanwhile."""
    from pipeline.backups.create import create as make
    from pipeline.backups.encryption import referenced_key

    workspace: Workspace = context.obj
    caller = viewer(workspace, token_file)
    key = referenced_key(encrypt_with) if encrypt_with else None
    made = make(workspace, to, caller, keys=keys, encrypt=key, wait_seconds=wait)
    if as_json:
        print_json(made.model_dump(mode="json", exclude={"index": {"files"}}) | {"files": len(made.index.files)})
        return
    index = made.index
    out.print(
        f"Wrote {made.place}: {len(index.files):,} files, {index.bytes:,} bytes, generation "
        f"{index.ledger.generation or 'none'}, {index.ledger.size:,} entries of the audit log.",
        markup=False,
    )
    out.print(f"SHA-256 of its signed index: {made.digest}")
    for sentence in index.absent:
        out.print(f"not in it: {sentence}", markup=False)
    out.print(
        f"The private keys are in {made.keys} (mode 0600). Anyone who has that file signs as this home: keep it apart."
        if made.keys
        else f"The private keys are in {workspace.home.keys} only. Without them a restored home gets new ones.",
        markup=False,
    )
    encrypted = (
        f"It is encrypted with the key {made.encrypted_with}." if made.encrypted_with else "It is not encrypted."
    )
    err.print(f"The backup holds texts of documents. {encrypted}", style="dim")


@commands.command("list", epilog="Example: corpusgate backup list --json")
def list_(context: typer.Context, token_file: TokenFile = None, as_json: AsJson = False) -> None:
    """List the newest backups of this home on record, whether or not their files still exist."""
    from pipeline.reports.backups import backups_on_record

    workspace: Workspace = context.obj
    found = backups_on_record(workspace, viewer(workspace, token_file))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    rows = [
        (f"{one.at:%Y-%m-%d %H:%M}", one.by, f"{one.files:,}", one.encrypted_with or "no", one.digest)
        for one in found.backups
    ]
    table("Backups", ("made (UTC)", "by", "files", "encrypted with", "SHA-256 of its index"), rows)


@commands.command(epilog="Example: corpusgate backup verify /mnt/backups/monday --key for-the-auditor")
def verify(
    context: typer.Context,
    backup: Backup,
    key: PublicKeys = None,
    decrypt_with: DecryptWith = "",
    as_json: AsJson = False,
) -> None:
    """Check the signature and every byte of a backup. It needs public keys only, by default those of this home."""
    from pipeline.backups.archive import verify_backup
    from pipeline.backups.encryption import referenced_key

    decrypting = referenced_key(decrypt_with) if decrypt_with else None
    report = verify_backup(backup, key or context.obj.files.keys, decrypting)
    if as_json:
        fix = _USE_ANOTHER if report.differences else None
        counted = {"files": len(report.index.files), "fix": fix}
        print_json(report.model_dump(mode="json", exclude={"index": {"files"}}) | counted)
    else:
        for difference in report.differences:
            out.print(f"[bold red]differs[/] {escape(difference)}")
        count = len(report.differences)
        verdict = f"{count:,} files differ" if count else "Every file is what was signed"
        out.print(f"{verdict}: {len(report.index.files):,} files of {report.index.created_at:%Y-%m-%d %H:%M} UTC.")
        out.print(f"SHA-256 of its signed index: {report.digest}")
        if report.encrypted_with:
            out.print(f"It is encrypted with the key {report.encrypted_with}.")
        if report.differences:
            out.print(_USE_ANOTHER)
    if report.differences:
        raise typer.Exit(ExitCode.FAILED)


@commands.command(
    epilog="Example: corpusgate backup restore /mnt/backups/monday --to ./home --keys keys.tar --newer-from old-home"
)
def restore(
    context: typer.Context,
    backup: Backup,
    to: Annotated[Path, typer.Option("--to", help="Folder of the new home.")],
    key: PublicKeys = None,
    keys: Annotated[
        Path | None, typer.Option("--keys", help="File of the private keys. Without it the new home gets new ones.")
    ] = None,
    decrypt_with: DecryptWith = "",
    newer_from: Annotated[
        Path | None,
        typer.Option("--newer-from", help="The old home, or its newest `audit export`: takedowns since the backup."),
    ] = None,
    alone: Annotated[
        bool,
        typer.Option("--alone", help="For a rehearsal: without anchors and notifications. Held, so it never serves."),
    ] = False,
    database: Annotated[
        str,
        typer.Option("--database", help="Empty Postgres database for a backup of one. Default: SQLite in the home."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a new home, prove it, and take back again whatever was taken back since."""
    from pipeline.backups.restore import RestoreRequest
    from pipeline.backups.restore import restore as bring_back

    own = context.obj.files.keys
    known = key or (own if keys is None and own.is_dir() else None)
    restored = bring_back(
        RestoreRequest(
            backup=backup,
            to=to,
            public_keys=known,
            private_keys=keys,
            decrypt=decrypt_with,
            newer_from=newer_from,
            database=database,
            alone=alone,
        )
    )
    if as_json:
        print_json(restored.model_dump(mode="json", exclude={"backup": {"index": {"files"}}}))
    else:
        _show(restored)
    if not restored.proven:
        raise typer.Exit(ExitCode.FAILED)
    if restored.held:
        raise typer.Exit(ExitCode.WAITING)


def _show(restored: "RestoredHome") -> None:
    index, again = restored.backup.index, restored.reapplied
    out.print(f"{restored.home} is restored from the backup of {index.created_at:%Y-%m-%d %H:%M} UTC.", markup=False)
    states = {True: "fine", False: "not known"}
    rows = [(one.name, states[one.known] if one.fine else "problem", one.says) for one in restored.proofs]
    table("Proofs", ("of", "state", "seen"), rows)
    if restored.newer_entries is not None:
        out.print(f"The newer audit log has {restored.newer_entries:,} more entries. Taken back again:")
    named = (
        ("revoked", again.revocations),
        ("source restricted", again.sources),
        ("erased", again.erased),
        ("not erased whole", again.unproven),
        ("judged again by the next refresh", again.left),
        ("taken out of principals.yaml", again.principals),
    )
    for what, names in named:
        for name in names[:_SHOWN]:
            out.print(f"  {what}: {name}", markup=False)
        if len(names) > _SHOWN:
            out.print(f"  {what}: … and {len(names) - _SHOWN:,} more")
    if again.waivers or again.tokens:
        out.print(f"  ended: {again.waivers:,} waivers, {again.tokens:,} tokens")
    if restored.new_keys:
        out.print("It signs with a new key. Older signatures still count; waivers of before do not.")
    for setting in restored.settings:
        out.print(f"changed in corpusgate.yaml: {setting}", markup=False)
    if restored.held:
        out.print(f"[bold yellow]It does not serve yet.[/] {escape(restored.held)}")
        out.print(
            "Restore again with --newer-from. If nothing newer is left, apply the takedowns since then and run: "
            f"corpusgate --home {shlex.quote(str(restored.home))} audit accept-older-copy --reason … --token-file …",
            markup=False,
        )
