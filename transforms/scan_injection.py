"""Gate: find instructions addressed to a model, and text a reader does not see.

See `pipeline.detectors.injection` and `pipeline.detectors.hidden_text` for what is found.
"""

import apache_beam as beam

from transforms.support.context import RunContext
from transforms.support.scanning import Scan


class ScanInjection(beam.PTransform):
    """Documents → documents with injection and hidden-text findings."""

    def __init__(self, context: RunContext) -> None:
        super().__init__()
        self._context = context

    def expand(self, documents: beam.PCollection) -> beam.PCollection:
        """Wire it."""
        return (
            documents
            | "scan injection" >> beam.ParDo(Scan("injection", self._context))
            | "scan hidden text" >> beam.ParDo(Scan("hidden_text", self._context))
        )
