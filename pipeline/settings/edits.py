"""Changes single settings in the text of a configuration file; comments and everything else stay as they are."""

import json
import math
from collections.abc import Mapping
from typing import Any

import yaml

from pipeline.domain.errors import ConfigError
from pipeline.settings.yaml_text import compose_yaml_text

Value = str | int | bool | None | list[str]


def with_settings(text: str, changes: Mapping[str, Value]) -> str:
    """The text of `corpusgate.yaml` with other values, by names such as `audit.anchors`. Raises `ConfigError`."""
    for name, value in changes.items():
        text = _with_setting(text, name, _written(value))
    return text


def _written(value: Value) -> str:
    """The value in one line: strings in double quotes, lists in brackets."""
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, str):
        return yaml.safe_dump(value, default_style='"', width=math.inf).strip()
    return json.dumps(value)


def _with_setting(text: str, name: str, value: str) -> str:
    section, _, key = name.partition(".")
    try:
        root = compose_yaml_text(text)
    except (yaml.YAMLError, RecursionError):
        raise ConfigError(
            "corpusgate.yaml cannot be read.", fix="Correct it: `corpusgate doctor` names the line."
        ) from None
    found = _member(root, section)
    if found is None:
        return f"{text.rstrip()}\n{section}:\n  {key}: {value}\n"
    mapping = found[1]
    if not isinstance(mapping, yaml.MappingNode) or not mapping.value:
        return _replaced(text, *found, f"{{{key}: {value}}}")
    if (member := _member(mapping, key)) is not None:
        return _replaced(text, *member, value)
    at = mapping.value[0][0].start_mark
    separator = ", " if mapping.flow_style else "\n" + " " * at.column
    return f"{text[: at.index]}{key}: {value}{separator}{text[at.index :]}"


def _member(node: Any, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((pair for pair in pairs if pair[0].value == key), None)


def _replaced(text: str, key: yaml.Node, node: yaml.Node, value: str) -> str:
    """The text with another value in the line of the key, where a list in lines of its own stood too."""
    start, end = key.end_mark.index, max(key.end_mark.index, node.end_mark.index)
    old = text[start:end]
    line_ends = old[len(old.rstrip()) :]  # a block ends at the beginning of the line after it
    if old.strip() in ("", ":"):
        end, line_ends = text.index(":", start) + 1, ""  # no value at all
    return f"{text[:start]}: {value}{line_ends}{text[end:]}"
