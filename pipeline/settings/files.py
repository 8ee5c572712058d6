"""YAML files to frozen models.

Invariant: unknown keys, wrong types and bad policy rules are errors that name the file, the line and the fix.
"""

import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from pipeline.domain.errors import ConfigError, PolicyError
from pipeline.domain.policy.policy import Policy
from pipeline.settings.yaml_text import compose_yaml_text, read_yaml_text

Model = TypeVar("Model", bound=BaseModel)

_CORRECT = "Correct the YAML."
_MOST_BYTES = 16 << 20
"""Of a settings file; the largest in use, lists of users and groups, have some megabytes."""

_SETTLED_NS = 2_000_000_000
"""File systems that know times to two seconds are the coarsest in use."""


class WatchedFile(Generic[Model]):
    """A file that is read again when it changed, however often it is asked for.

    Invariant: what is returned was in the file when it was asked for. A file changed a moment ago is read each time: it
    may change once more without another size or time.
    """

    def __init__(self, path: Path, model: type[Model]) -> None:
        self._path, self._model = path, model
        self._known: tuple[tuple[int, ...], Model] | None = None

    def current(self) -> Model:
        """What the file says."""
        state = self._state()
        known = self._known
        if state is not None and known is not None and known[0] == state:
            return known[1]
        found = load(self._path, self._model)
        self._known = None if state is None else (state, found)
        return found

    def _state(self) -> tuple[int, ...] | None:
        try:
            seen = self._path.stat()
        except OSError:
            return None
        if time.time_ns() - max(seen.st_mtime_ns, seen.st_ctime_ns) < _SETTLED_NS:
            return None
        return seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


def load(path: Path, model: type[Model]) -> Model:
    """Read a YAML file into a frozen model. Raises `ConfigError` naming file, line and fix."""
    return _parsed(read_text(path), path, model)


def _parsed(text: str, path: Path | str, model: type[Model]) -> Model:
    try:
        content = read_yaml_text(text)
    except RecursionError:
        raise ConfigError(f"{path}: it is nested too deeply.", done="It was not loaded.", fix=_CORRECT) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise ConfigError(f"{path}{line}: {problem}.", done="It was not loaded.", fix=_CORRECT) from None
    try:
        return model.model_validate(content, strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        line_number = _line(compose_yaml_text(text), first["loc"])
        key = ".".join(str(part) for part in first["loc"])
        problem, fix = _explained(first["type"], first["msg"], key, model)
        more = error.error_count() - 1
        raise ConfigError(
            f"{path}, line {line_number}: {problem}." + (f" ({more} more problems.)" if more else ""),
            done="It was not loaded.",
            fix=fix,
        ) from None


def read_text(path: Path) -> str:
    """The text of a settings file: a regular file of sensible size, so that a pipe or a device stops nothing.

    Raises `ConfigError`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            content = file.read(_MOST_BYTES + 1) if regular else b""
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", fix="Run `corpusgate init`.") from None
    if not regular or len(content) > _MOST_BYTES:
        why = f"it is larger than {_MOST_BYTES:,} bytes" if regular else "it is not a regular file"
        raise ConfigError(f"{path} cannot be read: {why}.", fix="Put the settings into a file of its own there.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path} cannot be read: it is not UTF-8.", fix="Save it as UTF-8.") from None


def load_policy(path: Path) -> Policy:
    """Read and compile a policy file."""
    return policy_of_text(read_text(path), path)


def policy_of_text(text: str, path: Path | str) -> Policy:
    """Compile a policy from its text. Raises `ConfigError`, which names the place by `path` and the line."""
    policy = _parsed(text, path, Policy)
    try:
        policy.check()
    except PolicyError as error:
        rule = re.search(r"rule '([^']+)'", error.what)
        line = _line_of(text, rule[1]) if rule else None
        where = f"{path}, line {line}: " if line else f"{path}: "
        raise PolicyError(where + error.what, done=error.done, fix=error.fix) from None
    return policy


def _line_of(text: str, rule_id: str) -> int | None:
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*-?\s*id:\s*{re.escape(rule_id)}\s*(#.*)?$", line):
            return number
    return None


def _explained(kind: str, message: str, key: str, model: type[BaseModel]) -> tuple[str, str]:
    if kind == "extra_forbidden":
        return f"unknown key `{key}`", f"Remove or rename it. Known here: {', '.join(_known(model, key))}."
    if kind == "missing":
        return f"`{key}` is missing", f"Add `{key.rsplit('.', 1)[-1]}`."
    return f"`{key}`: {message[0].lower()}{message[1:]}" if key else message, "Correct the value."


def _known(model: type[BaseModel], key: str) -> Sequence[str]:
    current: type[BaseModel] = model
    for part in key.split(".")[:-1]:
        field = current.model_fields.get(part)
        candidates = [a for a in _types(field.annotation) if issubclass(a, BaseModel)] if field else []
        if not candidates and part.isdigit():
            continue
        if not candidates:
            break
        current = candidates[0]
    return sorted(current.model_fields)


def _types(annotation: object) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _types(argument)


def _line(node: yaml.Node | None, location: Sequence[int | str]) -> int:
    """Line of the deepest node on the way to `location`, counted from 1."""
    line = node.start_mark.line if node else 0
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line
        else:
            break
    return line + 1
