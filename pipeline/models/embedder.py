"""Texts to unit vectors: with a derived model, or with the reference library.

Invariants: a model comes from verified local files, without remote code and without network (law 12). The same text
gives the same vector, bit for bit, whatever else is embedded with it (law 7). The engine is part of the digest, so
vectors of two engines are never stored as if they were of one. Importing this module loads no library of models.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.domain.digests import digest_json
from pipeline.domain.errors import ModelLockError
from pipeline.domain.ports import Embedder, Vectors
from pipeline.models.derivation import model_file
from pipeline.models.derived import RECIPE, Verify
from pipeline.models.lock import ModelLock
from pipeline.models.reference import SentenceTransformerEmbedder, reference_digest
from pipeline.models.shape import DIMENSIONS, MAX_TOKENS
from pipeline.models.tokenizer import TOKENIZER, TruncatingTokenizer
from pipeline.settings.application import EmbeddingSettings
from pipeline.settings.places import HomeFiles

if TYPE_CHECKING:
    from pipeline.models.onnx_session import OnnxModel


class DerivedEmbedder:
    """A derived model, run by onnxruntime."""

    dimensions = DIMENSIONS

    def __init__(self, base: Path, file: Path, base_digest: str, threads: int | None = None) -> None:
        self._base, self._file, self._base_digest, self._threads = base, file, base_digest, threads
        self._loading = threading.Lock()

    @property
    def digest(self) -> str:
        """Digest of everything that changes vectors: base, engine, recipe, truncation, normalisation."""
        return derived_digest(self._base_digest)

    def reads(self, model_digest: str) -> bool:
        """Whether questions embedded here may be compared with vectors of that model.

        They may with its own, and with those the reference made of the same locked files: both differ by rounding only,
        which is what parity was measured for.
        """
        return model_digest in _readable(self._base_digest)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, in order: shape (texts, dimensions), float32."""
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        model, tokens = self._model, self._tokenizer.ids(texts)
        # Longest first, so that no thread starts on a long text when the others are done.
        order = sorted(range(len(texts)), key=lambda row: -len(tokens[row]))
        for row, vector in zip(order, self._pool.map(model.vector, (tokens[row] for row in order)), strict=True):
            vectors[row] = vector
        return vectors

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Texts side by side, one thread each: several threads inside one small product wait for each other."""
        return ThreadPoolExecutor(self._threads or os.cpu_count() or 1, "embed")

    @cached_property
    def _tokenizer(self) -> TruncatingTokenizer:
        return TruncatingTokenizer(self._base)

    @property
    def _model(self) -> "OnnxModel":
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "OnnxModel":
        from pipeline.models.onnx_session import OnnxModel

        model = OnnxModel(self._file)
        if model.dimensions != DIMENSIONS:
            raise ModelLockError("The embedding model has another shape than expected.", done="It was not used.")
        return model


def derived_digest(base_digest: str) -> str:
    """Digest of an embedder that runs what `RECIPE` makes of a base."""
    return digest_json(
        {
            "model": base_digest,
            "engine": "onnxruntime",
            "recipe": RECIPE,
            "max_tokens": MAX_TOKENS,
            "unit_length": True,
        }
    )


def _readable(base_digest: str) -> frozenset[str]:
    return frozenset(
        {
            derived_digest(base_digest),
            reference_digest(base_digest, "fp32"),
            reference_digest(base_digest, "bf16"),
        }
    )


_LOADED: OrderedDict[tuple[Path, EmbeddingSettings], Embedder] = OrderedDict()
_KEPT = 2
"""Homes whose models a process keeps: a model takes about 100 MB. A model that is still in use lives on."""
_LOADING = threading.Lock()


def locked_embedder(files: HomeFiles, settings: EmbeddingSettings, verify: Verify) -> Embedder:
    """The embedder of a home, its files verified, one a process. Raises `ModelLockError`.

    Args:
        files: Where everything of the home lies.
        settings: Which model, and what computes it.
        verify: Opens what was signed in the home.

    """
    key = files.folder, settings
    with _LOADING:
        if key not in _LOADED:
            lock = ModelLock.load(files.models_lock)
            while len(_LOADED) >= _KEPT:
                _LOADED.popitem(last=False)
            _LOADED[key] = _verified(files, lock, settings, verify)
        _LOADED.move_to_end(key)
        return _LOADED[key]


def _verified(files: HomeFiles, lock: ModelLock, settings: EmbeddingSettings, verify: Verify) -> Embedder:
    name, digest = settings.model, lock.digest(settings.model)
    if not settings.derived:
        return SentenceTransformerEmbedder(lock.verified(name), digest, settings.precision, settings.threads)
    file = model_file(files, lock, name, verify)
    return DerivedEmbedder(lock.verified_file(name, TOKENIZER).parent, file, digest, settings.threads)


def embedder_digest(lock_file: Path, settings: EmbeddingSettings) -> str:
    """What `locked_embedder` will have as its digest, without loading or verifying anything."""
    digest = ModelLock.load(lock_file).digest(settings.model)
    return derived_digest(digest) if settings.derived else reference_digest(digest, settings.precision)


def readable_digests(lock_file: Path, settings: EmbeddingSettings) -> frozenset[str]:
    """Digests of the models whose vectors `locked_embedder` reads, without loading or verifying anything."""
    digest = ModelLock.load(lock_file).digest(settings.model)
    return _readable(digest) if settings.derived else frozenset({reference_digest(digest, settings.precision)})
