"""Gate: find credentials. See `detectors.secrets` for what is found, `support.scanning` for how it runs."""

import apache_beam as beam

from transforms.support.bases import GateTransform
from transforms.support.scanning import Scan


class ScanSecrets(GateTransform):
    """Documents → documents with secret findings."""

    def expand(self, documents: beam.PCollection) -> beam.PCollection:
        return documents | "scan secrets" >> beam.ParDo(Scan("secrets", self._context))
