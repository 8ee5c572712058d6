"""What a sentence-transformers folder says of its model. Nothing is loaded, and no library of models is imported.

Invariants: a folder that needs code of its own, other parts than a transformer with pooling, or texts put in front of
questions is refused by name of the part. A file that cannot be read counts as refused.
"""

import json
from pathlib import Path
from typing import Any

from pipeline.domain.errors import ModelLockError
from pipeline.models.shape import FEWEST_TOKENS, MOST_TOKENS, ModelShape
from pipeline.models.tokenizer import TOKENIZER

CONFIG, MODULES, POOLING = "config.json", "modules.json", "1_Pooling/config.json"
WEIGHTS = "model.safetensors"
_LENGTH, _SETTINGS, _TOKENIZER_CONFIG = (
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer_config.json",
)
NEEDED = (CONFIG, MODULES, POOLING, WEIGHTS, TOKENIZER)
TAKEN = (
    *NEEDED,
    _LENGTH,
    _SETTINGS,
    _TOKENIZER_CONFIG,
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "README.md",
    "LICENSE",
)
"""Files that are taken into a home. Others are never read: weights in other formats, code, other engines' files."""
MEAN, FIRST_TOKEN = "pooling_mode_mean_tokens", "pooling_mode_cls_token"
_KNOWN_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_LIBRARY = "sentence_transformers."
_OWN_CODE = ("auto_map", "custom_code")
"""Keys of configurations that name Python code next to the weights."""


def shape_of(folder: Path) -> ModelShape:
    """The shape of the model in a folder, after a look at everything that could not be used.

    Raises:
        ModelLockError: It names the part that is missing, unreadable or not supported.

    """
    config = read_config(folder, CONFIG)
    for name in (CONFIG, _TOKENIZER_CONFIG, _SETTINGS, _LENGTH):
        if (folder / name).exists() and any(key in read_config(folder, name) for key in _OWN_CODE):
            raise refused(f"{name} names code of its own, which is never run")
    if module_names(folder) not in _KNOWN_MODULES:
        raise refused(f"{MODULES} lists other parts than a transformer, pooling and normalisation")
    if pooling_modes(folder) not in ({MEAN}, {FIRST_TOKEN}):
        raise refused(f"{POOLING} asks for something else than the mean of all tokens or the first token")
    settings = read_config(folder, _SETTINGS) if (folder / _SETTINGS).exists() else {}
    if settings.get("default_prompt_name") or any(dict(settings.get("prompts") or {}).values()):
        raise refused(f"{_SETTINGS} puts other words in front of questions than of documents")
    return ModelShape(_whole(config, "hidden_size", 1), _most_tokens(folder, config))


def module_names(folder: Path) -> list[str]:
    """The parts of the model, in order; a part of another library keeps its whole name."""
    modules = _read(folder, MODULES)
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        raise refused(f"{MODULES} is not a list of parts")
    names = [str(module.get("type")) for module in modules]
    return [name.rpartition(".")[2] if name.startswith(_LIBRARY) else name for name in names]


def pooling_modes(folder: Path) -> set[str]:
    """The ways of pooling that are switched on."""
    return {key for key, on in read_config(folder, POOLING).items() if key.startswith("pooling_mode_") and on is True}


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """A JSON object of the folder. Raises `ModelLockError`."""
    value = _read(folder, name)
    if not isinstance(value, dict):
        raise refused(f"{name} is not a JSON object")
    return value


def refused(difference: str) -> ModelLockError:
    """The error for a folder that cannot be used."""
    return ModelLockError(
        f"This model cannot be used: {difference}.",
        done="It was not taken.",
        fix="docs/guides/models.md says which models can be.",
    )


def _most_tokens(folder: Path, config: dict[str, Any]) -> int:
    length = read_config(folder, _LENGTH) if (folder / _LENGTH).exists() else {}
    places = _whole(config, "max_position_embeddings", FEWEST_TOKENS)
    told = places if length.get("max_seq_length") is None else _whole(length, "max_seq_length", FEWEST_TOKENS)
    return min(MOST_TOKENS, places, told)


def _whole(values: dict[str, Any], key: str, least: int) -> int:
    value = values.get(key)
    if type(value) is not int or value < least:
        raise refused(f"{key} is not a whole number of at least {least}")
    return value


def _read(folder: Path, name: str) -> Any:
    try:
        return json.loads((folder / name).read_bytes())
    except (OSError, ValueError, RecursionError):
        raise refused(f"{name} is missing or cannot be read") from None
