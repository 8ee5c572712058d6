"""Adds a local sentence-transformers folder to a home: its files are copied, and the copy is locked.

Invariants: only files that are read when the model is loaded are taken, as safetensors and JSON; nothing of the folder
runs and nothing is downloaded (law 12). The digests are those of the copy, and the lock names the model last, so a
crash leaves at most a folder that no lock names.
"""

import hashlib
import os
import re
import shutil
from pathlib import Path

import yaml

from pipeline.domain.errors import Conflict, ModelLockError, UsageError
from pipeline.files.durable import finish_folder, sync_folder, unfinished_folder, write_file
from pipeline.models import conversion
from pipeline.models.lock import HOME_MODELS, LockedFile, LockedModel, ModelLock, refuse_executable
from pipeline.models.reference import SentenceTransformerEmbedder
from pipeline.models.sentence_transformers_folder import NEEDED, TAKEN, WEIGHTS, refused, shape_of
from pipeline.settings.places import HomeFiles

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FORMAT = "safetensors"
_PROBE = "Invoices above 5,000 EUR need a second signature."


def add(files: HomeFiles, source: Path, name: str, licence: str, origin: str) -> LockedModel:
    """Copy the model in `source` into the home and lock it under `name`. The same again changes nothing.

    Args:
        files: Of the home.
        source: A folder as sentence-transformers saves it.
        name: New name in the model lock: letters, digits, `.`, `_` and `-`.
        licence: Of the weights, for the record.
        origin: Where they came from, for the record.

    Raises:
        UsageError: `name` is not a name, or `source` not a folder.
        ModelLockError: The model cannot be used; it names the part.
        Conflict: Another model has that name.

    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            "A model's name has letters, digits, `.`, `_` and `-`, 64 at most.", fix="Choose another name."
        )
    if not source.is_dir():
        raise UsageError("That is not a folder.", fix="Give the folder that holds modules.json and model.safetensors.")
    lock = ModelLock.load(files.models_lock)
    with unfinished_folder(files.models) as folder:
        _copy(source, folder)
        model = _described(folder, name, licence, origin)
        known = lock.models.get(name)
        if known is not None and known.digest != model.digest:
            raise Conflict(f"The model lock has another model named {name!r}.", fix="Choose another --name.")
        if not model.derivable:  # the converter asks for every weight
            _require_whole(folder, model)
        finish_folder(folder, files.models / name, replace=known is None or not _is_whole(lock, name))
    if known is not None:
        return known
    _write(files.models_lock, lock, name, model)
    ModelLock.load(files.models_lock).verified(name)
    return model


def _require_whole(folder: Path, model: LockedModel) -> None:
    """Raise `ModelLockError` if weights are missing: the library would make up others each time it loads (law 7)."""
    loads = [
        SentenceTransformerEmbedder(folder, model.digest, "fp32", shape=model.shape).embed([_PROBE]).tobytes()
        for _ in range(2)
    ]
    if loads[0] != loads[1]:
        raise refused(f"{WEIGHTS} lacks weights: each time it is loaded, the same text has another vector")


def _is_whole(lock: ModelLock, name: str) -> bool:
    try:
        lock.verified(name)
    except ModelLockError:
        return False
    return True


def _copy(source: Path, folder: Path) -> None:
    for path in TAKEN:
        found = source / path
        if found.is_symlink() and not found.resolve().is_file():
            raise refused(f"{path} is a link that leads nowhere")
        if not found.is_file():
            if path in NEEDED:
                raise refused(f"{path} is missing")
            continue
        target = folder / path
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with found.open("rb") as reading, os.fdopen(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as writing:
            shutil.copyfileobj(reading, writing)
            writing.flush()
            os.fsync(writing.fileno())
        sync_folder(target.parent)


def _described(folder: Path, name: str, licence: str, origin: str) -> LockedModel:
    """The lock's entry for the copy. Raises `ModelLockError` for a model that cannot be used."""
    shape, locked = shape_of(folder), []
    conversion.check_weights(folder)
    for path in sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()):
        file = folder / path
        refuse_executable(name, _FORMAT, file, path)
        with file.open("rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        locked.append(LockedFile(path=path, size=file.stat().st_size, sha256=sha256))
    try:
        conversion.converted(folder)
        derivable = True
    except ModelLockError:
        derivable = False
    return LockedModel(
        folder=f"{HOME_MODELS}/{name}",
        format=_FORMAT,
        licence=licence,
        origin=origin,
        files=tuple(locked),
        dimensions=shape.dimensions,
        max_tokens=shape.max_tokens,
        derivable=derivable,
    )


def _write(file: Path, lock: ModelLock, name: str, model: LockedModel) -> None:
    """Write the lock with one more model, its leading comments kept."""
    text = file.read_text(encoding="utf-8")
    comments = [line for line in text.splitlines(keepends=True) if line.startswith("#")]
    models = {
        key: each.model_dump(mode="json", exclude_defaults=True) for key, each in (lock.models | {name: model}).items()
    }
    body = yaml.safe_dump({"version": 1, "models": models}, sort_keys=False, width=120, allow_unicode=True)
    write_file(file, ("".join(comments) + body).encode(), file.stat().st_mode & 0o777)
