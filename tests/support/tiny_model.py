"""A sentence-transformers folder made by a test: a BERT encoder of random numbers, far smaller than a real one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = ["tea", "is", "at", "four", "soup", "served", "noon", "the", "in", "of", "kitchen", "lamp", "what", "when"]
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_LETTERS = [*"abcdefghijklmnopqrstuvwxyz0123456789.,-:"]
VOCABULARY = [*_SPECIAL, *_LETTERS, *(f"##{letter}" for letter in _LETTERS), *WORDS]


def tiny_model(folder: Path, seed: int = 1, **changed: Any) -> Path:
    """Write a model of 24 dimensions that reads 48 tokens; `changed` are other values of its `config.json`."""
    size, wide, places = 24, 48, 64
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": size,
        "intermediate_size": wide,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": places,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "type_vocab_size": 2,
        "vocab_size": len(VOCABULARY),
        "pad_token_id": 0,
        **changed,
    }
    _write(folder / "config.json", config)
    _write(folder / "sentence_bert_config.json", {"max_seq_length": 48, "do_lower_case": False})
    parts = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    _write(
        folder / "modules.json",
        [
            {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{name}"}
            for number, (path, name) in enumerate(parts)
        ],
    )
    pooling = {"word_embedding_dimension": size, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
    _write(folder / "1_Pooling" / "config.json", pooling)
    _write(folder / "tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "model_max_length": 48})
    _tokenizer().save(str(folder / "tokenizer.json"))
    _weights(folder / "model.safetensors", config, seed)
    return folder


def _write(file: Path, value: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value))


def _tokenizer() -> Tokenizer:
    ids = {word: number for number, word in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    return tokenizer


def _weights(file: Path, config: dict[str, Any], seed: int) -> None:
    random = np.random.default_rng(seed)
    size, wide = config["hidden_size"], config["intermediate_size"]
    tensors: dict[str, Any] = {}

    def add(name: str, *shape: int) -> None:
        tensors[name] = (random.normal(size=shape) * 0.2).astype(np.float32)

    def norm(name: str) -> None:
        tensors[f"{name}.weight"] = np.ones(size, np.float32)
        tensors[f"{name}.bias"] = np.zeros(size, np.float32)

    for name, rows in (
        ("word", "vocab_size"),
        ("position", "max_position_embeddings"),
        ("token_type", "type_vocab_size"),
    ):
        add(f"embeddings.{name}_embeddings.weight", config[rows], size)
    norm("embeddings.LayerNorm")
    add("pooler.dense.weight", size, size)
    add("pooler.dense.bias", size)
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        square = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        shapes = dict.fromkeys([*square, f"{layer}.attention.output.dense"], (size, size))
        shapes |= {f"{layer}.intermediate.dense": (wide, size), f"{layer}.output.dense": (size, wide)}
        for name, shape in shapes.items():
            add(f"{name}.weight", *shape)
            add(f"{name}.bias", shape[0])
        norm(f"{layer}.attention.output.LayerNorm")
        norm(f"{layer}.output.LayerNorm")
    save_file(tensors, file, metadata={"format": "pt"})
