"""A locked BERT encoder as an ONNX graph. The only importer of onnx and safetensors.

The graph is written operator by operator from the tensors, instead of traced from PyTorch: it needs no PyTorch, takes a
second, and gives the same bytes from the same files. Attention is onnxruntime's `MultiHeadAttention`; everything else
is standard. It reads one text without padding, so it has no mask.

Reference: Devlin et al., BERT (2019); mean pooling and unit length as in Reimers and Gurevych, Sentence-BERT (2019).
"""

from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file

from pipeline.domain.errors import ModelLockError
from pipeline.models.derived import TOKENS, VECTOR
from pipeline.models.sentence_transformers_folder import (
    CONFIG,
    MEAN,
    WEIGHTS,
    module_names,
    pooling_modes,
    read_config,
    refused,
)

_OPSET, _IR_VERSION = 20, 9
"""Of ONNX 1.15 (2023): `Gelu` is a standard operator from this set on."""
_MICROSOFT = "com.microsoft"
_Array = NDArray[Any]


def converted(folder: Path) -> bytes:
    """The ONNX file of a verified model folder. Raises `ModelLockError` for a model that is built in another way."""
    config = _config(folder)
    return _Encoder(config, load_file(folder / WEIGHTS)).file()


def check_weights(folder: Path) -> None:
    """Raise `ModelLockError` unless the weights are a file of tensors; none of them is loaded."""
    try:
        with safe_open(folder / WEIGHTS, "numpy") as tensors:
            empty = not tensors.keys()
    except (SafetensorError, OSError):
        empty = True
    if empty:
        raise refused(f"{WEIGHTS} holds no tensors")


def versions() -> dict[str, str]:
    """Versions of what converts."""
    return {name: metadata.version(name) for name in ("onnx", "safetensors", "numpy")}


def _config(folder: Path) -> dict[str, Any]:
    config = read_config(folder, CONFIG)
    fits = {
        "model_type": config.get("model_type") == "bert",
        "hidden_act": config.get("hidden_act") == "gelu",
        "position_embedding_type": config.get("position_embedding_type", "absolute") == "absolute",
        "pooling": pooling_modes(folder) == {MEAN},
        "modules": module_names(folder)[:2] == ["Transformer", "Pooling"],
    }
    if not all(fits.values()):
        raise _unknown(", ".join(name for name, holds in fits.items() if not holds))
    return config


def _unknown(part: str) -> ModelLockError:
    return ModelLockError(
        f"Only BERT encoders with mean pooling and unit length can be derived; this model differs in: {part}.",
        done="Nothing was derived.",
        fix="Set embedding.engine: torch to use the model as it is.",
    )


class _Encoder:
    """Writes the graph, layer by layer."""

    def __init__(self, config: dict[str, Any], tensors: dict[str, _Array]) -> None:
        self._config, self._tensors = config, tensors
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, _Array] = {}

    def file(self) -> bytes:
        """The whole graph as one file, byte for byte the same each time."""
        size = int(self._config["hidden_size"])
        self._constant("axis", np.array([0], np.int64))
        hidden = self._embeddings()
        for number in range(self._config["num_hidden_layers"]):
            hidden = self._layer(f"encoder.layer.{number}", hidden)
        mean = self._node("ReduceMean", "pooled", [hidden, "axis"], keepdims=0)
        self._node("LpNormalization", VECTOR, [mean], axis=0, p=2)
        graph = helper.make_graph(
            self._nodes,
            "encoder",
            [helper.make_tensor_value_info(TOKENS, TensorProto.INT64, ["length"])],
            [helper.make_tensor_value_info(VECTOR, TensorProto.FLOAT, [size])],
            [numpy_helper.from_array(array, name) for name, array in self._constants.items()],
        )
        imports = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        model = helper.make_model(graph, opset_imports=imports, ir_version=_IR_VERSION, producer_name="corpusgate")
        return bytes(model.SerializeToString(deterministic=True))

    def _embeddings(self) -> str:
        """(length, hidden): words, places and the one kind of text, then normalised."""
        name = "embeddings"
        words = self._constant(f"{name}.words", self._tensor(f"{name}.word_embeddings.weight"))
        kind = self._tensor(f"{name}.token_type_embeddings.weight")[0]
        places = self._constant(f"{name}.places", self._tensor(f"{name}.position_embeddings.weight") + kind)
        start = self._constant("start", np.array([0], np.int64))
        length = self._node("Shape", "length", [TOKENS], start=0, end=1)
        found = self._node("Gather", f"{name}.found", [words, TOKENS])
        placed = self._node("Slice", f"{name}.placed", [places, start, length, "axis"])
        both = self._node("Add", f"{name}.sum", [found, placed])
        return self._normalised(f"{name}.LayerNorm", both)

    def _layer(self, layer: str, hidden: str) -> str:
        attended = self._attended(f"{layer}.attention", hidden)
        widened = self._dense(f"{layer}.intermediate.dense", attended)
        active = self._node("Gelu", f"{layer}.active", [widened])
        narrowed = self._dense(f"{layer}.output.dense", active)
        both = self._node("Add", f"{layer}.sum", [narrowed, attended])
        return self._normalised(f"{layer}.output.LayerNorm", both)

    def _attended(self, name: str, hidden: str) -> str:
        """Attention of every head, with queries, keys and values from one product."""
        parts = [f"{name}.self.{part}" for part in ("query", "key", "value")]
        weights = np.concatenate([self._tensor(f"{part}.weight") for part in parts])
        biases = np.concatenate([self._tensor(f"{part}.bias") for part in parts])
        together = self._product(f"{name}.self", hidden, weights, biases)
        self._nodes.append(self._made("Split", [together], parts, axis=-1, num_outputs=len(parts)))
        batched = [self._node("Unsqueeze", f"{part}.batch", [part, "axis"]) for part in parts]
        heads = int(self._config["num_attention_heads"])
        found = self._node("MultiHeadAttention", f"{name}.heads", batched, domain=_MICROSOFT, num_heads=heads)
        context = self._node("Squeeze", f"{name}.context", [found, "axis"])
        both = self._node("Add", f"{name}.sum", [self._dense(f"{name}.output.dense", context), hidden])
        return self._normalised(f"{name}.output.LayerNorm", both)

    def _dense(self, name: str, hidden: str) -> str:
        return self._product(name, hidden, self._tensor(f"{name}.weight"), self._tensor(f"{name}.bias"))

    def _product(self, name: str, hidden: str, weights: _Array, biases: _Array) -> str:
        matrix = self._constant(f"{name}.weight", np.ascontiguousarray(weights.T))
        product = self._node("MatMul", f"{name}.product", [hidden, matrix])
        return self._node("Add", f"{name}.out", [product, self._constant(f"{name}.bias", biases)])

    def _normalised(self, name: str, hidden: str) -> str:
        parts = [self._constant(f"{name}.{part}", self._tensor(f"{name}.{part}")) for part in ("weight", "bias")]
        epsilon = float(self._config["layer_norm_eps"])
        return self._node("LayerNormalization", f"{name}.out", [hidden, *parts], axis=-1, epsilon=epsilon)

    def _tensor(self, name: str) -> _Array:
        found = self._tensors.get(name)
        if found is None or found.dtype != np.float32:
            raise _unknown(name)
        return found

    def _constant(self, name: str, array: _Array) -> str:
        self._constants[name] = array
        return name

    def _node(self, kind: str, out: str, inputs: list[str], domain: str = "", **attributes: Any) -> str:
        self._nodes.append(self._made(kind, inputs, [out], domain, **attributes))
        return out

    @staticmethod
    def _made(kind: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: Any) -> NodeProto:
        return helper.make_node(kind, inputs, outputs, name=outputs[0], domain=domain, **attributes)
