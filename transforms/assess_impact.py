"""Gate: say how much a change matters, against the text that is being served. See `pipeline.domain.impact`."""

from collections.abc import Iterator

import apache_beam as beam
from apache_beam.metrics import Metrics

from pipeline.domain.documents import Document
from pipeline.domain.impact import assess
from pipeline.stores.texts import TextStore
from transforms.elements import RunContext


class AssessImpact(beam.PTransform):
    """Documents → documents with an impact."""

    def __init__(self, context: RunContext) -> None:
        super().__init__()
        self._context = context

    def expand(self, documents: beam.PCollection) -> beam.PCollection:
        """Wire it."""
        return documents | "assess impact" >> beam.ParDo(_Assess(self._context))


class _Assess(beam.DoFn):
    score = Metrics.distribution("assess_impact", "score")

    def __init__(self, context: RunContext) -> None:
        self._context = context

    def setup(self) -> None:
        self._texts = TextStore(self._context.home_folder / "texts")

    def process(self, document: Document) -> Iterator[Document]:
        previous = document.change.previous
        served = previous.serving if previous else None
        kept = served is not None and self._texts.has(served.served_digest)
        old_text = self._texts.get(served.served_digest) if served and kept else None
        impact = assess(document.change, old_text, document.text)
        self.score.update(impact.score)
        yield document.noting(impact=impact)
