"""`corpusgate`: the entry point, the shared options, and the form of errors.

Invariants: no traceback is shown, and no message holds document text. Exit codes: 0 fine, 1 failed, 2 wrong usage, 3
done but something waits for review or is quarantined. `--help` imports neither Beam nor a model.
"""

import gc
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from pipeline import __version__
from pipeline.cli.failure import DEFECT, of_the_words, show
from pipeline.cli.output import err
from pipeline.cli.tree import CommandTree
from pipeline.domain.errors import CorpusgateError, ExitCode, UsageError, code_of, name_of
from pipeline.settings.environment import HOME_VARIABLE, home_folder, shows_traces
from pipeline.settings.permissions import own_files_only
from pipeline.workspace import Workspace

_OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""The default of 700 looks through the modules several times while they are imported, and finds nothing."""
_HELP = "`corpusgate --help` lists commands, and each command its options."
EPILOG = "Exit codes: 0 fine · 1 failed · 2 wrong usage · 3 done, but something waits for review or is quarantined."

app = typer.Typer(
    cls=CommandTree,
    help="The gate between documents and a retrieval index.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"corpusgate {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Option("--home", envvar=HOME_VARIABLE, help="The Corpusgate home. Default: ~/.corpusgate")
    ] = None,
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Options before the command."""
    context.obj = Workspace(home_folder(folder))


def main() -> None:
    """Run a command; every failure becomes a message and an exit code."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    own_files_only()
    try:
        code = app(standalone_mode=False)
    except CorpusgateError as error:
        code = show(code_of(error), error.what, error.done, error.fix, error.exit_code)
    except typer.Exit as leaving:
        code = leaving.exit_code
    except (typer.Abort, KeyboardInterrupt):
        err.print("Stopped. What was being served is still being served.")
        code = ExitCode.FAILED
    except Exception as error:
        if hasattr(error, "format_message"):  # click's own usage errors
            asked = getattr(error, "ctx", None)
            more = _HELP if asked is None else f"`{asked.command_path} --help` shows its words and options."
            what = error.format_message()  # empty where the help was asked for by giving no words
            code = (
                show(name_of(UsageError), what, "Nothing was done.", more, ExitCode.USAGE) if what else ExitCode.USAGE
            )
        elif (wrong := of_the_words(error, sys.argv[1:])) is not None:
            code = show(name_of(UsageError), wrong, "The command did not finish.", _HELP, ExitCode.USAGE)
        else:
            code = show(
                DEFECT,
                f"Corpusgate stopped on a defect of its own ({type(error).__name__}).",
                "Nothing further was changed.",
                "Please report it with the command you gave; `corpusgate doctor` checks this home.",
                ExitCode.FAILED,
            )
            if shows_traces():
                for frame in traceback.extract_tb(error.__traceback__):  # places only: messages can hold text
                    err.print(f"  {frame.filename}:{frame.lineno} {frame.name}", markup=False)
    gc.freeze()  # or the interpreter looks for garbage twice as it ends, in memory that the system takes back anyway
    sys.exit(int(code or 0))
