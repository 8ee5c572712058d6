"""YAML of configuration files, read by libyaml if the library has it: several times as fast, the same values.

Invariant: libyaml would end the process on a text that is nested without end. The depth is counted before anything is
built from it.
"""

from typing import Any

import yaml

MOST_DEPTH = 100
"""Levels of lists and maps in a configuration file."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml_text(text: str) -> Any:
    """The content of one YAML document. Raises `yaml.YAMLError`, and `RecursionError` for one nested too deeply."""
    _refuse_depth(text)
    return yaml.load(text, _LOADER)  # noqa: S506 - both are safe loaders


def compose_yaml_text(text: str) -> Any:
    """Its nodes, which know their lines. Raises as `read_yaml_text` does."""
    _refuse_depth(text)
    return yaml.compose(text, _LOADER)


def _refuse_depth(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, _LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH:
                raise RecursionError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
