"""Texts to unit vectors with the reference library. The only importer of sentence-transformers, torch and transformers.

Derived models are compared with it, and it computes models that cannot be derived (`embedding.engine: torch`).

Invariants: the model comes from a verified local folder, as safetensors, without remote code and without network (law
12). The same text gives the same vector, bit for bit, whatever else is in its batch: a text is padded to a length
that depends only on itself. Importing this module loads none of the libraries; the first text does.
"""

import os
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pipeline.domain.digests import digest_json
from pipeline.domain.errors import ModelLockError
from pipeline.domain.ports import Vectors
from pipeline.models.processor import instructions
from pipeline.models.sentence_transformers_folder import FIRST_TOKEN, pooling_modes
from pipeline.models.shape import MAX_TOKENS, SHIPPED, ModelShape
from pipeline.models.tokenizer import TruncatingTokenizer

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Precision = Literal["fp32", "bf16"]

_TOKENS_PER_BATCH = 2048
_LENGTH_STEP = 16
"""Lengths are rounded up to a multiple: few shapes to prepare kernels for, little padding."""


class SentenceTransformerEmbedder:
    """A transformer with mean or first-token pooling and unit length, from a verified folder."""

    def __init__(
        self,
        folder: Path,
        model_digest: str,
        precision: Literal["auto"] | Precision = "auto",
        threads: int | None = None,
        shape: ModelShape = SHIPPED,
    ) -> None:
        self._folder, self._model_digest, self._threads, self._shape = folder, model_digest, threads, shape
        self._precision: Precision = resolve_precision(precision)
        self._loading = threading.Lock()

    @property
    def digest(self) -> str:
        """Digest of everything that changes vectors: model files, precision, truncation, normalisation."""
        return reference_digest(self._model_digest, self._precision, self._shape.max_tokens)

    def reads(self, model_digest: str) -> bool:
        """Whether questions embedded here may be compared with vectors of that model: with its own alone."""
        return model_digest == self.digest

    @property
    def dimensions(self) -> int:
        """Length of one vector."""
        return self._shape.dimensions

    @property
    def precision(self) -> Precision:
        """Arithmetic of the model; vectors are always 32-bit floats."""
        return self._precision

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, in order: shape (texts, dimensions), float32."""
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        _ = self._model  # loaded by one thread, before several use it
        batches = list(self._batches(texts))
        for (members, _), rows in zip(batches, self._pool.map(self._forward, (t for _, t in batches)), strict=True):
            vectors[members] = rows
        return vectors

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[list[int]]]]:
        """Token ids grouped by padded length, longest first, at most a fixed number of tokens together."""
        tokens = self._tokenizer.ids(texts)
        by_length: dict[int, list[int]] = {}
        for index, ids in enumerate(tokens):
            by_length.setdefault(_padded(len(ids)), []).append(index)
        for length, members in sorted(by_length.items(), reverse=True):
            rows = max(1, _TOKENS_PER_BATCH // length)
            for first in range(0, len(members), rows):
                batch = members[first : first + rows]
                yield batch, [tokens[index] for index in batch]

    def _forward(self, tokens: list[list[int]]) -> Vectors:
        import torch

        ids = np.zeros((len(tokens), _padded(len(tokens[0]))), np.int64)
        mask = np.zeros_like(ids)
        for row, each in enumerate(tokens):
            ids[row, : len(each)] = each
            mask[row, : len(each)] = 1
        attention = torch.from_numpy(mask)
        with torch.inference_mode():
            hidden = self._model.forward({"input_ids": torch.from_numpy(ids), "attention_mask": attention})
            # Pooled in 32 bits: bfloat16 sums over 256 tokens would lose more than the model did.
            states = hidden["token_embeddings"].float()
            if self._pools_first_token:
                pooled = states[:, 0]
            else:
                weights = attention.unsqueeze(-1).float()
                pooled = (states * weights).sum(1) / weights.sum(1)
            unit: Vectors = torch.nn.functional.normalize(pooled).numpy()
        return unit

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        """Batches side by side, one thread each.

        Several threads inside one small matrix product wait for each other at every step: on two busy cores that was
        half as fast as one thread, and this twice as fast.
        """
        import torch

        workers = self._threads or os.cpu_count() or 1
        return ThreadPoolExecutor(workers, "embed", initializer=torch.set_num_threads, initargs=(1,))

    @cached_property
    def _tokenizer(self) -> TruncatingTokenizer:
        return TruncatingTokenizer(self._folder, self._shape.max_tokens)

    @cached_property
    def _pools_first_token(self) -> bool:
        """Whether a text is the state of its first token; else it is the mean of all. The folder was verified."""
        return pooling_modes(self._folder) == {FIRST_TOKEN}

    @property
    def _model(self) -> Any:
        with self._loading:
            return self._transformer

    @cached_property
    def _transformer(self) -> Any:
        model = _load_model(self._folder, self._precision)
        if model.get_embedding_dimension() != self.dimensions or (model.max_seq_length or 0) < self._shape.max_tokens:
            raise ModelLockError("The embedding model has another shape than expected.", done="It was not used.")
        return model[0]


def reference_digest(model_digest: str, precision: Literal["auto"] | Precision, max_tokens: int = MAX_TOKENS) -> str:
    """Digest of an embedder of model files with that digest, without loading anything."""
    return digest_json(
        {
            "model": model_digest,
            "precision": resolve_precision(precision),
            "max_tokens": max_tokens,
            "unit_length": True,
        }
    )


def resolve_precision(precision: Literal["auto"] | Precision) -> Precision:
    """`auto` is bfloat16 where the processor multiplies it natively and exactly alike, else 32 bits.

    Tile units (AMX) sum in an order that depends on the other rows, so vectors would, too (law 7). Without
    them, on a processor that has them, 32 bits are quicker than bfloat16.
    """
    if precision != "auto":
        return precision
    flags = instructions()
    return "bf16" if "avx512_bf16" in flags and "amx_bf16" not in flags else "fp32"


def _padded(length: int) -> int:
    return -(-length // _LENGTH_STEP) * _LENGTH_STEP


def _quiet_environment() -> None:
    # Read by the libraries when they are imported: no network, no threads that survive a fork.
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16")  # not AMX: see `resolve_precision`


def _load_model(folder: Path, precision: Precision) -> "SentenceTransformer":
    _quiet_environment()
    with warnings.catch_warnings():
        # Deprecations inside the libraries are theirs to mend; they must not fail a run that is strict about its own.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(1)
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={
                "dtype": torch.bfloat16 if precision == "bf16" else torch.float32,
                "attn_implementation": "sdpa",
                "use_safetensors": True,
            },
        )
    return model.eval()
