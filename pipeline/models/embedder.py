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
from pipeline.models.derived import OPENVINO, RECIPE, DerivedEngine, Verify
from pipeline.models.engines import require_runnable
from pipeline.models.lock import ModelLock
from pipeline.models.reference import SentenceTransformerEmbedder, reference_digest
from pipeline.models.shape import MAX_TOKENS, SHIPPED, ModelShape
from pipeline.models.tokenizer import TOKENIZER, TruncatingTokenizer
from pipeline.settings.embedding import EmbeddingSettings
from pipeline.settings.places import HomeFiles

if TYPE_CHECKING:
    from pipeline.models.onnx_session import OnnxModel
    from pipeline.models.openvino_session import OpenVinoModel


class DerivedEmbedder:
    """A derived model, run by onnxruntime or by OpenVINO."""

    def __init__(
        self,
        base: Path,
        file: Path,
        base_digest: str,
        threads: int | None = None,
        shape: ModelShape = SHIPPED,
        engine: DerivedEngine = "onnxruntime",
    ) -> None:
        self._base, self._file, self._base_digest = base, file, base_digest
        self._threads = threads or os.cpu_count() or 1
        self._shape, self._engine = shape, engine
        self._loading = threading.Lock()

    @property
    def digest(self) -> str:
        """Digest of everything that changes vectors: base, engine, recipe, truncation, normalisation."""
        return derived_digest(self._base_digest, self._shape.max_tokens, self._engine)

    @property
    def dimensions(self) -> int:
        """Length of one vector."""
        return self._shape.dimensions

    def reads(self, model_digest: str) -> bool:
        """Whether questions embedded here may be compared with vectors of that model.

        They may with its own, and with those the reference made of the same locked files: both differ by rounding only,
        which is what parity was measured for.
        """
        return model_digest in readable(self._base_digest, self._shape.max_tokens)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, in order: shape (texts, dimensions), float32."""
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        model, tokens = self._model, self._tokenizer.ids(texts)
        # Longest first, so that no thread starts on a long text when the others are done.
        order = sorted(range(len(texts)), key=lambda row: -len(tokens[row]))
        for row, vector in zip(order, self._pool.map(model.vector, (tokens[row] for row in order)), strict=True):
            vectors[row] = vector
        return vectors

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Texts side by side, one thread each: several threads inside one small product wait for each other."""
        return ThreadPoolExecutor(self._threads, "embed")

    @cached_property
    def _tokenizer(self) -> TruncatingTokenizer:
        return TruncatingTokenizer(self._base, self._shape.max_tokens)

    @property
    def _model(self) -> "OnnxModel | OpenVinoModel":
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "OnnxModel | OpenVinoModel":
        model = _openvino(self._file, self._threads) if self._engine == OPENVINO else _onnxruntime(self._file)
        if model.dimensions != self.dimensions:
            raise ModelLockError("The embedding model has another shape than expected.", done="It was not used.")
        return model


def _openvino(file: Path, threads: int) -> "OpenVinoModel":
    from pipeline.models.openvino_session import OpenVinoModel

    return OpenVinoModel(file, threads)


def _onnxruntime(file: Path) -> "OnnxModel":
    from pipeline.models.onnx_session import OnnxModel

    return OnnxModel(file)


def derived_digest(base_digest: str, max_tokens: int = MAX_TOKENS, engine: DerivedEngine = "onnxruntime") -> str:
    """Digest of an embedder that runs what `RECIPE` makes of a base. Each engine has one arithmetic."""
    return digest_json(
        {
            "model": base_digest,
            "engine": engine,
            "recipe": RECIPE,
            "max_tokens": max_tokens,
            "unit_length": True,
        }
    )


def readable(base_digest: str, max_tokens: int = MAX_TOKENS) -> frozenset[str]:
    """Digests of every engine and precision that may have embedded with a model: their vectors can be compared."""
    return frozenset(
        {
            derived_digest(base_digest, max_tokens),
            derived_digest(base_digest, max_tokens, OPENVINO),
            reference_digest(base_digest, "fp32", max_tokens),
            reference_digest(base_digest, "bf16", max_tokens),
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
    name, digest, shape = settings.model, lock.digest(settings.model), lock.model(settings.model).shape
    if not settings.derived:
        return SentenceTransformerEmbedder(lock.verified(name), digest, settings.precision, settings.threads, shape)
    require_runnable(settings.derived_engine, name)
    file = model_file(files, lock, name, verify)
    base = lock.verified_file(name, TOKENIZER).parent
    return DerivedEmbedder(base, file, digest, settings.threads, shape, settings.derived_engine)


def embedder_digest(lock_file: Path, settings: EmbeddingSettings) -> str:
    """What `locked_embedder` will have as its digest, without loading or verifying anything."""
    model = ModelLock.load(lock_file).model(settings.model)
    tokens = model.shape.max_tokens
    if settings.derived:
        return derived_digest(model.digest, tokens, settings.derived_engine)
    return reference_digest(model.digest, settings.precision, tokens)


def readable_digests(lock_file: Path, settings: EmbeddingSettings) -> frozenset[str]:
    """Digests of the models whose vectors `locked_embedder` reads, without loading or verifying anything."""
    model = ModelLock.load(lock_file).model(settings.model)
    if settings.derived:
        return readable(model.digest, model.shape.max_tokens)
    return frozenset({embedder_digest(lock_file, settings)})
