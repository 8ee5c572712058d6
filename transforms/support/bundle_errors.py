"""Errors of failed bundles: place, class, and the text of our own errors only (law 4).

Beam's worker puts the text of an exception on standard error, into its log, the job's error and a cluster's web page.
The text of an error that is not ours can quote a document, so it is taken out where the worker writes it down.

Invariant: importing this module is enough, and every gate does so through `transforms.support.bases`.
"""

import logging
import re
import sys
import traceback
from types import SimpleNamespace

from apache_beam.runners.worker import sdk_worker

from pipeline.domain.errors import CorpusgateError

_GATE = re.compile(r" \[while running '[^'\n]*'\]")


def described(error: BaseException) -> str:
    """The error as a worker may report it: the frames, the class, and what is safe of its text."""
    gate = _GATE.search(str(error))
    where = gate[0] if gate else ""
    # Where Beam cannot make a copy of an error with the gate's name in it, it raises another in its place.
    origin = error.__context__ if getattr(error, "_tagged_with_step", False) and error.__context__ else error
    text = f"{_GATE.sub('', str(origin))}{where}" if isinstance(origin, CorpusgateError) else f"(text withheld){where}"
    frames = "".join(traceback.format_tb(origin.__traceback__))
    return (
        f"Traceback (most recent call last):\n{frames}{type(origin).__module__}.{type(origin).__qualname__}: {text}\n"
    )


def _format_exc() -> str:
    error = sys.exc_info()[1]
    return described(error) if error is not None else "NoneType: None\n"


sdk_worker.traceback = SimpleNamespace(**{**vars(traceback), "format_exc": _format_exc})
logging.getLogger("apache_beam").setLevel(logging.CRITICAL)  # it logs the same errors, with their text
