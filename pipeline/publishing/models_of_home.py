"""The embedding models of a home: which there are, and how another one comes in."""

from pathlib import Path

from pipeline.models.added import add
from pipeline.models.in_use import ListedModel, listed, with_model
from pipeline.models.lock import LockedModel
from pipeline.stores.audit.log import AuditEntry
from pipeline.workspace import Workspace


def models_of(workspace: Workspace) -> list[ListedModel]:
    """The embedding models of a home, and which of them is in use."""
    return listed(workspace.home.models_lock, workspace.home.settings.embedding, workspace.embedding.model)


def add_model(workspace: Workspace, folder: Path, name: str, licence: str, origin: str, by: str) -> LockedModel:
    """Take a local sentence-transformers folder into a home, lock it, and derive it where that can be done.

    Raises `UsageError`, `ModelLockError` and `Conflict` like `pipeline.models.added.add`.
    """
    model = add(workspace.home, folder, name, licence, origin)
    settings = with_model(workspace.home.models_lock, workspace.home.settings.embedding, name)
    workspace.embedder_of(settings).embed(["ready"])  # loaded once here, where a person reads the error
    workspace.audit.record(AuditEntry(by, "model.added", name, {"digest": model.digest}))
    return model
