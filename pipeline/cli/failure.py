"""Failures on standard error: sentences for people, one JSON object for machines that asked for JSON.

Invariant: standard output holds the answer of a command and nothing else, so it is empty or whole.
"""

import re
import sys
from collections.abc import Sequence

from rich.markup import escape

from pipeline.cli.output import err
from pipeline.cli.terminal_text import json_for_terminal
from pipeline.domain.errors import ExitCode

DEFECT = "defect"
"""Name of a failure that Corpusgate did not foresee; the others are in docs/reference/errors.md."""
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a character: bytes of the command line that are not UTF-8."""
_HUGE = re.compile(r"-?\d{10,}")
"""A number that may not fit into 32 bits."""


def of_the_words(error: Exception, words: Sequence[str]) -> str | None:
    """The mistake in the words of the command, if they are why it failed; None for a defect.

    The sentence repeats none of them. An error counts only if the value or the file that it is about was typed.
    """
    typed = {part for word in words for part in (word, word.partition("=")[2]) if part}
    if isinstance(error, UnicodeEncodeError) and any(_HALF.search(word) for word in typed):
        return "A word of the command holds characters that are not text."
    if isinstance(error, OverflowError) and any(_HUGE.fullmatch(word) for word in typed):
        return "A number in the command is too large."
    if isinstance(error, OSError) and str(error.filename) in typed:
        return f"A file or folder that the command names cannot be used: {error.strerror}."
    if isinstance(error, ValueError) and hasattr(error, "errors"):  # pydantic's, which is not imported for this
        wrong = [(".".join(map(str, one["loc"])), one["msg"], str(one["input"])) for one in error.errors()]
        if all(value in typed for _, _, value in wrong):
            return " ".join(f"{field or 'value'}: {message}." for field, message, _ in wrong)
    return None


def show(name: str, what: str, done: str, fix: str, exit_code: ExitCode) -> ExitCode:
    """Write one failure, and return its exit code. With `--json` on the command line it is one line of JSON."""
    if "--json" in sys.argv[1:]:
        found = {"error": name, "what": what, "done": done, "fix": fix, "exit_code": int(exit_code)}
        sys.stderr.write(json_for_terminal(found) + "\n")
    else:
        err.print(f"[bold red]{escape(what)}[/]", *(escape(part) for part in (done, fix) if part), sep="\n")
    return exit_code
