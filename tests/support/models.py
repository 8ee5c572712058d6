"""The derived model, for tests that embed without a home."""

from functools import cache
from pathlib import Path

from pipeline.models.derivation import derive, derived_for_installation
from pipeline.models.derived import DerivedEngine, Lineage, installation, stem
from pipeline.models.embedder import DerivedEmbedder
from pipeline.models.lock import ModelLock

LOCK_FILE = Path(__file__).parents[2] / "configs" / "models.lock.yaml"
MODEL = "all-MiniLM-L6-v2"


def lock() -> ModelLock:
    return ModelLock.load(LOCK_FILE)


@cache
def derived_model() -> tuple[Path, Lineage]:
    """File and lineage of the model that ships, derived for this installation the first time it is needed."""
    locked = lock()
    file = installation() / f"{stem(locked.digest(MODEL))}.onnx"
    lineage = derived_for_installation(locked, MODEL) if file.exists() else None
    return file, lineage or derive(locked, MODEL, installation())


def derived_embedder(threads: int | None = 1, engine: DerivedEngine = "onnxruntime") -> DerivedEmbedder:
    file, _ = derived_model()
    return DerivedEmbedder(lock().folder(MODEL), file, lock().digest(MODEL), threads, engine=engine)
