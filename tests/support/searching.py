"""A searcher over a home, with the embedder of the tests in place of the model."""

from pipeline.domain.ports import Embedder
from pipeline.index.search.searcher import Searcher
from pipeline.settings.application import IndexSettings
from pipeline.workspace import Workspace


def searcher_of(workspace: Workspace, embedder: Embedder) -> Searcher:
    """A searcher as the workspace makes it, with this embedder."""
    return Searcher(
        workspace.index,
        workspace.checkpoints.guarded(workspace.ledger.current_generation),
        workspace.ledger.live_versions,
        lambda _: embedder,
        workspace.verifier,
        IndexSettings(),
    )
