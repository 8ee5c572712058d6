"""Gate: find instructions addressed to a model, with or without a word that overrides, and text a reader does not see.

See `pipeline.detectors.injection`, which looks for plain orders too, and `hidden_text` for what is found.
"""

import apache_beam as beam

from transforms.support.bases import GateTransform
from transforms.support.scanning import Scan


class ScanInjection(GateTransform):
    """Documents → documents with findings of injection, hidden text and plain orders."""

    def expand(self, documents: beam.PCollection) -> beam.PCollection:
        return (
            documents
            | "scan injection" >> beam.ParDo(Scan("injection", self._context))
            | "scan hidden text" >> beam.ParDo(Scan("hidden_text", self._context))
        )
