"""Gate: find credentials. See `detectors.secrets` for what is found, `support.scanning` for how it runs."""

import apache_beam as beam

from transforms.support.context import RunContext
from transforms.support.scanning import Scan


class ScanSecrets(beam.PTransform):
    """Documents → documents with secret findings."""

    def __init__(self, context: RunContext) -> None:
        super().__init__()
        self._context = context

    def expand(self, documents: beam.PCollection) -> beam.PCollection:
        """Wire it."""
        return documents | "scan secrets" >> beam.ParDo(Scan("secrets", self._context))
