"""The embedding models of a home: which there are, how another one comes in, and what computes them."""

from pathlib import Path

from pipeline.domain.errors import ConfigError, Conflict
from pipeline.domain.serving.engine_choice import DEFAULT_ENGINE, fastest
from pipeline.files.durable import write_file
from pipeline.models.added import add
from pipeline.models.derived import Lineage
from pipeline.models.in_use import ListedModel, listed, with_model
from pipeline.models.lock import LockedModel
from pipeline.stores.audit.log import AuditEntry
from pipeline.workspace import Workspace

_AUTOMATIC = "\n  engine: auto\n"
"""In the configuration of a new home: the only setting of that name and value."""


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


def choose_engine(workspace: Workspace) -> tuple[str, Lineage]:
    """Measure the engines of this machine, and write the fastest that holds into the configuration.

    Returns:
        The engine that was chosen, and the signed lineage with the figures of all; no figures if only one can run.

    Raises:
        Conflict: Something is served already.
        ConfigError: The configuration names an engine already.

    """
    if workspace.ledger.current_generation() is not None:
        raise Conflict(
            "This home serves vectors of one engine already.",
            fix="Set embedding.engine in configs/corpusgate.yaml, then run corpusgate models migrate.",
        )
    lineage = workspace.derive_model()
    chosen = fastest(lineage.engines) if lineage.engines else DEFAULT_ENGINE
    _write_engine(workspace, chosen)
    return chosen, lineage


def _write_engine(workspace: Workspace, engine: str) -> None:
    path = workspace.home.configs / "corpusgate.yaml"
    text = path.read_text("utf-8")
    if text.count(_AUTOMATIC) != 1:
        raise ConfigError("corpusgate.yaml names an engine already.", fix="Set embedding.engine there.")
    write_file(path, text.replace(_AUTOMATIC, f"\n  engine: {engine}\n").encode(), path.stat().st_mode & 0o777)
