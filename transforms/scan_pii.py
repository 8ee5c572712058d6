"""Gate: find personal data. See `detectors.pii` for what is found, `support.scanning` for how it runs."""

import apache_beam as beam

from transforms.support.context import RunContext
from transforms.support.scanning import Scan


class ScanPii(beam.PTransform):
    """Documents → documents with personal-data findings."""

    def __init__(self, context: RunContext) -> None:
        super().__init__()
        self._context = context

    def expand(self, documents: beam.PCollection) -> beam.PCollection:
        """Wire it."""
        return documents | "scan pii" >> beam.ParDo(Scan("pii", self._context))
