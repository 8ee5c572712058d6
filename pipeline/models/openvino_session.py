"""Runs a derived model with OpenVINO, in bfloat16. The only importer of openvino, which is an optional package.

Invariants: one text a call and one thread a call, so the bits of a vector depend on nothing but the text's tokens (law
7). Calls may run in parallel threads. The library gets a local file that was verified before.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openvino

from pipeline.domain.errors import ModelLockError
from pipeline.domain.ports import Vectors
from pipeline.models.derived import TOKENS, VECTOR


class OpenVinoModel:
    """A derived model in memory."""

    def __init__(self, file: Path, threads: int) -> None:
        """Load a file. `threads`: calls that may run at the same time."""
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16",
            # As many streams as threads: each call then has one thread of its own.
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": threads,
            "ENABLE_CPU_PINNING": False,
        }
        try:
            self._model = openvino.Core().compile_model(str(file), "CPU", settings)
        except Exception as error:
            raise ModelLockError(
                f"OpenVINO cannot load the derived model ({type(error).__name__}).",
                done="It was not used.",
                fix="Derive it again with `corpusgate models derive`, or set embedding.engine: onnxruntime.",
            ) from None
        self._requests = threading.local()

    @property
    def dimensions(self) -> int:
        """Length of one vector."""
        return int(self._model.output(VECTOR).partial_shape[0].get_length())

    def vector(self, tokens: Sequence[int]) -> Vectors:
        """The unit vector of one text.

        Args:
            tokens: Ids of its tokens, the special ones included.

        Returns:
            Shape (dimensions,), float32.

        """
        if not hasattr(self._requests, "request"):
            self._requests.request = self._model.create_infer_request()
        found = self._requests.request.infer({TOKENS: np.asarray(tokens, np.int64)})
        return np.array(found[VECTOR], np.float32)  # a copy: the request writes the next one into the same memory
