"""Runs a derived model. The only importer of onnxruntime.

Invariants: one text a call and one thread a call, so the bits of a vector depend on nothing but the text's tokens (law
7). Calls may run in parallel threads. The library gets a local file that was verified before, registers no operators
of others, and logs nothing of what it computes.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from pipeline.domain.errors import ModelLockError
from pipeline.domain.ports import Vectors
from pipeline.models.derived import TOKENS, VECTOR

_ERRORS_ONLY = 3


class OnnxModel:
    """A derived model in memory."""

    def __init__(self, file: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        # A cached plan of memory for every length of text would cost more than it saves.
        options.enable_mem_pattern = False
        try:
            self._session = ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ModelLockError(
                f"onnxruntime cannot load the derived model ({type(error).__name__}).",
                done="It was not used.",
                fix="Derive it again with `corpusgate models derive`, or set embedding.engine: torch.",
            ) from None

    @property
    def dimensions(self) -> int:
        """Length of one vector."""
        return int(self._session.get_outputs()[0].shape[0])

    def vector(self, tokens: Sequence[int]) -> Vectors:
        """The unit vector of one text.

        Args:
            tokens: Ids of its tokens, the special ones included.

        Returns:
            Shape (dimensions,), float32.

        """
        (vector,) = self._session.run([VECTOR], {TOKENS: np.asarray(tokens, np.int64)})
        found: Vectors = vector
        return found
