"""Cuts the text that readers find into chunks, in a child process with limits of time and memory.

The splitter counts tokens of many candidate pieces: a long text costs seconds, and a text written for it could cost
more than a run can spare (law 15).

Invariant: an answer that is not a list of places in order inside the text is a failure, never a chunk.
"""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipeline.domain.declarations.front_matter import body_start
from pipeline.domain.errors import ChildFailure
from pipeline.models.lock import ModelLock
from pipeline.models.splitter import Splitter
from pipeline.models.tokenizer import TOKENIZER
from pipeline.sandbox import ChildLimits, ChildProcess
from pipeline.sandbox.limits import MIB

_WORKER = f"{__name__}:create"
_SECONDS = 30.0
_SECONDS_PER_CHARACTER = 60e-6
"""Prose takes 6 microseconds a character on a quiet machine, the worst text found 20."""
_MEMORY_BYTES = 2048 * MIB
_BYTES_PER_CHARACTER = 8
"""Of an answer: even a text of chunks of a few characters has fewer."""


class TextNotCut(Exception):
    """A text could not be cut within the limits; `reason` says which in one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SandboxedSplitter:
    """Cuts texts for a locked model in one child process, which it starts with the first text."""

    def __init__(self, lock_file: Path, model: str, max_characters: int, *, require_confinement: bool = False) -> None:
        """Verify the model. Raises `ModelLockError`.

        Args:
            lock_file: Of the models.
            model: Its name there.
            max_characters: Of the longest text.
            require_confinement: Whether a child that the kernel does not confine is refused.

        """
        lock = ModelLock.load(lock_file)
        folder = str(lock.verified_file(model, TOKENIZER).parent)
        seconds = _SECONDS + max_characters * _SECONDS_PER_CHARACTER
        limits = ChildLimits(
            memory_bytes=_MEMORY_BYTES,
            cpu_seconds=seconds,
            wall_seconds=seconds * 4,
            output_bytes=MIB + max_characters * _BYTES_PER_CHARACTER,
            file_bytes=0,
            reads=(folder,),
            require_confinement=require_confinement,
        )
        self._child = ChildProcess(
            _WORKER, limits, {"folder": folder, "max_tokens": lock.model(model).shape.max_tokens}
        )

    def close(self) -> None:
        """End the child process."""
        self._child.close()

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Start and end of every piece behind front matter that says who may read, in code points.

        Raises `TextNotCut`, and `ChildFailure` if no child can be started.
        """
        try:
            _, payload = self._child.call({}, text.encode("utf-8", "surrogatepass"))
        except ChildFailure as failure:
            if failure.reason == "startup":
                raise
            raise TextNotCut(failure.reason) from None
        spans = [(int(start), int(end)) for start, end in json.loads(payload)]
        ends = [0, *(place for span in spans for place in span), len(text)]
        if any(later < earlier for earlier, later in pairwise(ends)):
            raise TextNotCut("protocol")
        return spans


def create(folder: str, max_tokens: int) -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """Inside the child: a handler that answers a text with the places of its pieces."""
    splitter = Splitter(Path(folder), max_tokens)

    def handle(_: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], bytes]:
        text = payload.decode("utf-8", "surrogatepass")
        start = body_start(text)
        spans = [(start + first, start + last) for first, last in splitter.spans(text[start:])]
        return {}, json.dumps(spans).encode()

    return handle
