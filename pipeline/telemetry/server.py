"""Figures of `corpusgate serve`: the corpus and the requests."""

from pipeline.telemetry.corpus import CorpusMetrics
from pipeline.telemetry.prometheus import Exposition, RequestMeter
from pipeline.workspace import Workspace


class ServerMetrics:
    """What one server says about itself and its ledger."""

    def __init__(self, workspace: Workspace) -> None:
        self.exposition = Exposition(CorpusMetrics(workspace).samples, process=True)
        self.requests = RequestMeter(self.exposition)
