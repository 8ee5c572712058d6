"""`corpusgate erase …`: erase a document, prove it, and keep the receipt."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from pipeline.cli.caller import caller
from pipeline.cli.options import AsJson, DocumentName, Reason, TokenFile
from pipeline.cli.output import err, facts, out, print_json, table
from pipeline.domain.errors import ConfigError, NotFound
from pipeline.domain.serving.erasing import ErasureReceipt
from pipeline.takedown import erase as operation
from pipeline.workspace import Workspace

commands = typer.Typer(help="Erase documents, and prove it.", no_args_is_help=True)


class _DocumentFirst(typer.core.TyperGroup):
    """`corpusgate erase DOC` is `corpusgate erase document DOC`."""

    def resolve_command(self, ctx, args):  # type: ignore[no-untyped-def]
        """Take what is no command for a document."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            args = ["document", *args]
        return super().resolve_command(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="erase", cls=_DocumentFirst)


@commands.command(epilog='Example: corpusgate erase handbook:pages/notice.md --reason "asked for by its subject"')
def document(
    context: typer.Context, name: DocumentName, reason: Reason, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Erase a document from every kept generation, cache, stored text and inbox. An interrupted erasure resumes."""
    workspace: Workspace = context.obj
    by = caller(workspace, token_file)
    with Progress(console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Searching what is left", total=None)
        receipt = operation.erase(
            workspace, name, by, reason, lambda done, total: progress.update(task, completed=done, total=total)
        )
    if as_json:
        print_json(receipt.model_dump(mode="json"))
        return
    _show(receipt)
    out.print(f"Receipt: {workspace.home.receipts / receipt.erasure_id}.dsse.json")


@commands.command("list", epilog="Example: corpusgate erase list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """Every erasure, newest first."""
    erasures = operation.erasures(context.obj)
    if as_json:
        print_json([{**one.model_dump(mode="json", exclude={"receipt"}), "state": one.state.value} for one in erasures])
        return
    rows = [
        (
            one.erasure_id,
            one.doc_id,
            one.state.value,
            f"{one.erased_at:%Y-%m-%d %H:%M}",
            one.erased_by,
        )
        for one in erasures
    ]
    table("Erasures", ("erasure", "document", "", "when (UTC)", "by"), rows, empty="none.")


@commands.command(epilog="Example: corpusgate erase show notice.md")
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Erasure id, or document.")],
    as_json: AsJson = False,
) -> None:
    """Show the newest receipt of a document, after checking its signature."""
    workspace: Workspace = context.obj
    erasure = operation.find(workspace, name)
    if erasure.receipt is None:
        raise NotFound("The erasure is not finished.", fix=f"Resume it: corpusgate erase {erasure.doc_id} --reason …")
    if as_json:
        print_json(erasure.receipt)
    else:
        _show(operation.read_receipt(workspace, erasure.receipt))


@commands.command(epilog="Example: corpusgate erase verify receipts/3f0c9a….dsse.json")
def verify(context: typer.Context, file: Annotated[Path, typer.Argument(help="A receipt.")]) -> None:
    """Check the signature of a receipt and show the receipt."""
    try:
        envelope = json.loads(file.read_bytes())
    except (OSError, ValueError):
        envelope = None
    if not isinstance(envelope, dict):
        raise ConfigError(f"{file} is not a receipt.", done="Nothing was verified.", fix="Give a file from receipts/.")
    _show(operation.read_receipt(context.obj, envelope))
    out.print("A key this home trusts signed it.")


@commands.command(epilog='Example: corpusgate erase allow-again handbook:pages/notice.md --reason "erased by mistake"')
def allow_again(context: typer.Context, name: DocumentName, reason: Reason, token_file: TokenFile = None) -> None:
    """Allow an erased document again. If its source offers it, it passes the gate like any other document."""
    operation.allow_again(context.obj, name, caller(context.obj, token_file), reason)
    out.print("The next refresh evaluates it like any other document.")


def _show(receipt: ErasureReceipt) -> None:
    held, done, search = receipt.held_by, receipt.done, receipt.searches[0]
    facts(
        f"Erasure {receipt.erasure_id}",
        [
            ("by", f"{receipt.erased_by}, {receipt.finished_at:%Y-%m-%d %H:%M} UTC"),
            ("why", receipt.reason),
            ("document id", f"sha256 {receipt.document_digest}"),
            ("versions", len(receipt.versions)),
            ("held by", f"{len(held.segments)} segments ({held.rows} rows), generations {_list(held.generations)}"),
            (
                "",
                f"{held.texts} stored texts, {held.cached_vectors} cached vectors, {held.submitted_files} submitted",
            ),
            ("served since", f"generation {done.published_generation}" if done.published_generation else None),
            ("written again", _list(done.rewritten_generations) if done.rewritten_generations else None),
            ("searched", f"{search.files:,} files, {search.bytes:,} bytes, {search.rows:,} rows of the database"),
            ("for", f"{search.text_probes:,} pieces of text, {search.vector_probes:,} of vectors"),
            ("found", sum(one.found for one in receipt.searches)),
            ("the same text is in", ", ".join(search.shared_with)),
            ("not searched", ", ".join(search.not_searched)),
            *(("remains", sentence) for sentence in receipt.remains),
        ],
    )


def _list(values: Iterable[object]) -> str:
    return ", ".join(map(str, values)) or "none"
