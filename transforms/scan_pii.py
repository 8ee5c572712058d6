"""Gate: find personal data. See `detectors.pii` for what is found, `support.scanning` for how it runs."""

import apache_beam as beam

from transforms.support.bases import GateTransform
from transforms.support.scanning import Scan


class ScanPii(GateTransform):
    """Documents → documents with personal-data findings."""

    def expand(self, documents: beam.PCollection) -> beam.PCollection:
        return documents | "scan pii" >> beam.ParDo(Scan("pii", self._context))
