"""Base classes of gates: a transform, or a function over elements, with the context of its run."""

import apache_beam as beam

from transforms.support import bundle_errors  # noqa: F401  # for what importing it does, on every worker
from transforms.support.context import RunContext


class GateTransform(beam.PTransform):
    """A gate of the graph; its docstring names its inputs and outputs."""

    def __init__(self, context: RunContext) -> None:
        super().__init__()
        self._context = context


class GateFn(beam.DoFn):
    """What a gate does to each element, on a worker."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
