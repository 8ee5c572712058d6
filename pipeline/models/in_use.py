"""Which locked model reads the vectors of a generation.

Invariant: the generation that is served decides, not the settings: after a migration or a rollback questions and new
chunks are embedded with the model that made what is served. The settings name the model of a new home, and the engine.
"""

from pathlib import Path

from pipeline.domain.frozen import Frozen
from pipeline.models.embedder import readable, readable_digests
from pipeline.models.lock import ModelLock
from pipeline.settings.embedding import EmbeddingSettings

_EMBEDS = "safetensors"
"""Format of embedding models; those of other formats recognise names."""


class ListedModel(Frozen):
    """A locked embedding model of a home."""

    name: str
    in_use: bool
    """Whether new chunks are embedded with it."""
    dimensions: int
    max_tokens: int
    engine: str
    licence: str
    origin: str
    digest: str


def listed(lock_file: Path, settings: EmbeddingSettings, used: str) -> list[ListedModel]:
    """The embedding models of a home, in the order of its lock; `used` is the one in use. Nothing is verified."""
    lock = ModelLock.load(lock_file)
    return [
        ListedModel(
            name=name,
            in_use=name == used,
            dimensions=model.dimensions,
            max_tokens=model.max_tokens,
            engine=with_model(lock_file, settings, name).library,
            licence=model.licence,
            origin=model.origin,
            digest=model.digest,
        )
        for name, model in ((name, lock.model(name)) for name in embedding_models(lock))
    ]


def embedding_models(lock: ModelLock) -> list[str]:
    """Names of the locked embedding models, in the order of the lock."""
    return [name for name, model in lock.models.items() if model.format == _EMBEDS]


def with_model(lock_file: Path, settings: EmbeddingSettings, name: str) -> EmbeddingSettings:
    """The same settings for another locked model. One that cannot be derived is computed by torch."""
    model = ModelLock.load(lock_file).model(name)
    engine = "torch" if settings.engine in ("auto", "openvino") and not model.derivable else settings.engine
    return settings.model_copy(update={"model": name, "engine": engine})


def model_of(lock_file: Path, model_digest: str) -> str | None:
    """Name of the locked model that made vectors of that digest, with any engine; None if no locked model did."""
    lock = ModelLock.load(lock_file)
    for name in embedding_models(lock):
        model = lock.model(name)
        if model_digest in readable(model.digest, model.shape.max_tokens):
            return name
    return None


def settings_reading(lock_file: Path, settings: EmbeddingSettings, model_digest: str | None) -> EmbeddingSettings:
    """The settings with the model that made vectors of that digest; with their own if no locked model did."""
    name = model_of(lock_file, model_digest) if model_digest else None
    return with_model(lock_file, settings, name or settings.model)


def all_readable(lock_file: Path, settings: EmbeddingSettings) -> frozenset[str]:
    """Digests of every generation that can be searched: those of all locked models."""
    names = {settings.model, *embedding_models(ModelLock.load(lock_file))}
    return frozenset().union(*(readable_digests(lock_file, with_model(lock_file, settings, name)) for name in names))
